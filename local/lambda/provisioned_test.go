package lambda

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// provisioned serves a handler with so many environments beforehand.
func provisioned(t *testing.T, n int) *service {
	t.Helper()
	return serve(t, "acts", func(f *Function, _ *Options) { f.Provisioned = map[string]int{"live": n} })
}

func (s *service) provision() (started int) {
	s.t.Helper()
	started, failed := s.Provision(s.t.Context())
	if len(failed) > 0 {
		s.t.Fatal(failed)
	}
	return started
}

// idle is how many provisioned environments wait for an event.
func (s *service) idle() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.functions {
		for _, p := range f.pools {
			for _, e := range p.idle {
				if e.provisioned.Load() {
					n++
				}
			}
		}
	}
	return n
}

// eventually waits until so many provisioned environments wait for an event.
func (s *service) eventually(n int) {
	s.t.Helper()
	for limit := time.Now().Add(20 * time.Second); s.idle() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			s.t.Fatalf("%d provisioned environments wait, want %d", s.idle(), n)
		}
	}
}

// together holds n invocations open at once and gives how many were cold.
func (s *service) together(n int) (cold int) {
	s.t.Helper()
	results := make([]*Result, n)
	file := filepath.Join(s.t.TempDir(), "end")
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { results[i] = s.invoke(fmt.Sprintf(`{"Act":"wait","Text":%q}`, file)) })
	}
	s.logs.wait(s.t, "waiting", n)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
	all.Wait()
	for _, r := range results {
		if r.Cold {
			cold++
		}
	}
	return cold
}

func TestProvisionedEnvironmentsAreThereBeforeTheFirstInvocation(t *testing.T) {
	s := provisioned(t, 2)
	if started := s.provision(); started != 2 {
		t.Errorf("%d were started, want 2", started)
	}
	if started := s.provision(); started != 0 {
		t.Errorf("%d were started again", started)
	}
	result := s.invoke(`{"Act":"environment"}`)
	if result.Cold || result.Init != 0 || result.FunctionError != "" {
		t.Errorf("the first invocation is %+v, want a warm one", result)
	}
	if !strings.Contains(string(result.Payload), "AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency") {
		t.Errorf("its environment is %s", result.Payload)
	}
	for _, line := range s.logs.wait(t, "REPORT", 1) {
		if strings.Contains(line.Line, "Init Duration") {
			t.Errorf("it reports %s", line.Line)
		}
	}
	if cold := s.together(3); cold != 1 {
		t.Errorf("%d of three invocations at once were cold, want the one beyond the two that are provisioned", cold)
	}
}

func TestAProvisionedEnvironmentIsReplacedWhenItsProcessEnds(t *testing.T) {
	for name, end := range map[string]func(s *service){
		"in an invocation": func(s *service) { s.invoke(`{"Act":"exit"}`) },
		"between two":      func(s *service) { _ = syscall.Kill(s.pid(), syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			s := provisioned(t, 1)
			s.provision()
			before := s.pid()
			end(s)
			// The process that ended still counts until that is noticed.
			for limit := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
				s.eventually(1)
				result := s.invoke(`{"Act":"pid"}`)
				if result.FunctionError == "" && !result.Cold {
					break
				}
				if time.Now().After(limit) {
					t.Fatal("it is not replaced")
				}
			}
			if after := s.pid(); after == before {
				t.Error("it is the process that ended")
			}
		})
	}
}

func TestProvisionedEnvironmentsDoNotGrowOld(t *testing.T) {
	s := serve(t, "acts", func(f *Function, o *Options) {
		f.Provisioned = map[string]int{"live": 1}
		o.IdleTimeout = time.Millisecond
	})
	s.provision()
	before := s.pid()
	time.Sleep(50 * time.Millisecond)
	if after := s.pid(); after != before {
		t.Error("it was replaced")
	}
}

