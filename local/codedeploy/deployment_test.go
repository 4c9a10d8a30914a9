package codedeploy

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/local/lambda"
)

// functions are a cart whose new version may fail, and its check.
type functions struct {
	d *Deployment

	mu      sync.Mutex
	aliases []lambda.Alias // each that the alias was
	events  []string       // of the check
	check   func(event string) error
	silent  bool // the check gives no verdict
	hangs   bool // the check does not end
}

func (f *functions) UpdateAlias(_, name string, to lambda.Alias) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if name == "live" {
		f.aliases = append(f.aliases, to)
	}
}

// Invoke runs the check as one that uses PutLifecycleEventHookExecutionStatus.
func (f *functions) Invoke(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error) {
	var event struct{ DeploymentID, LifecycleEventHookExecutionID string }
	if err := json.Unmarshal(payload, &event); err != nil || event.DeploymentID != f.d.ID || functionARN != "arn:aws:lambda:eu-west-1:1:function:check" {
		return nil, errors.New("the check was invoked with " + string(payload))
	}
	f.mu.Lock()
	phase := "before"
	if f.aliases[len(f.aliases)-1].Version == "2" {
		phase = "after"
	}
	f.events = append(f.events, phase)
	f.mu.Unlock()
	if f.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.silent {
		return &lambda.Result{Payload: []byte("null")}, nil
	}
	status := "Succeeded"
	if f.check != nil {
		if err := f.check(phase); err != nil {
			status = "Failed"
		}
	}
	if err := f.d.PutHookStatus(event.LifecycleEventHookExecutionID, status); err != nil {
		return nil, err
	}
	if err := f.d.PutHookStatus(event.LifecycleEventHookExecutionID, status); !errors.Is(err, ErrCompleted) {
		return nil, errors.New("a second verdict is taken")
	}
	return &lambda.Result{Payload: []byte("null")}, nil
}

const cartARN = "arn:aws:lambda:eu-west-1:1:function:cart"

// deploy runs a canary of 10 % for a minute, beside a load of ten requests a
// second. The new version is as invoke makes it.
func deploy(t *testing.T, f *functions, invoke func(i lambda.Invocation, at time.Duration) lambda.Invocation, during func(*Deployment)) (Status, []Event, time.Duration) {
	t.Helper()
	hook := "arn:aws:lambda:eu-west-1:1:function:check"
	var events []Event
	d := New(Options{
		Group: Group{
			Name: "g", FunctionARN: cartARN, Function: "cart", Alias: "live", New: "2",
			Traffic: Traffic{Percent: 10, Every: time.Minute}, Before: hook, After: hook,
			Alarms: []Alarm{{
				Name: "cart-errors", Metric: "Errors", Statistic: "Sum", Comparison: "GreaterThanThreshold", Missing: "notBreaching",
				Dimensions: map[string]string{"FunctionName": "cart", "Resource": "cart:live", "ExecutedVersion": "2"},
				Period:     time.Minute, Periods: 1, Datapoints: 1,
			}, {
				Name: "search-errors", Metric: "Errors", Statistic: "Sum", Comparison: "GreaterThanThreshold", Missing: "notBreaching",
				Dimensions: map[string]string{"FunctionName": "search"}, Period: time.Minute, Periods: 1, Datapoints: 1,
			}},
		},
		Old: "1", Lambda: f, Report: func(e Event) { events = append(events, e) },
	})
	f.d = d
	began := time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	var load sync.WaitGroup
	load.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			f.mu.Lock()
			to := lambda.Alias{Version: "1"}
			if len(f.aliases) > 0 {
				to = f.aliases[len(f.aliases)-1]
			}
			f.mu.Unlock()
			i := lambda.Invocation{FunctionARN: cartARN, Qualifier: "live", Version: to.Version, Duration: time.Millisecond}
			if to.Weights["2"] > 0 && n%10 == 0 {
				i.Version = "2"
			}
			d.Observe(invoke(i, time.Since(began)))
			time.Sleep(100 * time.Millisecond)
		}
	})
	if during != nil {
		load.Go(func() { during(d) })
	}
	status := d.Run()
	took := time.Since(began)
	cancel()
	load.Wait()
	return status, events, took
}

