package lambda

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// waiting starts n invocations that run until go is called, and waits until
// all of them do. The returned function ends them and gives their process IDs.
func (s *service) waiting(n int) (finish func() map[int]int) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "go")
	pids := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			var answer struct{ PID int }
			s.decoded(fmt.Sprintf(`{"Act":"wait","Text":%q}`, file), &answer)
			mu.Lock()
			defer mu.Unlock()
			pids[answer.PID]++
		})
	}
	s.logs.wait(s.t, "waiting", n)
	return func() map[int]int {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			s.t.Error(err)
		}
		all.Wait()
		return pids
	}
}

func TestConcurrentInvocationsHaveAProcessEach(t *testing.T) {
	const n = 50
	s := serve(t, "acts", nil)
	pids := s.waiting(n)()
	if len(pids) != n {
		t.Fatalf("%d processes for %d invocations at once", len(pids), n)
	}
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if pid := s.pid(); pids[pid] == 0 {
				t.Errorf("process %d is new: the idle ones should be used", pid)
			}
		})
	}
	all.Wait()
	s.Close()
	for pid := range pids {
		if alive(pid) {
			t.Errorf("process %d outlived Close", pid)
		}
	}
}

func TestTheProcessUsedLastIsUsedNext(t *testing.T) {
	s := serve(t, "acts", nil)
	pids := s.waiting(3)()
	first := s.pid()
	for range 20 {
		if pid := s.pid(); pid != first || pids[pid] == 0 {
			t.Fatalf("process %d after %d of %v", pid, first, pids)
		}
	}
}

func TestOneInvocationAfterTheOtherNeedsOneProcess(t *testing.T) {
	s := serve(t, "echo", nil)
	for range 500 {
		s.invoke(`{}`)
	}
	if n := len(s.environments); n != 1 {
		t.Errorf("%d environments", n)
	}
}

func TestVersionsDoNotShareProcesses(t *testing.T) {
	s := serve(t, "acts", nil)
	published := s.pid()
	s.arn = s.arn[:len(s.arn)-len(":live")]
	if result := s.invoke(`{"Act":"pid"}`); result.Version != "$LATEST" {
		t.Errorf("version %q", result.Version)
	}
	if unpublished := s.pid(); unpublished == published {
		t.Error("$LATEST ran in version 1's process")
	}
}

func TestReservedConcurrency(t *testing.T) {
	for _, reserved := range []int{0, 1, 3} {
		t.Run(fmt.Sprintf("2.2 one more than the %d that are reserved", reserved), func(t *testing.T) {
			s := serve(t, "acts", func(f *Function, _ *Options) { f.ReservedConcurrency = &reserved })
			finish := s.waiting(reserved)
			_, err := s.Invoke(t.Context(), s.arn, []byte(`{"Act":"pid"}`))
			var tooMany *TooManyRequestsError
			if !errors.As(err, &tooMany) || tooMany.Reason() != "ReservedFunctionConcurrentInvocationLimitExceeded" {
				t.Errorf("one more gave %v", err)
			}
			finish()
			for range 3 * reserved { // failures give their place back, too
				s.invoke(`{"Act":"error"}`)
				s.invoke(`{"Act":"exit"}`)
				s.invoke(`{"Act":"panic"}`)
			}
		})
	}
}

func TestProcessKilledWhileIdleIsReplaced(t *testing.T) {
	t.Run("2.4 a process that dies between events is replaced", func(t *testing.T) {
		s := serve(t, "acts", nil)
		pid := s.pid()
		s.logs.wait(t, "REPORT", 1)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		e := s.only()
		until(t, func() bool {
			e.mu.Lock()
			defer e.mu.Unlock()
			return e.phase == down
		})
		if other := s.pid(); other == pid {
			t.Error("the dead process answered")
		}
	})
}

// only is the service's one environment.
func (s *service) only() *environment {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.environments {
		return e
	}
	s.t.Fatal("there is no environment")
	return nil
}

func until(t testing.TB, condition func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("it does not happen")
		}
	}
}

func TestIdleEnvironmentsEnd(t *testing.T) {
	s := serve(t, "acts", func(_ *Function, o *Options) { o.IdleTimeout = 50 * time.Millisecond })
	pids := s.waiting(5)()
	for pid := range pids {
		gone(t, pid)
	}
	until(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.environments) == 0
	})
	s.pid()
}

func TestBinaryIsAskedForOnceUnlessItFails(t *testing.T) {
	var calls atomic.Int32
	broken := errors.New("cart.go:3: syntax error")
	s := serve(t, "echo", func(_ *Function, o *Options) {
		o.Binary = func(Function) (string, error) {
			if calls.Add(1) == 1 {
				return "", broken
			}
			return filepath.Join(binaries, "echo", "bootstrap"), nil
		}
	})
	if _, err := s.Invoke(t.Context(), s.arn, nil); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() { s.invoke(`{}`) })
	}
	all.Wait()
	if n := calls.Load(); n != 2 {
		t.Errorf("%d calls", n)
	}
}

func TestErrorsReadAsLambdas(t *testing.T) {
	t.Run("2.2 exceptions have Lambda's words", func(t *testing.T) {
		for _, c := range []struct {
			err  error
			want string
		}{
			{&ResourceNotFoundError{ARN: "arn:x"}, "ResourceNotFoundException: Function not found: arn:x"},
			{&RequestTooLargeError{Function: "cart", Size: 7000000}, "RequestTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation: the event for cart has 7000000"},
			{&TooManyRequestsError{Function: "cart", Limit: 2}, "TooManyRequestsException: Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded: function cart reserves 2)"},
			{&UnsupportedError{ARN: "arn:x", Reason: "it is Python"}, "local mode cannot run arn:x: it is Python"},
		} {
			if got := c.err.Error(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		}
	})
}

// Everything at once, for the race detector and for what no case above thinks of.
func TestLoadOfEveryKind(t *testing.T) {
	s := serve(t, "acts", func(f *Function, _ *Options) { f.Timeout = 2 * time.Second })
	acts := []string{"pid", "error", "panic", "exit", "kill", "print", "pid", "context", "close output", "pid", "pid", "pid"}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 24 {
				act := acts[(worker+i)%len(acts)]
				ctx, cancel := context.WithCancel(context.Background())
				if i%5 == 0 {
					cancel()
				}
				result, err := s.Invoke(ctx, s.arn, fmt.Appendf(nil, `{"Act":%q,"Text":"x"}`, act))
				switch {
				case err != nil && !errors.Is(err, context.Canceled):
					t.Errorf("%s: %v", act, err)
				case err == nil && act == "pid" && result.FunctionError != "":
					t.Errorf("%s: %s", act, result.Payload)
				}
				cancel()
			}
		})
	}
	all.Wait()
	s.logs.wait(t, "REPORT", 8*24)
	if n := len(s.environments); n > 8+8*24/5 {
		t.Errorf("%d environments", n)
	}
}