func TestWhatIsNotProvisionedAnyMoreGrowsOld(t *testing.T) {
	for name, busy := range map[string]bool{"idle": false, "busy": true} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "acts", func(f *Function, o *Options) {
				f.Provisioned = map[string]int{"live": 1}
				o.IdleTimeout = 10 * time.Millisecond
			})
			s.provision()
			pid := s.pid()
			var invoking sync.WaitGroup
			file := filepath.Join(t.TempDir(), "end")
			if busy {
				invoking.Go(func() { s.invoke(fmt.Sprintf(`{"Act":"wait","Text":%q}`, file)) })
				s.logs.wait(t, "waiting", 1)
			}
			arn := strings.TrimSuffix(s.arn, ":live")
			s.PublishVersion(arn, "2", "another")
			s.UpdateAlias(arn, "live", Alias{Version: "2"})
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			invoking.Wait()
			gone(t, pid)
		})
	}
}

func TestWhatIsReplacedBeforeItIsProvisionedEnds(t *testing.T) {
	s := provisioned(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = s.Provision(ctx) // they are on their way
	f := s.functions[strings.TrimSuffix(s.arn, ":live")].Function
	f.Build, f.Provisioned = "another", nil
	next := s.Next([]Function{f})
	s.Retire(next)
	until(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.environments) == 0
	})
}

func TestAnInitThatFailsIsTold(t *testing.T) {
	s := serve(t, "initfail", func(f *Function, _ *Options) {
		f.Provisioned, f.Environment = map[string]int{"live": 1}, map[string]string{"INIT": "exit 3"}
	})
	started, failed := s.Provision(t.Context())
	if started != 0 || len(failed) != 1 || failed[0].Error() != "a provisioned environment of initfail: Runtime exited with error: exit status 3" {
		t.Errorf("%d were started, and what failed is %v", started, failed)
	}
	s.logs.wait(t, "INIT_REPORT", 2) // it is tried again
}

func TestCodeThatIsNotThereIsTold(t *testing.T) {
	s := serve(t, "acts", func(f *Function, o *Options) {
		f.Provisioned = map[string]int{"live": 1}
		o.Binary = func(Function) (string, error) { return "", errors.New("it does not compile") }
	})
	if _, failed := s.Provision(t.Context()); len(failed) != 1 || !strings.Contains(failed[0].Error(), "it does not compile") {
		t.Errorf("what failed is %v", failed)
	}
}

func TestCloseEndsWhatIsProvisioned(t *testing.T) {
	s := provisioned(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, failed := s.Provision(ctx); len(failed) == 0 {
		t.Error("it waits for nobody")
	}
	s.Close()
	if _, err := s.Invoke(t.Context(), s.arn, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("an invocation gives %v", err)
	}
}

func TestAnotherBuildIsProvisionedBeforeItTakesOver(t *testing.T) {
	s := provisioned(t, 1)
	s.provision()
	before := s.pid()
	f := s.functions[strings.TrimSuffix(s.arn, ":live")].Function
	f.Build = "another"
	next := s.Next([]Function{f})
	if started, failed := next.Provision(t.Context()); started != 1 || len(failed) > 0 {
		t.Fatalf("%d were started, and what failed is %v", started, failed)
	}
	s.Retire(next)
	after := *s
	after.Service = next
	if result := after.invoke(`{"Act":"pid"}`); result.Cold {
		t.Error("its first invocation is cold")
	}
	if after.pid() == before {
		t.Error("it is the process of the build before")
	}
	for limit := time.Now().Add(20 * time.Second); syscall.Kill(before, 0) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the process of the build before is still there")
		}
	}
}

