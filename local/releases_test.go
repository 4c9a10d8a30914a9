package main

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"annex/local/aws"
	"annex/local/codedeploy"
	"annex/local/lambda"
)

const cartARN = "arn:aws:lambda:eu-west-1:111111111111:function:shop-Cart"

// releasing is a system of one function, cart, that serves the second of its
// builds. None of it runs.
func releasing(t *testing.T) *system {
	t.Helper()
	s := &system{terminal: &terminal{out: io.Discard}}
	s.releases = newReleases(s)
	first := edited(t, s, "builds/1/cart")
	s.current.Store(first)
	second := edited(t, s, "builds/2/cart")
	s.current.Store(second)
	s.releases.replaced(first, second)
	t.Cleanup(s.releases.close)
	return s
}

// edited serves a build of cart.
func edited(t *testing.T, s *system, build string) *served {
	t.Helper()
	f := lambda.Function{
		Name: "shop-Cart", ARN: cartARN, Folder: "lambdas/cart", Build: build, Handler: "bootstrap", Timeout: time.Second, MemoryMiB: 128,
		Aliases: map[string]lambda.Alias{"live": {Version: "2"}}, Versions: []string{"2"},
	}
	v := &served{system: s, code: map[string]string{"cart": build}, plan: plan{functions: []lambda.Function{f}}}
	if last := s.current.Load(); last != nil {
		v.functions = last.functions.Next(v.plan.functions)
		return v
	}
	v.functions = lambda.New(v.plan.functions, lambda.Options{
		Binary:  func(f lambda.Function) (string, error) { return f.Build, nil },
		Invoked: s.releases.observe, TempDir: t.TempDir(),
	})
	t.Cleanup(v.functions.Close)
	return v
}

// serve does what the reloader does with another system.
func (s *system) serve(next *served) {
	last := s.current.Load()
	s.current.Store(next)
	s.releases.replaced(last, next)
	last.functions.Retire(next.functions)
}

// alias is what live points at now.
func alias(t *testing.T, s *system) lambda.Alias {
	t.Helper()
	a, ok := functions{s}.service().Alias(cartARN, "live")
	if !ok {
		t.Fatal("there is no alias")
	}
	return a
}

// eventually waits for a condition that comes soon.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s: it does not happen", what)
		}
	}
}

func idle(s *system) func() bool { return func() bool { return s.releases.running.Load() == nil } }

func TestAShiftEndsAtTheNewVersion(t *testing.T) {
	s := releasing(t)
	started, err := s.releases.start(order{Service: "cart", Weight: 25, For: "300ms"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the weight", func() bool { return alias(t, s).Weights["2"] == 0.25 })
	if a := alias(t, s); a.Version != oldVersion {
		t.Errorf("during the shift live is %+v", a)
	}
	eventually(t, "the end", idle(s))
	if a := alias(t, s); a.Version != "2" || len(a.Weights) > 0 {
		t.Errorf("after the shift live is %+v", a)
	}
	lines, more := started.since(0)
	var last progress
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil || more != nil || last.Status != codedeploy.Succeeded || last.Weight != 100 || last.Service != "cart" || last.Folder != "lambdas/cart" {
		t.Errorf("the last line is %+v, %v", last, err)
	}
}

func TestAfterARollbackTheOldBuildServesUntilTheNextEdit(t *testing.T) {
	s := releasing(t)
	if _, err := s.releases.start(order{Service: "cart"}); err != nil {
		t.Fatal(err)
	}
	s.releases.stop(codedeploy.ErrStopped)
	eventually(t, "the end", idle(s))
	same := edited(t, s, "builds/2/cart") // other stacks, the same code
	s.serve(same)
	if a := alias(t, s); a.Version != oldVersion || len(a.Weights) > 0 {
		t.Errorf("after the rollback live is %+v", a)
	}
	s.serve(edited(t, s, "builds/3/cart"))
	if a := alias(t, s); a.Version != "2" {
		t.Errorf("after the edit live is %+v", a)
	}
	if got := s.releases.earlier()["cart"]; got != "builds/1/cart" {
		t.Errorf("the build before the edit is %s, want the one that served", got)
	}

	// Where the edit is tried again and passes, it is the one that served.
	if _, err := s.releases.start(order{Service: "cart"}); err != nil {
		t.Fatal(err)
	}
	s.releases.stop(codedeploy.ErrStopped)
	eventually(t, "the end of the second", idle(s))
	if _, err := s.releases.start(order{Service: "cart", For: "1ms"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the third", idle(s))
	s.serve(edited(t, s, "builds/4/cart"))
	if got := s.releases.earlier()["cart"]; got != "builds/3/cart" {
		t.Errorf("the build before the next edit is %s, want the one that passed", got)
	}
}

func TestAnEditDuringAShiftIsItsNewVersion(t *testing.T) {
	s := releasing(t)
	started, err := s.releases.start(order{Service: "cart", Weight: 10, For: "1h"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the weight", func() bool { return alias(t, s).Weights["2"] == 0.1 })
	s.serve(edited(t, s, "builds/3/cart"))
	if a := alias(t, s); a.Version != oldVersion || a.Weights["2"] != 0.1 {
		t.Errorf("after the edit live is %+v", a)
	}
	if got := s.releases.earlier()["cart"]; got != "builds/1/cart" {
		t.Errorf("the old version is %s", got)
	}
	eventually(t, "a word about it", func() bool {
		started.mu.Lock()
		defer started.mu.Unlock()
		return strings.Contains(started.text, "the edit that was just saved")
	})
	// Without the function there is nothing to shift.
	gone := &served{system: s, code: map[string]string{}, functions: functions{s}.service().Next(nil)}
	s.serve(gone)
	eventually(t, "the end", idle(s))
	if text := started.end(); !strings.Contains(text, "the stage does not have the function any more") {
		t.Errorf("it ends with %q", text)
	}
}

func TestHookVerdictsAreForTheDeploymentUnderWay(t *testing.T) {
	s := releasing(t)
	code := func(err error) string {
		if r, ok := errors.AsType[*aws.Refusal](err); ok {
			return r.Code
		}
		return ""
	}
	if got := code(s.releases.PutHookStatus("d-X", "x", "Succeeded")); got != "DeploymentDoesNotExistException" {
		t.Errorf("without a deployment: %q", got)
	}
	if _, err := s.releases.start(order{Service: "cart", For: "1h"}); err != nil {
		t.Fatal(err)
	}
	d := s.releases.running.Load()
	if got := code(s.releases.PutHookStatus(d.ID, "x", "Succeeded")); got != "InvalidLifecycleEventHookExecutionIdException" {
		t.Errorf("without an execution: %q", got)
	}
	if _, found := s.releases.Group(d.ID); !found {
		t.Error("the deployment has no group")
	}
	if _, found := s.releases.Group("d-X"); found {
		t.Error("another deployment has a group")
	}
}
