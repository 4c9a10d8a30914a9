package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// serve gives a request with that route key to the one route, GET /, and returns the answer and what was logged.
func serve(t *testing.T, ctx context.Context, routeKey string, route Route) (response Response, logged string) {
	t.Helper()
	var logs strings.Builder
	logger := slog.New(slog.NewTextHandler(&logs, nil))
	request := Request{RouteKey: routeKey}
	request.RequestContext.RequestID = "LV7fzho-PHcEJPw="
	response, err := Handler(logger, Routes{"GET /": route})(ctx, request)
	if err != nil {
		t.Fatalf("the handler returned an error, which Lambda would answer: %v", err)
	}
	return response, logs.String()
}

func TestRouteAnswersWithJSON(t *testing.T) {
	response, logged := serve(t, t.Context(), "GET /", func(_ context.Context, r Request) (Response, error) {
		return JSON(201, map[string]string{"route": r.RouteKey})
	})
	if response.StatusCode != 201 || response.Body != `{"route":"GET /"}` || response.Headers["Content-Type"] != "application/json" || response.Headers["Cache-Control"] != "no-store" {
		t.Errorf("response is %+v", response)
	}
	if logged != "" {
		t.Errorf("logged %s", logged)
	}
}

func TestErrorsAreProblems(t *testing.T) {
	secret := errors.New("table annex-dev-carts: access denied")
	for name, test := range map[string]struct {
		routeKey string
		err      error
		status   int
		headers  map[string]string // those besides Content-Type and Cache-Control
		body     string
		logged   []string
	}{
		"a problem of the client's": {
			"GET /", Invalid("limit", `must be a whole number, was "ä"`), 400, nil,
			`{"type":"about:blank","title":"Bad Request","status":400,"detail":"limit must be a whole number, was \"ä\".","errors":[{"field":"limit","detail":"must be a whole number, was \"ä\""}]}`,
			nil,
		},
		"a wrapped problem": {
			"GET /", fmt.Errorf("list deals: %w", &Problem{Status: 404}), 404, nil,
			`{"type":"about:blank","title":"Not Found","status":404}`, nil,
		},
		"a dependency that is down": {
			"GET /", Unavailable(secret), 503,
			map[string]string{"Retry-After": "2"},
			`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The service cannot answer at the moment. Try again shortly."}`,
			[]string{"level=ERROR", `routeKey="GET /"`, "status=503", `apiRequestId="LV7fzho-PHcEJPw="`, "access denied"},
		},
		"a part of a second to wait": {
			"GET /", &Problem{Status: 409, RetryAfter: time.Millisecond}, 409,
			map[string]string{"Retry-After": "1"},
			`{"type":"about:blank","title":"Conflict","status":409}`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			response, logged := serve(t, t.Context(), test.routeKey, func(context.Context, Request) (Response, error) {
				return Response{StatusCode: 200}, test.err
			})
			headers := map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
			maps.Copy(headers, test.headers)
			if response.StatusCode != test.status || !maps.Equal(response.Headers, headers) {
				t.Errorf("response is %d %v, want %d %v", response.StatusCode, response.Headers, test.status, headers)
			}
			if response.Body != test.body {
				t.Errorf("body is %s\nwant    %s", response.Body, test.body)
			}
			if test.logged == nil && logged != "" {
				t.Errorf("logged %s", logged)
			}
			for _, part := range test.logged {
				if !strings.Contains(logged, part) {
					t.Errorf("logged %s, which lacks %s", logged, part)
				}
			}
		})
	}
}

func TestFunctionFailsWhereItsReleaseIsToGoBack(t *testing.T) {
	secret := errors.New("access denied to table of secrets")
	for name, test := range map[string]struct {
		routeKey string
		err      error
		logged   []string
	}{
		"an error":                         {"GET /", secret, []string{"level=ERROR", "status=500", "access denied"}},
		"a problem with status 500":        {"GET /", &Problem{Status: 500, Cause: secret}, []string{"level=ERROR", "status=500", "access denied"}},
		"a route key of the stack's alone": {"GET /deals", nil, []string{"level=ERROR", "GET /deals", "compare the stack's routes"}},
	} {
		t.Run(name, func(t *testing.T) {
			var logs strings.Builder
			handler := Handler(slog.New(slog.NewTextHandler(&logs, nil)), Routes{
				"GET /": func(context.Context, Request) (Response, error) { return Response{StatusCode: 200}, test.err },
			})
			_, err := handler(t.Context(), Request{RouteKey: test.routeKey})
			if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "deals") {
				t.Errorf("the function's error is %v, want one that tells nothing", err)
			}
			for _, part := range test.logged {
				if !strings.Contains(logs.String(), part) {
					t.Errorf("logged %s, which lacks %s", logs.String(), part)
				}
			}
		})
	}
}

func TestRouteEndsBeforeTheInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		response, logged := serve(t, ctx, "GET /", func(ctx context.Context, _ Request) (Response, error) {
			<-ctx.Done()
			return Response{}, fmt.Errorf("ask the container: %w", ctx.Err())
		})
		if took := time.Since(start); took != 3*time.Second-answerTime {
			t.Errorf("the route had %v of 3 s", took)
		}
		if response.StatusCode != 503 || response.Headers["Retry-After"] == "" || !strings.Contains(logged, "ask the container") {
			t.Errorf("response is %+v, logged %s", response, logged)
		}
	})
}

func TestProblemIsValidJSONWhateverTheFieldIsCalled(t *testing.T) {
	response := Invalid("a\"\x00<\xff", "is not a field").response()
	if !json.Valid([]byte(response.Body)) {
		t.Errorf("body is %s", response.Body)
	}
}
