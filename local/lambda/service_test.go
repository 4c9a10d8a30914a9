package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binaries is the folder of the compiled handlers of testdata.
var binaries string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambda-test-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries = dir
	for _, name := range []string{"echo", "acts", "initfail", "raw"} {
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", filepath.Join(dir, name, "bootstrap"), "./testdata/"+name)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s\n%v\n", out, err)
			return 1
		}
	}
	return m.Run()
}

// service is a Service of one function under test.
type service struct {
	*Service
	t    testing.TB
	arn  string
	logs *logs
}

// serve starts a service of a function whose handler is in testdata.
func serve(t testing.TB, handler string, change func(*Function, *Options)) *service {
	t.Helper()
	f := Function{
		Name: handler, ARN: "arn:aws:lambda:eu-west-1:111111111111:function:" + handler,
		Region: "eu-west-1", Account: "111111111111", Folder: "lambdas/" + handler,
		Timeout: 10 * time.Second, MemoryMiB: 256,
		Aliases: map[string]Alias{"live": {Version: "1"}},
	}
	l := &logs{changed: make(chan struct{})}
	o := Options{
		Binary:  func(f Function) (string, error) { return filepath.Join(binaries, f.Name, "bootstrap"), nil },
		Log:     l.add,
		TempDir: t.TempDir(),
	}
	if change != nil {
		change(&f, &o)
	}
	s := &service{Service: New([]Function{f}, o), t: t, arn: f.ARN + ":live", logs: l}
	t.Cleanup(s.Close)
	return s
}

func (s *service) invoke(event string) *Result {
	s.t.Helper()
	result, err := s.Invoke(context.Background(), s.arn, []byte(event))
	if err != nil {
		s.t.Fatalf("invoking with %s: %v", event, err)
	}
	return result
}

// decoded invokes and decodes an answer that must not be an error.
func (s *service) decoded(event string, v any) {
	s.t.Helper()
	result := s.invoke(event)
	if result.FunctionError != "" {
		s.t.Fatalf("%s failed: %s", event, result.Payload)
	}
	if err := json.Unmarshal(result.Payload, v); err != nil {
		s.t.Fatalf("%s gave %s: %v", event, result.Payload, err)
	}
}

func (s *service) pid() int {
	s.t.Helper()
	var answer struct{ PID int }
	s.decoded(`{"Act":"pid"}`, &answer)
	return answer.PID
}

// logs collects log lines.
type logs struct {
	mu      sync.Mutex
	lines   []Log
	changed chan struct{} // closed at each line
}

func (l *logs) add(line Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	close(l.changed)
	l.changed = make(chan struct{})
}

// wait returns the lines once one of them starts with prefix, n times over.
func (l *logs) wait(t testing.TB, prefix string, n int) []Log {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		lines, changed := slices.Clone(l.lines), l.changed
		l.mu.Unlock()
		found := 0
		for _, line := range lines {
			if strings.HasPrefix(line.Line, prefix) {
				found++
			}
		}
		if found >= n {
			return lines
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("no %q in the logs (want %d):\n%s", prefix, n, text(lines))
		}
	}
}

func text(lines []Log) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line.Line + "\n")
	}
	return b.String()
}

// alive reports whether a process is there and not a zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !bytes.Contains(stat, []byte(") Z "))
}

// gone waits for the end of a process.
func gone(t testing.TB, pid int) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("process %d lives on", pid)
		}
	}
}

func TestInvokeGivesTheEventAndReturnsTheAnswer(t *testing.T) {
	s := serve(t, "echo", nil)
	first := s.invoke(`{"a":1}`)
	if string(first.Payload) != `{"a":1}` || first.FunctionError != "" || first.Version != "1" || !first.Cold || first.Init <= 0 || first.Duration <= 0 {
		t.Errorf("first: %+v", first)
	}
	second := s.invoke(`[2]`)
	if string(second.Payload) != `[2]` || second.Cold || second.Init != 0 || second.RequestID == first.RequestID {
		t.Errorf("second: %+v", second)
	}
}

func TestInvokeTellsTheHandlerItsContext(t *testing.T) {
	t.Run("2.1 the handler's context: ID, ARN, trace and deadline", func(t *testing.T) {
		s := serve(t, "acts", nil)
		var got struct {
			ID, ARN, Trace string
			Left           int
		}
		result := s.invoke(`{"Act":"context"}`)
		if err := json.Unmarshal(result.Payload, &got); err != nil {
			t.Fatal(err)
		}
		if got.ID != result.RequestID || got.ARN != s.arn || !strings.HasPrefix(got.Trace, "Root=1-") || got.Left < 8000 || got.Left > 10000 {
			t.Errorf("the handler saw %+v", got)
		}
	})
}

func TestAnswerAtTheLimitPasses(t *testing.T) {
	s := serve(t, "acts", nil)
	result := s.invoke(fmt.Sprintf(`{"Act":"size","Size":%d}`, responseLimit))
	if len(result.Payload) != responseLimit || result.FunctionError != "" {
		t.Errorf("got %d bytes, %q", len(result.Payload), result.FunctionError)
	}
}

func TestEventAtTheLimitPasses(t *testing.T) {
	s := serve(t, "echo", nil)
	event := []byte(`"` + strings.Repeat("x", requestLimit-2) + `"`)
	result, err := s.Invoke(t.Context(), s.arn, event)
	if err != nil || !bytes.Equal(result.Payload, event) {
		t.Fatalf("an event at the limit: %v", err)
	}
	var tooLarge *RequestTooLargeError
	if _, err := s.Invoke(t.Context(), s.arn, append(event, ' ')); !errors.As(err, &tooLarge) {
		t.Errorf("an event above the limit: %v", err)
	}
}

func TestCallerWhoLeavesDoesNotEndTheFunction(t *testing.T) {
	t.Run("2.4 a caller who leaves does not end the function", func(t *testing.T) {
		s := serve(t, "acts", nil)
		file := filepath.Join(t.TempDir(), "go")
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := s.Invoke(ctx, s.arn, fmt.Appendf(nil, `{"Act":"wait","Text":%q}`, file))
			left <- err
		}()
		s.logs.wait(t, "waiting", 1)
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller got %v", err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		lines := s.logs.wait(t, "REPORT", 1)
		if strings.Contains(text(lines), "Status") {
			t.Errorf("the function did not end well:\n%s", text(lines))
		}
	})
}
