package events

import (
	"fmt"
	"strings"
	"time"

	"annex/local/assembly"
	"annex/local/lambda"
)

// Config is what the templates say about functions that nobody waits for.
type Config struct {
	Schedules []Schedule
	Rules     []Rule
	Retries   map[string]Retries // by the ARN that is invoked; for others, Lambda's own

	// DeadLetters are the queues that get what functions could not do that were
	// invoked asynchronously, by the functions' ARNs.
	DeadLetters map[string]string

	Mappings []Mapping
}

// Schedule is one schedule of EventBridge Scheduler that is enabled.
type Schedule struct {
	Name       string // as messages have it: its construct's path
	ARN        string
	GroupARN   string // of its group, for which Scheduler assumes the role
	Expression string // rate(…), cron(…) or at(…)
	Target     string // the ARN of what it invokes, with its alias
	RoleARN    string // whose permissions it has
	Input      string // what it gives to the function; empty for the event of Scheduler's own
	DeadLetter string // the ARN of the queue that gets what Scheduler could not hand over; empty for none

	Start, End time.Time // outside of which it does not run; zero for no limit

	zone string
	when expression
}

// Retries are how a function is tried again that was invoked asynchronously
// (AWS::Lambda::EventInvokeConfig).
type Retries struct {
	Attempts int           // after a function that failed
	Age      time.Duration // of an event, after which it is dropped

	// The ARNs of the queue or the function that is told of an event that is done,
	// and of one that is dropped; empty for none.
	OnSuccess, OnFailure string
}

// Read finds the schedules, the rules, the event source mappings, and how
// functions are tried again. The notices name what has no effect here. The error
// names the resource that is malformed.
func Read(a *assembly.Assembly, functions []lambda.Function) (Config, []assembly.Notice, error) {
	c := Config{Retries: map[string]Retries{}, DeadLetters: map[string]string{}}
	var notices []assembly.Notice
	for _, r := range a.Resources("AWS::Scheduler::Schedule") {
		s, runs, more, err := readSchedule(r)
		if err != nil {
			return c, nil, err
		}
		notices = append(notices, more...)
		if runs {
			c.Schedules = append(c.Schedules, s)
		}
	}
	rules, more, err := readRules(a)
	if err != nil {
		return c, nil, err
	}
	c.Rules, notices = rules, append(notices, more...)
	for _, r := range a.Resources("AWS::Lambda::EventInvokeConfig") {
		arn, retries, more, err := readRetries(r, functions)
		if err != nil {
			return c, nil, err
		}
		notices = append(notices, more...)
		c.Retries[arn] = retries
	}
	for _, r := range a.Resources("AWS::Lambda::Function") {
		arn, queue, more, err := readDeadLetters(r)
		if err != nil {
			return c, nil, err
		}
		notices = append(notices, more...)
		if queue != "" {
			c.DeadLetters[arn] = queue
		}
	}
	visibility, err := readVisibility(a)
	if err != nil {
		return c, nil, err
	}
	for _, r := range a.Resources("AWS::Lambda::EventSourceMapping") {
		m, runs, more, err := readMapping(r, functions, visibility)
		if err != nil {
			return c, nil, err
		}
		notices = append(notices, more...)
		if runs {
			c.Mappings = append(c.Mappings, m)
		}
	}
	return c, notices, nil
}

func readSchedule(r *assembly.Resource) (s Schedule, runs bool, notices []assembly.Notice, err error) {
	var p struct {
		ScheduleExpression         string
		ScheduleExpressionTimezone string
		State                      string
		StartDate, EndDate         string
		GroupName                  string
		FlexibleTimeWindow         struct {
			Mode                   string
			MaximumWindowInMinutes any // it is within its window that it runs at once
		}
		Target struct {
			ARN              string `json:"Arn"`
			RoleARN          string `json:"RoleArn"`
			Input            string
			DeadLetterConfig struct {
				ARN string `json:"Arn"`
			}
			RetryPolicy any // there is nothing to try again: the queue takes every event, and a denied one stays denied
		}
		ActionAfterCompletion, Description, KmsKeyArn, Name any // none of these changes what runs
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return s, false, nil, err
	}
	notices = assembly.Unknown(r, unknown)
	group := p.GroupName
	if group == "" {
		group = "default"
	}
	s = Schedule{
		Name: strings.TrimSuffix(r.Path, "/Resource"), Expression: p.ScheduleExpression,
		Target: p.Target.ARN, RoleARN: p.Target.RoleARN, Input: p.Target.Input, DeadLetter: p.Target.DeadLetterConfig.ARN, zone: p.ScheduleExpressionTimezone,
	}
	if s.Name == "" {
		s.Name = r.Stack.Name + "/" + r.LogicalID
	}
	zone, err := time.LoadLocation(s.zone) // empty is UTC, as Scheduler's default
	if err != nil {
		return s, false, nil, fmt.Errorf("%s: ScheduleExpressionTimezone: %q is no time zone", r, s.zone)
	}
	if s.when, err = parseExpression(s.Expression, zone); err != nil {
		return s, false, nil, fmt.Errorf("%s: ScheduleExpression: %w", r, err)
	}
	for _, date := range []struct {
		property, text string
		into           *time.Time
	}{{"StartDate", p.StartDate, &s.Start}, {"EndDate", p.EndDate, &s.End}} {
		if date.text == "" {
			continue
		}
		if *date.into, err = time.Parse(time.RFC3339, date.text); err != nil {
			return s, false, nil, fmt.Errorf("%s: %s: %q is no time such as 2027-01-31T09:00:00Z", r, date.property, date.text)
		}
	}
	parts := strings.Split(s.Target, ":")
	if !isFunctionARN(s.Target) {
		return s, false, append(notices, assembly.Notice{Resource: r, Property: "Target", Reason: fmt.Sprintf("%s is no function: local mode runs no other targets", s.Target)}), nil
	}
	of := fmt.Sprintf("arn:%s:scheduler:%s:%s:schedule", parts[1], r.Stack.Region, r.Stack.Account)
	s.ARN, s.GroupARN = of+"/"+group+"/"+r.Ref(), of+"-group/"+group
	if s.RoleARN == "" {
		return s, false, nil, fmt.Errorf("%s: Target: it needs a RoleArn, whose permissions it has", r)
	}
	return s, p.State != "DISABLED", notices, nil
}
