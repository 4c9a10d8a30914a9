package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"annex/local/lambda"
)

const function = "arn:aws:lambda:eu-west-1:111122223333:function:cart:live"

var (
	succeeded = &lambda.Result{}
	failed    = &lambda.Result{FunctionError: "Unhandled"}
	throttled = &lambda.TooManyRequestsError{Function: "cart", Limit: 1}
)

// outcome is what an attempt leads to.
type outcome struct {
	result *lambda.Result
	err    error
}

// attempts queues one event, whose attempts lead to the outcomes in turn, and
// gives when they came.
func attempts(t *testing.T, outcomes ...outcome) (when []time.Duration, told []Attempt) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex
		q := NewQueue(func(_ context.Context, source, arn string, event []byte) (*lambda.Result, error) {
			if source != "schedule" || arn != function || string(event) != "{}" {
				t.Errorf("%s runs for %s of %s", arn, event, source)
			}
			mu.Lock()
			defer mu.Unlock()
			when = append(when, time.Since(began))
			o := outcomes[min(len(when), len(outcomes))-1]
			return o.result, o.err
		}, nil, func(a Attempt) { told = append(told, a) })
		q.Send("schedule", function, []byte("{}"))
		time.Sleep(7 * time.Hour)
		q.Close()
	})
	return when, told
}

func TestAFunctionThatFailsRunsTwiceMore(t *testing.T) {
	const minute = time.Minute
	for name, c := range map[string]struct {
		outcomes []outcome
		want     []time.Duration
	}{
		"it succeeds":               {[]outcome{{succeeded, nil}}, []time.Duration{0}},
		"it fails once":             {[]outcome{{failed, nil}, {succeeded, nil}}, []time.Duration{0, minute}},
		"it fails always":           {[]outcome{{failed, nil}}, []time.Duration{0, minute, 3 * minute}},
		"it is not there":           {[]outcome{{nil, &lambda.ResourceNotFoundError{}}}, []time.Duration{0}},
		"it does not compile":       {[]outcome{{nil, errors.New("no")}}, []time.Duration{0}},
		"it is throttled once":      {[]outcome{{nil, throttled}, {succeeded, nil}}, []time.Duration{0, time.Second}},
		"it is throttled and fails": {[]outcome{{nil, throttled}, {nil, throttled}, {failed, nil}}, []time.Duration{0, time.Second, 3 * time.Second, minute + 3*time.Second, 3*minute + 3*time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			when, told := attempts(t, c.outcomes...)
			if !slices.Equal(when, c.want) {
				t.Errorf("it ran at %v, want %v", when, c.want)
			}
			if len(told) != len(when) || !told[len(told)-1].Last || told[len(told)-1].Number != len(when) {
				t.Errorf("told are %+v", told)
			}
		})
	}
}

func TestATemplateSaysHowOftenAnEventIsTried(t *testing.T) {
	for name, c := range map[string]struct {
		retries Retries
		want    int
	}{
		"never again":          {Retries{Attempts: 0, Age: time.Hour}, 1},
		"once":                 {Retries{Attempts: 1, Age: time.Hour}, 2},
		"for less than it may": {Retries{Attempts: 2, Age: 2 * time.Minute}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tried := 0
				q := NewQueue(func(context.Context, string, string, []byte) (*lambda.Result, error) { tried++; return failed, nil }, nil, func(Attempt) {})
				q.Update(Config{Retries: map[string]Retries{function: c.retries}})
				q.Send("", function, nil)
				time.Sleep(time.Hour)
				q.Close()
				if tried != c.want {
					t.Errorf("it ran %d times, want %d", tried, c.want)
				}
			})
		})
	}
}

func TestAThrottledEventIsDroppedAfterSixHours(t *testing.T) {
	when, told := attempts(t, outcome{nil, throttled})
	last := when[len(when)-1]
	if last > usual.Age || last < usual.Age-maxBackoff {
		t.Errorf("the last attempt came after %v", last)
	}
	if gap := last - when[len(when)-2]; gap != maxBackoff {
		t.Errorf("the last attempts are %v apart", gap)
	}
	if !told[len(told)-1].Last {
		t.Error("the last attempt is not told to be the last")
	}
}

