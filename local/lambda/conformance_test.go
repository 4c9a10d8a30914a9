package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"annex/local/conformance"
)

// TestConformance holds the service to the facts on Lambda (http-edge.md §2)
// by what the real aws-lambda-go client makes of it. Each case has a service
// of its own, with a handler that does as its events say (testdata/acts), and
// is given the results of the events in turn. What needs more has a test of
// its own, whose cases are named in the same way.
func TestConformance(t *testing.T) {
	const pid = `{"Act":"pid"}`
	for _, c := range []struct {
		fact   string
		events []string
		holds  func(s *service, r []*Result) bool
	}{
		{
			"2.1 a process is used again after an error",
			[]string{pid, `{"Act":"error","Text":"mug"}`, pid},
			func(_ *service, r []*Result) bool { return processOf(r[0]) == processOf(r[2]) && !r[2].Cold },
		},
		{
			"2.1 a panic is answered, and its process is not used again",
			[]string{pid, `{"Act":"panic","Text":"no index"}`, pid},
			func(_ *service, r []*Result) bool {
				return strings.HasPrefix(string(r[1].Payload), `{"errorMessage":"no index","errorType":"errorString","stackTrace":[`) &&
					processOf(r[0]) != processOf(r[2]) && r[2].Cold
			},
		},
		{
			"2.1 a stack trace is a list of paths, lines and labels",
			[]string{`{"Act":"panic","Text":"no index"}`},
			func(_ *service, r []*Result) bool {
				var e struct {
					StackTrace []struct {
						Path, Label string
						Line        int
					}
				}
				return json.Unmarshal(r[0].Payload, &e) == nil && len(e.StackTrace) > 0 && e.StackTrace[0].Line > 0 && e.StackTrace[0].Label != ""
			},
		},
		{
			"2.1 an error whose stack trace is null is passed on as posted",
			[]string{`{"Act":"error","Text":"mug"}`},
			func(_ *service, r []*Result) bool {
				return string(r[0].Payload) == `{"errorMessage":"mug is out of stock","errorType":"outOfStock"}`
			},
		},
		{
			"2.1 a response in streaming mode",
			[]string{`{"Act":"stream","Text":"{\"a\":1}"}`},
			func(_ *service, r []*Result) bool {
				return string(r[0].Payload) == `{"a":1}{"a":1}` && r[0].FunctionError == ""
			},
		},
		{
			"2.1 a streamed HTTP response is a prelude, 8 zeros and the body",
			[]string{`{"Act":"stream to a function URL","Text":"hello"}`},
			func(_ *service, r []*Result) bool {
				prelude, body, found := strings.Cut(string(r[0].Payload), strings.Repeat("\x00", 8))
				return found && strings.HasPrefix(prelude, `{"statusCode":201`) && body == "hello"
			},
		},
		{
			"2.1 a stream that fails half way is an error",
			[]string{`{"Act":"stream that fails","Text":"{"}`},
			func(_ *service, r []*Result) bool {
				return r[0].FunctionError == "Unhandled" && strings.Contains(string(r[0].Payload), `"errorType":"outOfStock"`)
			},
		},
		{
			"2.1 a response of 6 MiB and 100 bytes",
			[]string{fmt.Sprintf(`{"Act":"size","Size":%d}`, 6291556)},
			func(_ *service, r []*Result) bool { return len(r[0].Payload) == 6291556 && r[0].FunctionError == "" },
		},
		{
			"2.1 a response that is too large is 413 to the runtime, which then ends",
			[]string{pid, `{"Act":"size","Size":6291557}`, pid},
			func(s *service, r []*Result) bool {
				return strings.Contains(text(s.logs.wait(s.t, "REPORT", 2)), "unexpected status code: 413") && processOf(r[0]) != processOf(r[2])
			},
		},
		{
			"2.2 every error is Unhandled",
			[]string{`{"Act":"error"}`, `{"Act":"panic"}`, `{"Act":"exit"}`, `{"Act":"kill"}`},
			func(_ *service, r []*Result) bool {
				return !slices.ContainsFunc(r, func(r *Result) bool { return r.FunctionError != "Unhandled" })
			},
		},
		{
			"2.4 the first invocation is cold, the next is not",
			[]string{pid, pid},
			func(_ *service, r []*Result) bool {
				return r[0].Cold && r[0].Init > 0 && !r[1].Cold && r[1].Init == 0 && processOf(r[0]) == processOf(r[1])
			},
		},
		{
			"2.4 os.Exit resets the environment: another process",
			[]string{pid, `{"Act":"exit"}`, pid},
			func(_ *service, r []*Result) bool { return processOf(r[0]) != processOf(r[2]) && r[2].Cold },
		},
		{
			"2.4 temporary files are kept across warm starts",
			[]string{`{"Act":"write","Text":"kept"}`, `{"Act":"read"}`},
			func(_ *service, r []*Result) bool { return string(r[1].Payload) == `"kept"` },
		},
		{
			"2.4 temporary files are kept across a reset",
			[]string{`{"Act":"write","Text":"kept"}`, `{"Act":"exit"}`, `{"Act":"read"}`},
			func(_ *service, r []*Result) bool { return string(r[2].Payload) == `"kept"` },
		},
		{
			"2.4 START, END and REPORT are logged",
			[]string{pid},
			func(s *service, r []*Result) bool {
				logged, id := text(s.logs.wait(s.t, "REPORT", 1)), r[0].RequestID
				return strings.Contains(logged, "START RequestId: "+id+" Version: 1\n") && strings.Contains(logged, "END RequestId: "+id+"\n") &&
					strings.Contains(logged, "REPORT RequestId: "+id+"\tDuration: ") && strings.Contains(logged, "\tInit Duration: ")
			},
		},
		{
			"2.4 init time is billed [?]",
			[]string{pid},
			func(s *service, r []*Result) bool {
				lines := s.logs.wait(s.t, "REPORT", 1)
				var ran float64
				var billed int64
				line := lines[len(lines)-1].Line
				_, err := fmt.Sscanf(line[strings.Index(line, "\t")+1:], "Duration: %f ms\tBilled Duration: %d ms", &ran, &billed)
				return err == nil && billed >= r[0].Init.Milliseconds()+int64(ran)
			},
		},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "acts", nil)
			var results []*Result
			for _, event := range c.events {
				results = append(results, s.invoke(event))
			}
			if !c.holds(s, results) {
				for i, r := range results {
					t.Errorf("%s gave %.300s (%s)", c.events[i], r.Payload, r.FunctionError)
				}
				t.Errorf("logs:\n%s", text(s.logs.wait(t, "", 0)))
			}
		})
	}
}