func good(i lambda.Invocation, _ time.Duration) lambda.Invocation { return i }

// failing is a load that the new version fails, after a time.
func failing(after time.Duration) func(lambda.Invocation, time.Duration) lambda.Invocation {
	return func(i lambda.Invocation, at time.Duration) lambda.Invocation {
		i.Failed = i.Version == "2" && at >= after
		return i
	}
}

var (
	before = lambda.Alias{Version: "1"}
	canary = lambda.Alias{Version: "1", Weights: map[string]float64{"2": 0.1}}
	after  = lambda.Alias{Version: "2"}
)

func TestDeploymentsEndWithOneVersionOrTheOther(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		check   func(event string) error
		silent  bool
		hangs   bool
		invoke  func(lambda.Invocation, time.Duration) lambda.Invocation
		during  func(*Deployment)
		want    Status
		aliases []lambda.Alias
		checks  []string
		says    string
		least   time.Duration
		most    time.Duration
	}{
		"all is well": {
			want: Succeeded, aliases: []lambda.Alias{before, canary, after}, checks: []string{"before", "after"},
			says: "version 2 has all requests", least: time.Minute, most: 62 * time.Second,
		},
		"the check before fails": {
			check: func(string) error { return broken },
			want:  Failed, aliases: []lambda.Alias{before, before}, checks: []string{"before"},
			says: "rolled back to version 1: BeforeAllowTraffic: the check says Failed", most: time.Second,
		},
		"the check after fails": {
			check: func(event string) error {
				if event == "after" {
					return broken
				}
				return nil
			},
			want: Failed, aliases: []lambda.Alias{before, canary, after, before}, checks: []string{"before", "after"},
			says: "rolled back to version 1: AfterAllowTraffic", least: time.Minute, most: 62 * time.Second,
		},
		"a check without a verdict": {
			silent: true,
			want:   Failed, aliases: []lambda.Alias{before, before}, checks: []string{"before"},
			says: "did not call PutLifecycleEventHookExecutionStatus", least: verdictTimeout, most: verdictTimeout + time.Second,
		},
		"the new version fails": {
			invoke: failing(20 * time.Second),
			want:   Stopped, aliases: []lambda.Alias{before, canary, before}, checks: []string{"before"},
			says: "the alarm cart-errors is in ALARM: Sum of Errors is 1, above 0, in 1 of 1 periods of 1m0s", least: 20 * time.Second, most: 23 * time.Second,
		},
		"another function, that has an alarm of the group, fails": {
			during: func(d *Deployment) {
				time.Sleep(30 * time.Second)
				d.Observe(lambda.Invocation{FunctionARN: "arn:aws:lambda:us-east-1:1:function:search", Version: "$LATEST", Failed: true}) // of another region
				time.Sleep(10 * time.Second)
				d.Observe(lambda.Invocation{FunctionARN: "arn:aws:lambda:eu-west-1:1:function:search", Version: "$LATEST", Failed: true})
			},
			want: Stopped, aliases: []lambda.Alias{before, canary, before}, checks: []string{"before"},
			says: "the alarm search-errors is in ALARM", least: 40 * time.Second, most: 41 * time.Second,
		},
		"it is stopped": {
			during: func(d *Deployment) { time.Sleep(30 * time.Second); d.Stop(ErrStopped) },
			want:   Stopped, aliases: []lambda.Alias{before, canary, before}, checks: []string{"before"},
			says: "rolled back to version 1: it was stopped", least: 30 * time.Second, most: 31 * time.Second,
		},
		"it is stopped before it begins": {
			during: func(d *Deployment) { d.Stop(ErrStopped) },
			want:   Stopped, aliases: []lambda.Alias{before, before}, says: "it was stopped", most: time.Second,
			hangs: true, checks: []string{"before"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &functions{check: c.check, silent: c.silent, hangs: c.hangs}
				invoke := c.invoke
				if invoke == nil {
					invoke = good
				}
				status, events, took := deploy(t, f, invoke, c.during)
				last := events[len(events)-1]
				if status != c.want || last.Status != c.want || !strings.Contains(last.Text, c.says) {
					t.Errorf("it ended %s, and said %+v, want %s and %q", status, last, c.want, c.says)
				}
				if took < c.least || took > c.most {
					t.Errorf("it took %s, want %s to %s", took, c.least, c.most)
				}
				if diff := cmp.Diff(c.aliases, f.aliases); diff != "" {
					t.Errorf("the alias: %s", diff)
				}
				if diff := cmp.Diff(c.checks, f.events); diff != "" {
					t.Errorf("the checks: %s", diff)
				}
				for _, e := range events[:len(events)-1] {
					if e.Status != InProgress {
						t.Errorf("%+v is not the last", e)
					}
				}
			})
		})
	}
}

func TestProgressSaysWhatTheVersionsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, events, _ := deploy(t, &functions{}, good, nil)
		var said []string
		weights := map[int]bool{}
		for _, e := range events {
			said = append(said, e.Text)
			weights[e.Weight] = true
		}
		text := strings.Join(said, "\n")
		for _, want := range []string{
			"version 1 has all requests of cart:live, 2 is the new one: 10 % for 1m0s, then all",
			"watching the alarm cart-errors: Sum of Errors above 0, in 1 of 1 periods of 1m0s",
			"BeforeAllowTraffic: Succeeded", "10 % of the requests go to version 2", "100 % of the requests go to version 2", "AfterAllowTraffic: Succeeded",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q:\n%s", want, text)
			}
		}
		if !weights[0] || !weights[10] || !weights[100] {
			t.Errorf("weights %v", weights)
		}
		v := events[len(events)-1].Versions
		if v["1"].Answered < 500 || v["1"].Answered > 560 || v["2"].Answered < 55 || v["2"].Answered > 70 || v["1"].Failed+v["2"].Failed > 0 {
			t.Errorf("the versions answered %v", v)
		}
	})
}

func TestAnEditIsNotJudgedByWhatWasThereBefore(t *testing.T) {
	d := New(Options{Old: "1", Group: Group{FunctionARN: cartARN, Function: "cart", Alias: "live", New: "2", Alarms: []Alarm{{
		Metric: "Errors", Statistic: "Sum", Comparison: "GreaterThanThreshold", Missing: "notBreaching", Period: time.Hour, Periods: 1, Datapoints: 1,
	}}}})
	for _, version := range []string{"1", "2"} {
		d.Observe(lambda.Invocation{FunctionARN: cartARN, Qualifier: "live", Version: version, Failed: version == "2"})
		d.Observe(lambda.Invocation{FunctionARN: cartARN, Qualifier: "live", Version: version, Throttled: true}) // answered by none
	}
	if a := d.alarms[0].evaluate(time.Now()); a.state != InAlarm {
		t.Fatalf("the alarm is %+v", a)
	}
	d.Replaced()
	if a := d.alarms[0].evaluate(time.Now()); a.state != OK {
		t.Errorf("after an edit the alarm is %+v", a)
	}
	if diff := cmp.Diff(map[string]Tally{"1": {Answered: 1}, "2": {}}, d.versions); diff != "" {
		t.Errorf("after an edit: %s", diff)
	}
}

func TestAVerdictOnNothingIsRefused(t *testing.T) {
	if err := New(Options{}).PutHookStatus("x", "Succeeded"); !errors.Is(err, ErrNoExecution) {
		t.Errorf("a verdict of no execution: %v", err)
	}
}
