package lambda

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What the caller of a failing function sees (http-edge.md §2.2).
func TestFailuresAreToldAsLambdaTells(t *testing.T) {
	for name, c := range map[string]struct {
		event   string
		timeout time.Duration
		want    string // ID stands for the request ID
	}{
		"2.2 handler error": {
			event: `{"Act":"error","Text":"mug"}`,
			want:  `{"errorMessage":"mug is out of stock","errorType":"outOfStock"}`,
		},
		"2.2 exit 0": {
			event: `{"Act":"exit"}`,
			want:  `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited without providing a reason"}`,
		},
		"2.2 exit 3": {
			event: `{"Act":"exit","Size":3}`,
			want:  `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 3"}`,
		},
		"2.2 killed": {
			event: `{"Act":"kill"}`,
			want:  `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: signal: killed"}`,
		},
		"2.2 timeout": {
			event: `{"Act":"wait","Text":"/nowhere"}`, timeout: 1250 * time.Millisecond,
			want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 1.25 seconds"}`,
		},
		"2.2 timeout of one second": {
			event: `{"Act":"wait","Text":"/nowhere"}`, timeout: time.Second,
			want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 1.00 seconds"}`,
		},
		"2.2 answer too large": {
			event: fmt.Sprintf(`{"Act":"size","Size":%d}`, responseLimit+1),
			want:  `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`,
		},
		"2.2 answer far too large": {
			event: `{"Act":"size","Size":40000000}`,
			want:  `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`,
		},
		"2.2 answer that fails half way": {
			event: `{"Act":"stream that fails","Text":"{\"a\":"}`,
			want:  `{"errorMessage":"stream is out of stock","errorType":"outOfStock"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "acts", func(f *Function, _ *Options) {
				if c.timeout > 0 {
					f.Timeout = c.timeout
				}
			})
			result := s.invoke(c.event)
			want := strings.ReplaceAll(c.want, "ID", result.RequestID)
			if string(result.Payload) != want || result.FunctionError != "Unhandled" {
				t.Errorf("got %s %q, want %s", result.Payload, result.FunctionError, want)
			}
			var answer struct{ PID int }
			s.decoded(`{"Act":"pid"}`, &answer)
		})
	}
}

func TestPanicIsAnsweredAndEndsTheProcess(t *testing.T) {
	s := serve(t, "acts", nil)
	before := s.pid()
	result := s.invoke(`{"Act":"panic","Text":"no index"}`)
	var got struct {
		ErrorMessage, ErrorType string
		StackTrace              []struct{ Path, Label string }
	}
	if err := json.Unmarshal(result.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if got.ErrorMessage != "no index" || got.ErrorType != "errorString" || len(got.StackTrace) == 0 || result.FunctionError != "Unhandled" {
		t.Errorf("got %s", result.Payload)
	}
	if after := s.pid(); after == before {
		t.Error("the process that panicked was used again")
	}
	lines := s.logs.wait(t, "REPORT", 3)
	id := result.RequestID
	want := "RequestId: " + id + " Error: Runtime exited with error: exit status 1\nRuntime.ExitError\nEND RequestId: " + id
	if !strings.Contains(text(lines), want) {
		t.Errorf("logs:\n%s\nwant\n%s", text(lines), want)
	}
}

func TestProcessIsUsedAgainAfterAnError(t *testing.T) {
	s := serve(t, "acts", nil)
	before := s.pid()
	s.invoke(`{"Act":"error","Text":"mug"}`)
	if after := s.pid(); after != before {
		t.Error("a handler's error ended its process")
	}
}