// processOf is the process that answered {"Act":"pid"}.
func processOf(r *Result) int {
	var answer struct{ PID int }
	_ = json.Unmarshal(r.Payload, &answer) // 0 is none
	return answer.PID
}

// TestLimits has the facts on what is refused before a function is asked.
func TestLimits(t *testing.T) {
	s := serve(t, "echo", nil)
	for _, c := range []struct {
		fact string
		size int
		want bool
	}{
		{"2.4 an event of 6 MB", 6 << 20, true},
		{"2.4 an event of more than 6 MB", 6<<20 + 1, false},
	} {
		t.Run(c.fact, func(t *testing.T) {
			_, err := s.Invoke(t.Context(), s.arn, []byte(`"`+strings.Repeat("x", c.size-2)+`"`))
			if _, tooLarge := errors.AsType[*RequestTooLargeError](err); tooLarge == c.want || c.want && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("2.4 3 seconds are the default timeout", func(t *testing.T) {
		f := Function{}
		if f.withDefaults(); f.Timeout != 3*time.Second {
			t.Errorf("got %v", f.Timeout)
		}
	})
	t.Run("2.4 one event at a time in an environment", func(t *testing.T) {
		s := serve(t, "acts", nil)
		if pids := s.waiting(3)(); len(pids) != 3 {
			t.Errorf("three events at once were in %d processes", len(pids))
		}
	})
	t.Run("2.4 the end takes no longer than 2 seconds", func(t *testing.T) {
		s := serve(t, "acts", nil)
		pid := s.pid()
		began := time.Now()
		if s.Close(); alive(pid) || time.Since(began) > 2*time.Second {
			t.Errorf("the end took %v", time.Since(began))
		}
	})
}

// TestGaps has the facts that the service does not meet.
func TestGaps(t *testing.T) {
	variable := func(t *testing.T, line string) bool {
		var got struct{ Variables []string }
		serve(t, "acts", nil).decoded(`{"Act":"environment"}`, &got)
		return slices.Contains(got.Variables, line)
	}
	conformance.Known(t, []conformance.Gap{
		{
			Fact:   "2.3 no TMPDIR",
			Reason: "it is set, since /tmp is the machine's here: os.TempDir gives each environment a folder of its own, and a handler that names /tmp shares it with all",
			Holds: func(t *testing.T) bool {
				var got struct{ Variables []string }
				serve(t, "acts", nil).decoded(`{"Act":"environment"}`, &got)
				return !slices.ContainsFunc(got.Variables, func(v string) bool { return strings.HasPrefix(v, "TMPDIR=") })
			},
		},
		{
			Fact:   "2.3 AWS_LAMBDA_RUNTIME_API is 169.254.100.1:9001",
			Reason: "it is an address of loopback, of each process its own: this machine has no network for each environment",
			Holds:  func(t *testing.T) bool { return variable(t, "AWS_LAMBDA_RUNTIME_API=169.254.100.1:9001") },
		},
		{
			Fact:   "2.3 LAMBDA_TASK_ROOT is /var/task",
			Reason: "it is the folder of the compiled handler, which also is the working directory: the machine's own file system is there",
			Holds:  func(t *testing.T) bool { return variable(t, "LAMBDA_TASK_ROOT=/var/task") },
		},
		{
			Fact:   "2.4 1,024 files may be open",
			Reason: "a process has this machine's limit, so a handler that leaks files fails later here",
			Holds: func(t *testing.T) bool {
				var limit uint64
				serve(t, "acts", nil).decoded(`{"Act":"files"}`, &limit)
				return limit == 1024
			},
		},
	})
}
