package lambda

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What the Runtime API answers to a runtime that speaks it by hand, and asks
// what none should (http-edge.md §2.1).
func TestRuntimeAPI(t *testing.T) {
	s := serve(t, "raw", nil)
	for n := 1; n <= 2; n++ { // a refusal breaks nothing for the next event
		var got map[string]struct {
			Status int
			Body   string
		}
		result := s.invoke(`{"cart":"c1"}`)
		if err := json.Unmarshal(result.Payload, &got); err != nil {
			t.Fatalf("%v in %s", err, result.Payload)
		}
		const transition = `{"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}`
		const wrongID = `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`
		for _, c := range []struct {
			fact, asked string // as testdata/raw calls it
			status      int
			body        string
		}{
			{"2.1 next has the event", "next", 200, `{"cart":"c1"}`},
			{"2.1 next has the request's ID", "Lambda-Runtime-Aws-Request-Id", 200, result.RequestID},
			{"2.1 next has the ARN that was invoked, alias included", "Lambda-Runtime-Invoked-Function-Arn", 200, s.arn},
			{"2.1 next is JSON", "Content-Type", 200, "application/json"},
			{"2.1 next has no client context that is empty", "Lambda-Runtime-Client-Context", 200, ""},
			{"2.1 next has no Cognito identity that is empty", "Lambda-Runtime-Cognito-Identity", 200, ""},
			{"2.1 next has no tenant that is empty", "Lambda-Runtime-Aws-Tenant-Id", 200, ""},
			{"2.1 next with an event unanswered", "next too early", 403, transition},
			{"2.1 a response with a wrong ID", "wrong id", 400, wrongID},
			{"2.1 an error with a wrong ID", "wrong id, error", 400, wrongID},
			{"2.1 an init error after init", "init error", 403, transition},
			{"2.1 a path that is none", "unknown path", 404, `{"errorMessage":"local mode has no GET /2019-01-01/nothing in its Runtime API","errorType":"NotFound"}`},
			{"2.1 an extension with events, which are optional", "extension", 501, `{"errorMessage":"local mode sends no events to extensions: register for none, or leave the extension out","errorType":"NotImplemented"}`},
			{"2.1 no event for a page whose name was rebound", "no event for another host", 403, `{"errorMessage":"the Runtime API is not evil.example","errorType":"Forbidden"}`},
			{"2.1 no event for another port", "nor for another port", 403, `{"errorMessage":"the Runtime API is not 127.0.0.1","errorType":"Forbidden"}`},
			{"2.1 no response of a page whose name was rebound", "no answer from another host", 403, `{"errorMessage":"the Runtime API is not evil.example","errorType":"Forbidden"}`},
		} {
			t.Run(fmt.Sprintf("%s (event %d)", c.fact, n), func(t *testing.T) {
				if r, asked := got[c.asked]; !asked || r.Status != c.status || r.Body != c.body {
					t.Errorf("%s got %d %s, want %d %s", c.asked, r.Status, r.Body, c.status, c.body)
				}
			})
		}
		t.Run(fmt.Sprintf("2.1 next has the deadline in milliseconds (event %d)", n), func(t *testing.T) {
			ms, err := strconv.ParseInt(got["Lambda-Runtime-Deadline-Ms"].Body, 10, 64)
			if left := time.Until(time.UnixMilli(ms)); err != nil || left < time.Second || left > 10*time.Second {
				t.Errorf("%s: %v left of 10 s, %v", got["Lambda-Runtime-Deadline-Ms"].Body, left, err)
			}
		})
		t.Run(fmt.Sprintf("2.1 next has a trace ID (event %d)", n), func(t *testing.T) {
			if trace := got["Lambda-Runtime-Trace-Id"].Body; !strings.HasPrefix(trace, "Root=1-") {
				t.Errorf("got %q", trace)
			}
		})
		lines := s.logs.wait(t, "first", n)
		last := Log{}
		for _, line := range lines {
			if strings.HasPrefix(line.Line, "first") {
				last = line
			}
		}
		t.Run(fmt.Sprintf("2.1 a response is 202 and a second one 403 (event %d)", n), func(t *testing.T) {
			if want := `first 202 {"status":"OK"} second 403 ` + transition; last.Line != want {
				t.Errorf("got %s, want %s", last.Line, want)
			}
		})
		t.Run(fmt.Sprintf("2.1 an invocation goes on until the runtime asks for the next event (event %d)", n), func(t *testing.T) {
			if last.RequestID != result.RequestID {
				t.Errorf("what was logged after the answer belongs to %q, want %s", last.RequestID, result.RequestID)
			}
		})
	}
	if n := strings.Count(text(s.logs.wait(t, "START", 2)), "START"); n != 2 {
		t.Errorf("%d invocations", n)
	}
}

func TestInvocationPath(t *testing.T) {
	for path, want := range map[string][2]string{
		"/2018-06-01/runtime/invocation/8476a536/response": {"8476a536", "response"},
		"/2018-06-01/runtime/invocation/8476a536/error":    {"8476a536", "error"},
		"/2018-06-01/runtime/invocation/a/b/c":             {"a", "b/c"},
		"/2018-06-01/runtime/invocation/next":              {},
		"/2018-06-01/runtime/init/error":                   {},
		"":                                                 {},
	} {
		if id, verb := invocationPath(path); id != want[0] || verb != want[1] {
			t.Errorf("%s is %q %q", path, id, verb)
		}
	}
}