func TestDestinationsAreToldWhatBecameOfAnEvent(t *testing.T) {
	const none = ""
	event := []byte(`{"order":7}`)
	for name, c := range map[string]struct {
		outcome outcome
		retries Retries
		dead    string
		want    []string
	}{
		"it succeeds":                       {outcome{&lambda.Result{Version: "2", RequestID: "r", Payload: []byte(`"ok"`)}, nil}, Retries{Age: time.Hour, OnSuccess: "done", OnFailure: "failed"}, "dead", []string{`done Success 1 {"order":7} "ok" <nil>`}},
		"it succeeds, which nobody wants":   {outcome{succeeded, nil}, Retries{Age: time.Hour, OnFailure: "failed"}, "dead", nil},
		"it fails":                          {outcome{failed, nil}, Retries{Attempts: 1, Age: time.Hour, OnSuccess: "done", OnFailure: "failed"}, none, []string{`failed RetriesExhausted 2 {"order":7} <nil> Unhandled`}},
		"it fails with a dead-letter queue": {outcome{&lambda.Result{RequestID: "r", FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no"}`)}, nil}, Retries{Age: time.Hour}, "dead", []string{`dead {"order":7} map[ErrorCode:200 ErrorMessage:no RequestID:r]`}},
		"it becomes too old":                {outcome{failed, nil}, Retries{Attempts: 2, Age: time.Second, OnFailure: "failed"}, none, []string{`failed EventAgeExceeded 1 {"order":7} <nil> Unhandled`}},
		"it is throttled for too long":      {outcome{nil, throttled}, Retries{Attempts: 2, Age: 2 * time.Second, OnFailure: "failed"}, none, []string{`failed EventAgeExceeded 2 {"order":7} <nil> <nil>`}},
		"it may never run":                  {outcome{nil, &lambda.TooManyRequestsError{}}, Retries{Attempts: 2, Age: time.Hour, OnFailure: "failed"}, none, []string{`failed EventAgeExceeded 1 {"order":7} <nil> <nil>`}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				var last Attempt
				q := NewQueue(func(context.Context, string, string, []byte) (*lambda.Result, error) {
					return c.outcome.result, c.outcome.err
				},
					func(_ context.Context, _ Attempt, arn, body string, attributes map[string]string) error {
						if attributes != nil {
							got = append(got, fmt.Sprint(arn, " ", body, " ", attributes))
							return nil
						}
						var record struct {
							RequestContext struct {
								FunctionArn, Condition string
								ApproximateInvokeCount int
							}
							RequestPayload, ResponsePayload json.RawMessage
							ResponseContext                 struct{ FunctionError any }
						}
						if err := json.Unmarshal([]byte(body), &record); err != nil || record.RequestContext.FunctionArn != function {
							t.Errorf("%s: %v", body, err)
						}
						response := any("<nil>")
						if record.ResponsePayload != nil {
							response = string(record.ResponsePayload)
						}
						got = append(got, fmt.Sprint(arn, " ", record.RequestContext.Condition, " ", record.RequestContext.ApproximateInvokeCount, " ", string(record.RequestPayload), " ", response, " ", record.ResponseContext.FunctionError))
						return nil
					}, func(a Attempt) { last = a })
				config := Config{Retries: map[string]Retries{function: c.retries}, DeadLetters: map[string]string{}}
				if c.dead != none {
					config.DeadLetters[strings.TrimSuffix(function, ":live")] = c.dead
				}
				q.Update(config)
				q.Send("", function, event)
				time.Sleep(time.Hour)
				q.Close()
				if !slices.Equal(got, c.want) || len(last.Told) != len(c.want) {
					t.Errorf("told is %q, want %q; the last attempt is %+v", got, c.want, last)
				}
			})
		})
	}
}

func TestCloseEndsWhatRunsAndWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(func(ctx context.Context, _, arn string, _ []byte) (*lambda.Result, error) {
			if arn == "late" {
				t.Error("a function runs after Close")
			}
			if arn == "runs" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return failed, nil
		}, nil, func(a Attempt) {
			if a.Function == "runs" {
				t.Errorf("told is %+v of what was ended", a)
			}
		})
		q.Send("", "runs", nil)
		q.Send("", "waits", nil)
		synctest.Wait()
		began := time.Now()
		q.Close()
		if took := time.Since(began); took != 0 {
			t.Errorf("Close took %v", took)
		}
		q.Send("", "late", nil)
		synctest.Wait()
	})
}