func TestWhileAnAliasShiftsItsVersionsShareWhatIsProvisioned(t *testing.T) {
	s := provisioned(t, 4)
	s.provision()
	arn := strings.TrimSuffix(s.arn, ":live")
	s.PublishVersion(arn, "2", "another")
	s.UpdateAlias(arn, "live", Alias{Version: "1", Weights: map[string]float64{"2": 0.25}})
	s.eventually(4)
	got := map[string]int{}
	s.mu.Lock()
	for c, p := range s.functions[arn].pools {
		got[c.version] = p.provisioned
	}
	s.mu.Unlock()
	if diff := cmp.Diff(map[string]int{"1": 3, "2": 1}, got); diff != "" {
		t.Error(diff)
	}
	s.Restore(arn)
	s.eventually(4)
}

func TestWeightsDivideWhatIsProvisioned(t *testing.T) {
	for name, c := range map[string]struct {
		n       int
		weights map[string]float64
		want    map[string]int
	}{
		"no weights":         {3, nil, map[string]int{"1": 3}},
		"a tenth of ten":     {10, map[string]float64{"2": 0.1}, map[string]int{"1": 9, "2": 1}},
		"a tenth of one":     {1, map[string]float64{"2": 0.1}, map[string]int{"1": 1, "2": 0}},
		"all":                {2, map[string]float64{"2": 1}, map[string]int{"1": 0, "2": 2}},
		"half of an odd one": {1, map[string]float64{"2": 0.5}, map[string]int{"1": 0, "2": 1}},
	} {
		if got := (Alias{Version: "1", Weights: c.weights}).divide(c.n); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestReadFindsWhatIsProvisioned(t *testing.T) {
	const target = `"Target":{"Type":"AWS::ApplicationAutoScaling::ScalableTarget","Metadata":{"aws:cdk:path":"shop/Target"},"Properties":{
		"MinCapacity":2,"MaxCapacity":5,"ResourceId":{"Fn::Join":["",["function:",{"Ref":"Cart"},":live"]]},"RoleARN":"r",
		"ScalableDimension":"lambda:function:ProvisionedConcurrency","ServiceNamespace":"lambda",
		"ScheduledActions":[{"Schedule":"cron(0 8 * * ? *)","ScheduledActionName":"day","ScalableTargetAction":{"MinCapacity":3}}]}},
	"Policy":{"Type":"AWS::ApplicationAutoScaling::ScalingPolicy","Metadata":{"aws:cdk:path":"shop/Policy"},"Properties":{"ScalingTargetId":{"Ref":"Target"}}}`
	fixed := strings.Replace(cartFunction, `"Name":"live"`, `"Name":"live","ProvisionedConcurrencyConfig":{"ProvisionedConcurrentExecutions":3}`, 1)
	for name, c := range map[string]struct {
		resources string
		want      int
		notices   []string
	}{
		"by the alias": {fixed, 3, nil},
		"by what scales it": {cartFunction + "," + target, 2, []string{
			"shop/Target (AWS::ApplicationAutoScaling::ScalableTarget): ScheduledActions: the number of provisioned environments is MinCapacity, 2, at all times here",
			"shop/Policy (AWS::ApplicationAutoScaling::ScalingPolicy): the number of provisioned environments follows no load here: it is MinCapacity",
		}},
		"by both": {fixed + "," + target, 3, nil},
	} {
		t.Run(name, func(t *testing.T) {
			functions, notices, err := Read(synthesized(t, c.resources))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]int{"live": c.want}, functions[0].Provisioned); diff != "" {
				t.Error(diff)
			}
			for _, want := range c.notices {
				if !strings.Contains(strings.Join(said(notices), "\n"), want) {
					t.Errorf("notices are %q, want %q", said(notices), want)
				}
			}
		})
	}
	_, _, err := Read(synthesized(t, strings.Replace(target, `{"Ref":"Cart"}`, `"gone"`, 1)))
	if err == nil || !strings.Contains(err.Error(), `shop/Target (AWS::ApplicationAutoScaling::ScalableTarget): ResourceId: "function:gone:live" is no function`) {
		t.Errorf("of a function that is not there: %v", err)
	}
}
