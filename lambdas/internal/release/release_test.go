package release_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/release"
	"annex/lambdas/internal/release/releasetest"
)

// answers is a version that answers every event so.
func answers(payload string) releasetest.Version {
	return func(context.Context, []byte) releasetest.Output { return releasetest.Output{Payload: []byte(payload)} }
}

const fine = `{"statusCode":200,"headers":{"content-type":"application/json","etag":"\"2\""},"body":"{\"id\":\"R5JQ2MZ7XKD4WTB6NVHYC3FLSA\",\"version\":2}"}`

// one is a check of one call.
func one(ctx context.Context, api *release.API) error {
	answer, err := api.Do(ctx, release.Request{
		Route: "PUT /{cart}/items/{product}", Path: "/R5JQ2MZ7XKD4WTB6NVHYC3FLSA/items/enamel-mug?gift=1", Body: `{"quantity":2}`,
		Header: map[string]string{"If-Match": `"1"`, "Authorization": "Bearer eyJ"},
	})
	if err != nil {
		return err
	}
	var cart struct{ Version int }
	if err := answer.JSON(&cart); err != nil {
		return err
	}
	if cart.Version != 2 || answer.Header.Get("ETag") != `"2"` {
		return answer.Wrong("the cart is at version %d, want 2", cart.Version)
	}
	return nil
}

