package lambda

import (
	"context"
	"errors"
	"testing"
)

// rebuilt is the functions of a service with other code.
func rebuilt(s *Service) []Function {
	var functions []Function
	for _, f := range s.functions {
		other := f.Function
		other.Build += "x"
		functions = append(functions, other)
	}
	return functions
}

func TestOtherCodeGetsProcessesOfItsOwnAndTheSameCodeKeepsThem(t *testing.T) {
	s := serve(t, "acts", nil)
	first, old := s.pid(), s.Service
	s.Service = old.Next([]Function{s.functions[s.arn[:len(s.arn)-len(":live")]].Function})
	old.Retire(s.Service)
	if pid := s.pid(); pid != first {
		t.Errorf("the same function runs in process %d after %d", pid, first)
	}
	old = s.Service
	s.Service = old.Next(rebuilt(old))
	if pid := s.pid(); pid == first {
		t.Error("other code runs in the process of the old")
	}
	if !alive(first) {
		t.Error("the old code's process ended before it was retired")
	}
	old.Retire(s.Service)
	gone(t, first)
}

func TestInvocationsOfRetiredCodeAreAnswered(t *testing.T) {
	s := serve(t, "acts", nil)
	finish, old := s.waiting(2), s.Service
	next := old.Next(nil)
	old.Retire(next)
	late := s.pid() // a request that chose its service before it was replaced
	pids := finish()
	if len(pids) != 2 {
		t.Errorf("processes %v", pids)
	}
	s.logs.wait(t, "REPORT", 3)
	for pid := range pids {
		gone(t, pid)
	}
	gone(t, late)
	until(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.environments) == 0
	})
	var missing *ResourceNotFoundError
	if _, err := next.Invoke(context.Background(), s.arn, nil); !errors.As(err, &missing) {
		t.Errorf("a function that is gone: %v", err)
	}
}

func TestReservedConcurrencyCountsTheOldCode(t *testing.T) {
	reserved := 2
	s := serve(t, "acts", func(f *Function, _ *Options) { f.ReservedConcurrency = &reserved })
	finish, old := s.waiting(reserved), s.Service
	next := old.Next(rebuilt(old))
	old.Retire(next)
	var tooMany *TooManyRequestsError
	if _, err := next.Invoke(t.Context(), s.arn, []byte(`{"Act":"pid"}`)); !errors.As(err, &tooMany) {
		t.Errorf("one more than %d gave %v", reserved, err)
	}
	finish()
	if _, err := next.Invoke(t.Context(), s.arn, []byte(`{"Act":"pid"}`)); err != nil {
		t.Errorf("once the old code has answered: %v", err)
	}
}

func TestClosingTheNextServiceEndsTheProcessesOfTheLast(t *testing.T) {
	s := serve(t, "acts", nil)
	pid := s.pid()
	s.Next(nil).Close()
	if alive(pid) {
		t.Errorf("process %d is left over", pid)
	}
	if _, err := s.Invoke(t.Context(), s.arn, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
}
