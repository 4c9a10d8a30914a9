package events

import (
	"sync"
	"time"
)

// look is how long a schedule waits at most before it looks at the clock again:
// a machine that sleeps stops the timers, and not the time.
const look = time.Minute

// Scheduler runs schedules at their times. Update and Close are not for
// concurrent use.
type Scheduler struct {
	run func(s Schedule, at time.Time)

	mu      sync.Mutex // guards what follows, and the alarms
	alarms  map[string]*alarm
	closed  bool
	running sync.WaitGroup
}

// alarm is one schedule that waits for its next time.
type alarm struct {
	schedule Schedule
	start    time.Time // from which a rate counts
	next     time.Time
	timer    *time.Timer
}

// NewScheduler makes a scheduler of no schedules, which calls run for each time
// of one. Calls may come concurrently. Close it.
func NewScheduler(run func(s Schedule, at time.Time)) *Scheduler {
	return &Scheduler{run: run, alarms: map[string]*alarm{}}
}

// Update follows the templates: a schedule that is new begins, which for a rate
// means that it runs at once; one whose times stay keeps its rhythm, whatever
// else of it is other; one that is gone ends.
func (s *Scheduler) Update(schedules []Schedule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	before := s.alarms
	s.alarms = map[string]*alarm{}
	now := clock()
	for _, schedule := range schedules {
		if a, ok := before[schedule.ARN]; ok && a.schedule.sameTimes(schedule) {
			a.schedule = schedule
			s.alarms[schedule.ARN] = a
			delete(before, schedule.ARN)
			continue
		}
		a := &alarm{schedule: schedule, start: now}
		if schedule.Start.After(now) {
			a.start = schedule.Start
		}
		s.alarms[schedule.ARN] = a
		s.set(a, now.Add(-1)) // so that a rate may begin now
	}
	for _, a := range before {
		a.stop()
	}
}

func (s Schedule) sameTimes(other Schedule) bool {
	return s.Expression == other.Expression && s.zone == other.zone && s.Start.Equal(other.Start) && s.End.Equal(other.End)
}

// set has the alarm ring at its first time after the given one. The caller has
// the mutex, as for ring and stop.
func (s *Scheduler) set(a *alarm, after time.Time) {
	if begin := a.schedule.Start.Add(-1); after.Before(begin) {
		after = begin
	}
	next, ok := a.schedule.when.next(after, a.start)
	if !ok || !a.schedule.End.IsZero() && next.After(a.schedule.End) {
		return // it has run for the last time
	}
	a.next = next
	a.timer = time.AfterFunc(min(look, next.Sub(clock())), func() { s.ring(a) })
}

// ring runs the schedule if it is time.
func (s *Scheduler) ring(a *alarm) {
	s.mu.Lock()
	if s.closed || s.alarms[a.schedule.ARN] != a {
		s.mu.Unlock()
		return
	}
	now := clock()
	if wait := a.next.Sub(now); wait > 0 {
		a.timer.Reset(min(look, wait))
		s.mu.Unlock()
		return
	}
	schedule, at := a.schedule, a.next
	s.set(a, now)
	s.running.Add(1)
	s.mu.Unlock()
	defer s.running.Done()
	s.run(schedule, at)
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

// Close ends every schedule, and waits for those that are being run.
func (s *Scheduler) Close() {
	s.mu.Lock()
	s.closed = true
	for _, a := range s.alarms {
		a.stop()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// clock is the time without the monotonic one, which stops with the machine.
func clock() time.Time { return time.Now().Round(0) }
