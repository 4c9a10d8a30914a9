package main

import (
	"time"

	"annex/local/events"
)

// follow has what nobody waits for go by the plan.
func (s *system) follow(p plan) {
	s.queue.Update(p.events.Retries)
	s.scheduler.Update(p.events.Schedules)
	s.sockets.Update(p.sockets)
}

// runSchedule is one time of a schedule: EventBridge Scheduler assumes the role,
// and gives the event to Lambda's queue, as far as the role may.
func (s *system) runSchedule(schedule events.Schedule, at time.Time) {
	source := "schedule " + schedule.Name
	role, err := s.endpoint.Assume("scheduler.amazonaws.com", schedule.GroupARN, schedule.RoleARN)
	if err == nil {
		err = role.Authorize("lambda:InvokeFunction", schedule.Target)
	}
	if err == nil {
		err = functions{s}.Find(schedule.Target)
	}
	if err != nil {
		s.terminal.attempt(events.Attempt{Source: source, Function: schedule.Target, Number: 1, Err: err, Last: true})
		s.recordUnstarted(source, schedule.Target, err)
		return
	}
	s.queue.Send(source, schedule.Target, schedule.Event(at))
}
