package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"annex/lambdas/internal/awsclient/awsclienttest"
	"annex/lambdas/internal/release/releasetest"
)

const function = "arn:aws:lambda:eu-west-1:123456789012:function:annex-test-cart:live"

// newTestWarmer makes a warmer as main does, of a Lambda that answers so.
func newTestWarmer(t *testing.T, lambda http.HandlerFunc) (warmer, *strings.Builder) {
	t.Helper()
	server := httptest.NewServer(lambda)
	t.Cleanup(server.Close)
	logs := &strings.Builder{}
	return newWarmer(awsclienttest.Config(t, server.URL), slog.New(slog.NewTextHandler(logs, nil))), logs
}

func TestCallsAreHeldOpenTogether(t *testing.T) {
	const environments = 12 // more than a client keeps idle connections
	var open atomic.Int64
	all := make(chan struct{})
	warmer, logs := newTestWarmer(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/2015-03-31/functions/"+function+"/invocations" || string(body) != `{"annexWarm":{"holdMilliseconds":200}}` {
			t.Errorf("asked for %s with %s, %v", r.URL.Path, body, err)
		}
		if kind := r.Header.Get("X-Amz-Invocation-Type"); kind != "" && kind != "RequestResponse" {
			t.Errorf("invocation is %s, whose answer does not wait", kind)
		}
		if open.Add(1) == environments {
			close(all)
		}
		<-all // as an environment does that is held until the others are
		_, _ = io.WriteString(w, "{}")
	})
	if err := warmer.warm(t.Context(), order{function, environments, 200}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(logs.String(), "answered=12 throttled=0 failed=0") || !strings.Contains(logs.String(), "level=INFO") {
		t.Errorf("logged %s", logs)
	}
}

func TestTroubleIsToldAndNotTriedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		header, value string
		status        int
		body          string
		err, log      string
	}{
		"throttled":        {"X-Amzn-ErrorType", "TooManyRequestsException", 429, `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}`, "", "answered=2 throttled=1 failed=0"},
		"no permission":    {"X-Amzn-ErrorType", "AccessDeniedException", 403, `{"message":"no"}`, "AccessDeniedException", "answered=2 throttled=0 failed=1"},
		"trouble at AWS":   {"X-Amzn-ErrorType", "ServiceException", 500, `{"message":"no"}`, "ServiceException", "answered=2 throttled=0 failed=1"},
		"a failed handler": {"X-Amz-Function-Error", "Unhandled", 200, `{"errorType":"Runtime.ExitError"}`, "Runtime.ExitError", "answered=2 throttled=0 failed=1"},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			warmer, logs := newTestWarmer(t, func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) != 2 {
					_, _ = io.WriteString(w, "{}")
					return
				}
				w.Header().Set(test.header, test.value)
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			err := warmer.warm(t.Context(), order{function, 3, 200})
			if (err != nil) != (test.err != "") || err != nil && (!strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), function)) {
				t.Errorf("error is %v", err)
			}
			if calls.Load() != 3 || !strings.Contains(logs.String(), test.log) || !strings.Contains(logs.String(), "level=WARN") {
				t.Errorf("%d calls, logged %s", calls.Load(), logs)
			}
		})
	}
}

func TestOrderThatWarmsNothingIsRefused(t *testing.T) {
	warmer, _ := newTestWarmer(t, func(http.ResponseWriter, *http.Request) { t.Error("called a function") })
	for _, o := range []order{{"", 1, 200}, {function, 0, 200}, {function, 1, 0}} {
		if err := warmer.warm(t.Context(), o); err == nil {
			t.Errorf("no error for %+v", o)
		}
	}
}

// The handlers of httpapi answer the calls, and do nothing for them: this one could not read its index.
func TestHandlersAnswerTheCalls(t *testing.T) {
	search := releasetest.Process(t, "annex/lambdas/search", map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "INDEX_BUCKET": "none", "INDEX_KEY": "none",
	})
	started := time.Now()
	if got := search(t.Context(), []byte(`{"annexWarm":{"holdMilliseconds":50}}`)); string(got.Payload) != "{}" || got.FunctionError != "" {
		t.Errorf("answered %+v", got)
	}
	if held := time.Since(started); held < 50*time.Millisecond {
		t.Errorf("held for %v", held)
	}
}
