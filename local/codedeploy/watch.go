package codedeploy

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"annex/local/lambda"
)

// watched is an alarm with what its metric has counted.
type watched struct {
	Alarm

	functions string // of the group's region and account: what their ARNs begin with

	mu      sync.Mutex
	state   State
	counted map[int64]*values // by the period's number since 1970
}

func watch(a Alarm, functions string) *watched {
	// A deployment's alarms are new: they are of a version that nobody has
	// called.
	return &watched{Alarm: a, functions: functions, state: InsufficientData, counted: map[int64]*values{}}
}

func (w *watched) period(at time.Time) int64 { return at.UnixNano() / int64(w.Period) }

// observe counts an invocation.
func (w *watched) observe(i lambda.Invocation, at time.Time) {
	name, there := strings.CutPrefix(i.FunctionARN, w.functions)
	value, counts := metrics[w.Metric](i)
	if !there || !counts || !published(w.Dimensions, name, i) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.period(at)
	v := w.counted[now]
	if v == nil {
		v = &values{}
		w.counted[now] = v
		for old := range w.counted {
			if old <= now-int64(w.window())-1 {
				delete(w.counted, old)
			}
		}
	}
	v.add(value)
}

// forget begins anew.
func (w *watched) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.counted)
	w.state = InsufficientData
}

// assessment is what there is to say of an alarm at one time.
type assessment struct {
	state State
	bad   int    // how many of the alarm's periods are bad
	why   string // such as "Sum of Errors is 3, above 0"; of the newest bad period, or else what would be one
}

// evaluate is the alarm's state by what was counted.
func (w *watched) evaluate(at time.Time) assessment {
	w.mu.Lock()
	defer w.mu.Unlock()
	newest := w.period(at)
	if w.counted[newest] == nil || !w.early() {
		newest-- // it is not missing: it is not over
	}
	points := make([]datapoint, w.window())
	a := assessment{why: w.statistic() + " " + w.bound()}
	for i := range points {
		v := w.counted[newest-int64(len(points)-1-i)]
		if v == nil {
			continue
		}
		if w.IgnoreTooFew && tooFew(w.Statistic, v.count) {
			a.state = w.state
			return a
		}
		points[i] = datapoint{v.statistic(w.Statistic), true}
		if w.breaches(points[i].value) && i >= len(points)-w.Periods {
			a.bad++
			a.why = fmt.Sprintf("%s is %s, %s", w.statistic(), w.number(points[i].value), w.bound())
		}
	}
	w.state = w.Alarm.evaluate(points, w.state)
	a.state = w.state
	return a
}

func (a Alarm) statistic() string { return a.Statistic + " of " + a.Metric }

// bound is such as "above 0".
func (a Alarm) bound() string { return comparisons[a.Comparison] + " " + a.number(a.Threshold) }

// periods is such as "2 of 5 periods of 1m0s".
func (a Alarm) periods() string {
	return fmt.Sprintf("%d of %d periods of %s", a.Datapoints, a.Periods, a.Period)
}

func (a Alarm) number(value float64) string {
	if a.Metric == "Duration" {
		return fmt.Sprintf("%.4g ms", value)
	}
	return fmt.Sprintf("%.4g", value)
}

// needs is how long the alarm has to see a version fail until it goes off.
func (a Alarm) needs() time.Duration { return time.Duration(a.Datapoints) * a.Period }

// Needs is how long the group's alarms have to see a version fail until all of
// them would have gone off.
func (g Group) Needs() (longest time.Duration) {
	for _, a := range g.Alarms {
		longest = max(longest, a.needs())
	}
	return longest
}
