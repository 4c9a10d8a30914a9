package lambda

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The init phase and its failures (http-edge.md §2.4, "INIT_REPORT").
func TestInitFailureIsTriedAgainWithinTheInvocation(t *testing.T) {
	const start = "START RequestId: ID Version: 1\n"
	const end = "END RequestId: ID\nREPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 256 MB"
	report := func(phase, status string) string {
		return "INIT_REPORT Init Duration: N ms\tPhase: " + phase + "\tStatus: " + status + "\n"
	}
	for name, c := range map[string]struct{ init, answer, logs string }{
		"2.4 init: exit 0": {
			"exit",
			`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited without providing a reason"}`,
			"init\n" + report("init", "error\tError Type: Runtime.ExitError") +
				"init\n" + report("invoke", "error\tError Type: Runtime.ExitError") +
				start + "RequestId: ID Error: Runtime exited without providing a reason\nRuntime.ExitError\n" +
				end + "\tStatus: error\tError Type: Runtime.ExitError\n",
		},
		"2.4 init: exit 3": {
			"exit 3",
			`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 3"}`,
			"init\n" + report("init", "error\tError Type: Runtime.ExitError") +
				"init\n" + report("invoke", "error\tError Type: Runtime.ExitError") +
				start + "RequestId: ID Error: Runtime exited with error: exit status 3\nRuntime.ExitError\n" +
				end + "\tStatus: error\tError Type: Runtime.ExitError\n",
		},
		"2.4 init: exit once": {
			"once", `"served"`,
			"init\n" + report("init", "error\tError Type: Runtime.ExitError") + "init\n" + start + end + "\tMax Memory Used: N MB\n",
		},
		"2.4 init: reported": {
			"report", `{"errorMessage":"no index","errorType":"Function.NoIndex","stackTrace":[]}`,
			"init\n" + report("init", "error\tError Type: Function.NoIndex") +
				"init\n" + report("invoke", "error\tError Type: Function.NoIndex") +
				start + end + "\tStatus: error\tError Type: Function.NoIndex\n",
		},
		"2.4 init: too slow": {
			"slow",
			`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 1.00 seconds"}`,
			"init\n" + report("init", "timeout") + "init\n" + report("invoke", "timeout") +
				start + "TIME ID Task timed out after N seconds\n" + end + "\tStatus: timeout\n",
		},
		"2.4 init: too slow once": {
			"slow once", `"served"`,
			"init\n" + report("init", "timeout") + "init\n" + start + end + "\tMax Memory Used: N MB\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "initfail", func(f *Function, _ *Options) {
				f.Environment = map[string]string{"INIT": c.init}
				if c.init == "slow" {
					f.Timeout = time.Second
				}
			})
			s.initLimit = 10 * time.Second
			if strings.HasPrefix(c.init, "slow") {
				s.initLimit = time.Second
			}
			result := s.invoke(`{}`)
			if got := strings.ReplaceAll(string(result.Payload), result.RequestID, "ID"); got != c.answer {
				t.Errorf("answer %s, want %s", got, c.answer)
			}
			if failed := result.FunctionError != ""; failed != (c.answer != `"served"`) {
				t.Errorf("FunctionError is %q", result.FunctionError)
			}
			if result.Init != 0 {
				t.Errorf("the failed init phase counts as %v", result.Init)
			}
			if got := anonymous(s.logs.wait(t, "REPORT", 1), result.RequestID); got != c.logs {
				t.Errorf("logs:\n%s\nwant\n%s", got, c.logs)
			}
		})
	}
}

var (
	numbers = regexp.MustCompile(`\d+(\.\d+)? (ms|seconds)|Used: \d+`)
	times   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
)

// anonymous is the logs without what differs from run to run.
func anonymous(lines []Log, requestID string) string {
	s := strings.ReplaceAll(text(lines), requestID, "ID")
	s = times.ReplaceAllString(s, "TIME")
	return numbers.ReplaceAllStringFunc(s, func(match string) string {
		if strings.HasPrefix(match, "Used") {
			return "Used: N"
		}
		return "N" + match[strings.IndexByte(match, ' '):]
	})
}

func TestBinaryThatCannotRun(t *testing.T) {
	for name, c := range map[string]struct {
		content, want string
		mode          os.FileMode
	}{
		"absent":         {want: "no such file or directory"},
		"not executable": {content: "#!/bin/sh\n", mode: 0o600, want: "permission denied"},
		"not a program":  {content: "\x7fELF?", mode: 0o700, want: "exec format error"},
	} {
		t.Run(name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), "bootstrap")
			if c.content != "" {
				if err := os.WriteFile(binary, []byte(c.content), c.mode); err != nil {
					t.Fatal(err)
				}
			}
			s := serve(t, "echo", func(_ *Function, o *Options) {
				o.Binary = func(Function) (string, error) { return binary, nil }
			})
			result := s.invoke(`{}`)
			want := `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` + result.RequestID + ` Error: fork/exec ` + binary + `: ` + c.want + `"}`
			if string(result.Payload) != want || result.FunctionError != "Unhandled" {
				t.Errorf("got %s, want %s", result.Payload, want)
			}
		})
	}
}
