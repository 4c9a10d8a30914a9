package events

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// schedule is one with an expression; its name tells it from others.
func schedule(t *testing.T, name, expression string) Schedule {
	t.Helper()
	when, err := parseExpression(expression, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return Schedule{Name: name, ARN: "arn:aws:scheduler:eu-west-1:111122223333:schedule/default/" + name, Expression: expression, when: when}
}

// diary notes what runs, and when since the test began.
type diary struct {
	mu    sync.Mutex
	began time.Time
	runs  []string
}

func (d *diary) run(s Schedule, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); at.After(now) || now.Sub(at) > time.Second {
		d.runs = append(d.runs, fmt.Sprintf("%s is late: %s for %s", s.Name, now, at))
	}
	d.runs = append(d.runs, fmt.Sprintf("%s%s %s", s.Name, s.Target, time.Since(d.began)))
}

func (d *diary) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.runs, want) {
		t.Errorf("what ran is %q, want %q", d.runs, want)
	}
	d.runs = nil
}

// scheduling runs a test with a scheduler, at midnight of 1 January 2000, which
// was a Saturday.
func scheduling(t *testing.T, test func(t *testing.T, s *Scheduler, d *diary)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &diary{began: time.Now()}
		s := NewScheduler(d.run)
		defer s.Close()
		test(t, s, d)
	})
}

func TestASchedulesTimesCome(t *testing.T) {
	scheduling(t, func(t *testing.T, s *Scheduler, d *diary) {
		s.Update([]Schedule{schedule(t, "rate", "rate(5 minutes)"), schedule(t, "cron", "cron(7 0 * * ? *)"), schedule(t, "at", "at(2000-01-01T00:09:30)")})
		d.want(t, "rate 0s") // a rate begins at once
		time.Sleep(11 * time.Minute)
		d.want(t, "rate 5m0s", "cron 7m0s", "at 9m30s", "rate 10m0s")
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		if n := slices.Index(d.runs, "cron 24h7m0s"); n < 0 {
			t.Errorf("the next day it ran %q", d.runs)
		}
	})
}

func TestAScheduleRunsBetweenItsDates(t *testing.T) {
	scheduling(t, func(t *testing.T, s *Scheduler, d *diary) {
		within := schedule(t, "within", "rate(1 minute)")
		within.Start, within.End = time.Now().Add(90*time.Second), time.Now().Add(4*time.Minute)
		over := schedule(t, "over", "rate(1 minute)")
		over.End = time.Now().Add(-time.Hour)
		s.Update([]Schedule{within, over})
		time.Sleep(time.Hour)
		d.want(t, "within 1m30s", "within 2m30s", "within 3m30s")
	})
}

func TestASchedulesRhythmOutlivesAnEdit(t *testing.T) {
	scheduling(t, func(t *testing.T, s *Scheduler, d *diary) {
		kept, gone, changed := schedule(t, "kept", "rate(9 minutes)"), schedule(t, "gone", "rate(10 minutes)"), schedule(t, "changed", "rate(10 minutes)")
		s.Update([]Schedule{kept, gone, changed})
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		d.runs = nil
		kept.Target = " elsewhere"
		s.Update([]Schedule{kept, schedule(t, "changed", "rate(3 minutes)"), schedule(t, "new", "cron(5 0 * * ? *)")})
		d.want(t, "changed 4m0s")
		time.Sleep(7 * time.Minute)
		d.want(t, "new 5m0s", "changed 7m0s", "kept elsewhere 9m0s", "changed 10m0s")
	})
}

func TestCloseEndsSchedulesAndWaitsForWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran, ended int
		s := NewScheduler(func(Schedule, time.Time) {
			ran++
			time.Sleep(time.Second)
			ended++
		})
		s.Update([]Schedule{schedule(t, "rate", "rate(1 minute)")})
		synctest.Wait()
		s.Close()
		if ran != 1 || ended != 1 {
			t.Errorf("%d began and %d ended", ran, ended)
		}
		s.Update([]Schedule{schedule(t, "late", "rate(1 minute)")})
		time.Sleep(time.Hour)
		if ran != 1 {
			t.Errorf("%d ran after it was closed", ran-1)
		}
	})
}
