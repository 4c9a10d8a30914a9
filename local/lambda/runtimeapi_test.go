package lambda

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the Runtime API answers to what a runtime should not ask
// (http-edge.md §2.1).
func TestRuntimeAPIRefuses(t *testing.T) {
	s := serve(t, "raw", nil)
	type reply struct {
		Status int
		Body   string
	}
	transition := reply{403, `{"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}`}
	wrongID := reply{400, `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`}
	rebound := reply{403, `{"errorMessage":"the Runtime API is not evil.example","errorType":"Forbidden"}`}
	want := map[string]reply{
		"no event for another host":   rebound,
		"nor for another port":        {403, `{"errorMessage":"the Runtime API is not 127.0.0.1","errorType":"Forbidden"}`},
		"no answer from another host": rebound,

		"wrong id":        wrongID,
		"wrong id, error": wrongID,
		"next too early":  transition,
		"init error":      transition,
		"unknown path":    {404, `{"errorMessage":"local mode has no GET /2019-01-01/nothing in its Runtime API","errorType":"NotFound"}`},
		"extension":       {501, `{"errorMessage":"local mode sends no events to extensions: register for none, or leave the extension out","errorType":"NotImplemented"}`},
	}
	for range 2 {
		got := map[string]reply{}
		s.decoded(`{}`, &got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	lines := s.logs.wait(t, "first", 2)
	if answers := `first 202 {"status":"OK"} second 403 ` + transition.Body; strings.Count(text(lines), answers+"\n") != 2 {
		t.Errorf("logs:\n%s\nwant %s", text(lines), answers)
	}
	if n := strings.Count(text(lines), "START"); n != 2 {
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