func TestBadVersionIsStopped(t *testing.T) {
	for name, test := range map[string]struct {
		bad releasetest.Output
		log string
	}{
		"another status":      {releasetest.Output{Payload: []byte(`{"statusCode":500,"body":"{\"detail\":\"of R5JQ2MZ7XKD4WTB6NVHYC3FLSA\"}"}`)}, "answered 500, want 200"},
		"another body":        {releasetest.Output{Payload: []byte(strings.Replace(fine, `\"version\":2`, `\"version\":3`, 1))}, "the cart is at version 3, want 2"},
		"a missing header":    {releasetest.Output{Payload: []byte(strings.Replace(fine, `"etag"`, `"x-etag"`, 1))}, "want 2"},
		"another media type":  {releasetest.Output{Payload: []byte(strings.Replace(fine, `application/json`, `text/html`, 1))}, "want that of JSON"},
		"a body that is none": {releasetest.Output{Payload: []byte(`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"<html>"}`)}, "not the JSON"},
		"no HTTP answer":      {releasetest.Output{Payload: []byte(`{"version":2}`)}, "no answer of an HTTP API"},
		"damaged base64":      {releasetest.Output{Payload: []byte(`{"statusCode":200,"body":"!","isBase64Encoded":true}`)}, "base64"},
		"a function error":    {releasetest.Output{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Sandbox.Timedout"}`)}, "Sandbox.Timedout"},
		"an error in disguise": {
			releasetest.Output{FunctionError: "Unhandled", Payload: []byte(fine)}, "the function failed",
		},
		"the old version": {releasetest.Output{ExecutedVersion: "1", Payload: []byte(fine)}, `version \"1\" answered, want 2`},
		"no permission":   {releasetest.Output{Refused: 403, Code: "AccessDeniedException"}, "AccessDeniedException"},
		"trouble at AWS":  {releasetest.Output{Refused: 500, Code: "ServiceException"}, "ServiceException"},
	} {
		t.Run(name, func(t *testing.T) {
			got := releasetest.Release{New: func(context.Context, []byte) releasetest.Output { return test.bad }}.Try(t, one)
			if got.Status != "Failed" || got.Err != nil || len(got.Qualifiers) != 1 {
				t.Errorf("outcome is %+v, want Failed after one call", got)
			}
			for _, part := range []string{test.log, `level=ERROR`, `PUT /{cart}/items/{product}`, "deployment=d-EXAMPLE", "version=2"} {
				if !strings.Contains(got.Logs, part) {
					t.Errorf("logged %s, which lacks %s", got.Logs, part)
				}
			}
		})
	}
}

func TestLogShowsTheCallAndNoSecret(t *testing.T) {
	bad := `{"statusCode":404,"headers":{"Content-Type":"application/problem+json"},"cookies":["session=eyJ"],"body":"{\"cart\":\"R5JQ2MZ7XKD4WTB6NVHYC3FLSA\"}"}`
	got := releasetest.Release{New: answers(bad)}.Try(t, one)
	for _, part := range []string{
		"call.number=1", `call.request.routeKey="PUT /{cart}/items/{product}"`, `call.request.query="gift=1"`, `call.request.body="{\"quantity\":2}"`, `if-match:\"1\"`,
		"call.answer.status=404", "application/problem+json", `call.answer.body="{\"cart\":\"{cart}\"}"`,
	} {
		if !strings.Contains(got.Logs, part) {
			t.Errorf("logged %s, which lacks %s", got.Logs, part)
		}
	}
	for _, secret := range []string{"eyJ", "R5JQ2MZ7XKD4WTB6NVHYC3FLSA"} {
		if strings.Contains(got.Logs, secret) {
			t.Errorf("logged %s, which has %s", got.Logs, secret)
		}
	}
}

func TestLogShowsTheStartOfALongAnswer(t *testing.T) {
	// The limit is in the middle of an ë.
	bad := `{"statusCode":500,"body":"` + strings.Repeat("a", 1023) + strings.Repeat("ë", 1000) + `"}`
	got := releasetest.Release{New: answers(bad)}.Try(t, one)
	if want := "call.answer.body=" + strings.Repeat("a", 1023) + "…"; !strings.Contains(got.Logs, want) {
		t.Errorf("logged %s, which lacks %s", got.Logs, want)
	}
}

func TestCheckSendsWhatTheAPISends(t *testing.T) {
	var sent []byte
	releasetest.Release{New: func(_ context.Context, event []byte) releasetest.Output {
		sent = event
		return releasetest.Output{Payload: []byte(fine)}
	}}.Try(t, one)
	var event httpapi.Request
	if err := json.Unmarshal(sent, &event); err != nil {
		t.Fatal(err)
	}
	context := event.RequestContext
	if context.RequestID == "" || context.TimeEpoch == 0 || context.Time == "" || context.DomainName != event.Headers["host"] {
		t.Errorf("context is %+v", context)
	}
	event.RequestContext = httpapi.Request{}.RequestContext
	want := httpapi.Request{
		Version: "2.0", RouteKey: "PUT /{cart}/items/{product}",
		RawPath: "/R5JQ2MZ7XKD4WTB6NVHYC3FLSA/items/enamel-mug", RawQueryString: "gift=1",
		Headers: map[string]string{
			"accept": "*/*", "authorization": "Bearer eyJ", "content-length": "14", "content-type": "application/json", "host": "release-check.invalid",
			"if-match": `"1"`, "user-agent": "annex-release-check", "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "443", "x-forwarded-proto": "https",
		},
		QueryStringParameters: map[string]string{"gift": "1"},
		PathParameters:        map[string]string{"cart": "R5JQ2MZ7XKD4WTB6NVHYC3FLSA", "product": "enamel-mug"},
		Body:                  `{"quantity":2}`,
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	about := context.HTTP
	if about.Method != "PUT" || about.Path != want.RawPath || about.Protocol != "HTTP/1.1" || context.RouteKey != want.RouteKey || context.Stage != "$default" || context.AccountID != "123456789012" {
		t.Errorf("context is %+v", context)
	}
}

func TestThrottledCallIsMadeAgainAndNoOther(t *testing.T) {
	var calls atomic.Int64
	got := releasetest.Release{New: func(context.Context, []byte) releasetest.Output {
		if calls.Add(1) == 1 {
			return releasetest.Output{Refused: http.StatusTooManyRequests, Code: "TooManyRequestsException"}
		}
		return releasetest.Output{Payload: []byte(fine)}
	}}.Try(t, one)
	if got.Status != "Succeeded" || calls.Load() != 2 {
		t.Errorf("outcome is %+v after %d calls", got, calls.Load())
	}
}

func TestReportFollowsWhateverBecomesOfTheCheck(t *testing.T) {
	good := releasetest.Release{New: answers(fine)}
	short := good
	short.Timeout = 8500 * time.Millisecond // of which 8 s are kept
	tooShort := good
	tooShort.Timeout = 3 * time.Second
	unset := good
	unset.Edit = func(environment map[string]string) { delete(environment, "VERSION") }
	elsewhere := good
	elsewhere.Edit = func(environment map[string]string) { environment["FUNCTION_ARN"] += "2" }
	never := make(chan struct{})
	defer close(never)

	for name, test := range map[string]struct {
		release releasetest.Release
		check   release.Check
		log     string
	}{
		"panics":  {good, func(context.Context, *release.API) error { panic("no such thing") }, "panic: no such thing"},
		"waits":   {short, func(ctx context.Context, _ *release.API) error { <-ctx.Done(); return ctx.Err() }, "give it a longer timeout"},
		"hangs":   {short, func(context.Context, *release.API) error { <-never; return nil }, "it does not end"},
		"no time": {tooShort, one, "give it a longer timeout"},
		"no version": {
			unset, func(context.Context, *release.API) error { t.Error("checked"); return nil }, "VERSION is not set",
		},
		"no alias":        {elsewhere, one, "AccessDenied"},
		"a wrong path":    {good, asks(release.Request{Route: "GET /{cart}", Path: "/a/b"}), "not one of route"},
		"no path":         {good, asks(release.Request{Route: "GET /{cart}", Path: "a"}), "want one below the service's"},
		"a wrong route":   {good, asks(release.Request{Route: "/{cart}", Path: "/a"}), "want a route key"},
		"fails by itself": {good, func(context.Context, *release.API) error { return errors.New("the table is not there") }, "the table is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.release.Try(t, test.check)
			if got.Status != "Failed" || got.Err != nil || !strings.Contains(got.Logs, test.log) {
				t.Errorf("outcome is %+v, want Failed and in the log %s", got, test.log)
			}
		})
	}
}

func asks(r release.Request) release.Check {
	return func(ctx context.Context, api *release.API) error {
		_, err := api.Do(ctx, r)
		return err
	}
}

func TestFunctionThatHangsIsStopped(t *testing.T) {
	got := releasetest.Release{Timeout: 8500 * time.Millisecond, New: func(ctx context.Context, _ []byte) releasetest.Output {
		<-ctx.Done()
		return releasetest.Output{Payload: []byte(fine)}
	}}.Try(t, one)
	if got.Status != "Failed" || !strings.Contains(got.Logs, "give it a longer timeout") {
		t.Errorf("outcome is %+v", got)
	}
}

func TestCleanupsAreRunWhateverBecomesOfTheCheck(t *testing.T) {
	for name, test := range map[string]struct {
		end     func() error // of the check
		cleanup error
		status  string
		log     string
	}{
		"passes":                   {func() error { return nil }, nil, "Succeeded", "passed"},
		"fails":                    {func() error { return errors.New("no cart") }, nil, "Failed", "no cart"},
		"panics":                   {func() error { panic("no cart") }, nil, "Failed", "no cart"},
		"cannot clean up":          {func() error { return nil }, errors.New("no grant"), "Failed", "clean up: no grant"},
		"fails, cannot clean up":   {func() error { return errors.New("no cart") }, errors.New("no grant"), "Failed", "no grant"},
		"fails, cannot clean up 2": {func() error { return errors.New("no cart") }, errors.New("no grant"), "Failed", "no cart"},
	} {
		t.Run(name, func(t *testing.T) {
			var cleaned []int
			got := releasetest.Release{New: answers(fine), Timeout: 20 * time.Second}.Try(t, func(_ context.Context, api *release.API) error {
				for i := range 2 {
					api.Cleanup(func(context.Context) error {
						cleaned = append(cleaned, i)
						return test.cleanup
					})
				}
				return test.end()
			})
			if got.Status != test.status || !strings.Contains(got.Logs, test.log) || !slices.Equal(cleaned, []int{1, 0}) {
				t.Errorf("outcome is %+v after cleanups %v", got, cleaned)
			}
		})
	}
}

func TestCleanupHasTimeAfterACheckThatUsedItsOwn(t *testing.T) {
	cleaned := false
	got := releasetest.Release{New: answers(fine), Timeout: 8500 * time.Millisecond}.Try(t, func(ctx context.Context, api *release.API) error {
		api.Cleanup(func(ctx context.Context) error {
			cleaned = ctx.Err() == nil
			return nil
		})
		<-ctx.Done()
		return ctx.Err()
	})
	if got.Status != "Failed" || !cleaned {
		t.Errorf("outcome is %+v, cleaned %t", got, cleaned)
	}
}

func TestReportIsRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		reported func(attempt int) (int, string)
		reports  int
		status   string
		err      string
	}{
		"CodeDeploy is down for a while": {
			func(attempt int) (int, string) {
				if attempt < 4 {
					return http.StatusServiceUnavailable, "ServiceUnavailable"
				}
				return http.StatusOK, ""
			}, 4, "Succeeded", "",
		},
		"it had the report": {
			func(int) (int, string) { return http.StatusBadRequest, "LifecycleEventAlreadyCompletedException" }, 1, "", "",
		},
		"it refuses the report": {
			func(int) (int, string) { return http.StatusBadRequest, "AccessDeniedException" }, 1, "", "report Succeeded to CodeDeploy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := releasetest.Release{New: answers(fine), Reported: test.reported}.Try(t, one)
			if got.Status != test.status || got.Reports != test.reports || (got.Err != nil) != (test.err != "") || !strings.Contains(fmt.Sprint(got.Err), test.err) {
				t.Errorf("outcome is %+v", got)
			}
		})
	}
}

func TestEventThatIsNotCodeDeploysIsRefused(t *testing.T) {
	handler, err := release.Handler(nil, func(string) string { return "eu-west-1" }, one)
	if err != nil {
		t.Fatal(err)
	}
	if err := handler(t.Context(), release.Event{DeploymentID: "d-EXAMPLE"}); err == nil {
		t.Error("no error for an event without an execution")
	}
}
