package codedeploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"annex/local/lambda"
)

const (
	// poll is how often alarms are evaluated and the weight is looked at, so
	// that what is bad goes back before a person could have stopped it.
	poll = 200 * time.Millisecond

	// tell is how often it is said what the versions answered, while nothing
	// else happens.
	tell = 10 * time.Second
)

// Run carries the deployment out and gives how it ended: the alias is at the new
// version, or else back at the old one.
func (d *Deployment) Run() Status {
	g := d.options.Group
	var watching watcher
	defer watching.end()
	d.shift(0)
	d.report(InProgress, "%s: version %s has all requests of %s, %s is the new one: %s", d.ID, d.options.Old, g.Function+":"+g.Alias, g.New, g.Traffic)
	for _, a := range g.Alarms {
		short := ""
		if t := g.Traffic; t.Shifts() && !t.Linear && t.Every < a.needs() {
			short = fmt.Sprintf("; %s may be over before that", t.Every)
		}
		d.report(InProgress, "watching the alarm %s: %s %s, in %s%s", a.Name, a.statistic(), a.bound(), a.periods(), short)
	}
	watching.start(d)
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return d.hook(ctx, "BeforeAllowTraffic", g.Before) },
		d.allowTraffic,
		func(ctx context.Context) error { return d.hook(ctx, "AfterAllowTraffic", g.After) },
	}
	for _, step := range steps {
		err := step(d.stopped)
		if d.stopped.Err() != nil {
			err = context.Cause(d.stopped)
		}
		if err != nil {
			return d.rollBack(err)
		}
	}
	d.report(Succeeded, "version %s has all requests; %s", g.New, d.answered())
	return Succeeded
}

// rollBack gives the old version everything.
func (d *Deployment) rollBack(reason error) Status {
	d.shift(0)
	status := Stopped
	if errors.As(reason, new(*hookError)) {
		status = Failed
	}
	d.report(status, "rolled back to version %s: %v; %s", d.options.Old, reason, d.answered())
	return status
}

// allowTraffic shifts the invocations.
func (d *Deployment) allowTraffic(ctx context.Context) error {
	g := d.options.Group
	began, told := time.Now(), time.Now()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for last := 0; ; {
		switch weight := g.Traffic.Weight(time.Since(began)); {
		case weight != last:
			d.shift(weight)
			if last > 0 {
				d.report(InProgress, "%s", d.answered())
			}
			d.report(InProgress, "%d %% of the requests go to version %s", weight, g.New)
			last, told = weight, time.Now()
			if weight == 100 {
				return nil
			}
		case time.Since(told) >= tell:
			d.report(InProgress, "%s", d.answered())
			told = time.Now()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// shift points the alias. CodeDeploy leaves it with one version at the end, and
// the old one is it before.
func (d *Deployment) shift(weight int) {
	g := d.options.Group
	to := lambda.Alias{Version: d.options.Old}
	switch {
	case weight == 100:
		to.Version = g.New
	case weight > 0:
		to.Weights = map[string]float64{g.New: float64(weight) / 100}
	}
	d.mu.Lock()
	d.weight = weight
	d.mu.Unlock()
	d.options.Lambda.UpdateAlias(g.FunctionARN, g.Alias, to)
}

func (d *Deployment) report(status Status, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.options.Report(Event{fmt.Sprintf(format, args...), status, d.weight, maps.Clone(d.versions)})
}

// answered says what each version answered, such as
//
//	version 1 answered 90 requests, version 2 answered 10, 3 of them with an error
func (d *Deployment) answered() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var said []string
	for _, version := range slices.Sorted(maps.Keys(d.versions)) {
		t := d.versions[version]
		text := fmt.Sprintf("version %s answered %d", version, t.Answered)
		if len(said) == 0 {
			text += " requests"
		}
		if t.Failed > 0 {
			text += fmt.Sprintf(", %d of them with an error", t.Failed)
		}
		said = append(said, text)
	}
	return strings.Join(said, ", ")
}

// watcher evaluates a deployment's alarms until its end.
type watcher struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func (w *watcher) start(d *Deployment) {
	ctx, cancel := context.WithCancel(d.stopped)
	w.cancel, w.done = cancel, make(chan struct{})
	go func() {
		defer close(w.done)
		d.watch(ctx)
	}()
}

func (w *watcher) end() {
	w.cancel()
	<-w.done
}

// watch stops the deployment when an alarm goes off.
func (d *Deployment) watch(ctx context.Context) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	bad := make([]int, len(d.alarms))
	for {
		now := time.Now()
		for i, w := range d.alarms {
			a := w.evaluate(now)
			if a.state == InAlarm {
				d.stop(fmt.Errorf("the alarm %s is in ALARM: %s, in %s", w.Name, a.why, w.periods()))
				return
			}
			if a.bad > bad[i] {
				d.report(InProgress, "the alarm %s is %s so far: %s, in %d of its periods; it goes off at %s", w.Name, a.state, a.why, a.bad, w.periods())
			}
			bad[i] = a.bad
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
