package main

import (
	"context"
	"errors"
	"time"

	"annex/local/aws"
	"annex/local/events"
)

// follow has what nobody waits for go by the plan.
func (s *system) follow(p plan) {
	s.queue.Update(p.events)
	s.mappings.Update(p.events.Mappings)
	s.bus.follow(p.events.Rules)
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
		a := events.Attempt{Source: source, Function: schedule.Target, Number: 1, Err: err, Last: true}
		if queue := schedule.DeadLetter; queue != "" {
			// A role that may not call the function may yet tell why.
			if told := s.unscheduled(role, schedule, at, err); told == nil {
				a.Told = []string{queue}
			} else {
				a.Err = errors.Join(err, told)
			}
		}
		s.terminal.attempt(a)
		s.recordUnstarted("EventBridge Scheduler", source, schedule.Target, err.Error())
		return
	}
	s.queue.Send(source, schedule.Target, schedule.Event(at))
}

// unscheduled sends what Scheduler could not hand over to the schedule's
// dead-letter queue. It was not tried again: what is not allowed or not there
// stays so until the next edit.
func (s *system) unscheduled(role aws.Caller, schedule events.Schedule, at time.Time, reason error) error {
	if role.ARN == "" {
		return errors.New("nobody may tell the schedule's dead-letter queue")
	}
	if err := role.Authorize("sqs:SendMessage", schedule.DeadLetter); err != nil {
		return err
	}
	body, attributes := schedule.DeadLetters(at, reason)
	return s.endpoint.SendMessage(context.Background(), schedule.DeadLetter, body, attributes)
}
