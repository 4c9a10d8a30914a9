package events

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"annex/local/assembly"
)

// Rule is a rule of EventBridge's default bus that is enabled.
type Rule struct {
	Name    string // as messages have it: its construct's path
	ARN     string
	Pattern *Pattern
	Targets []RuleTarget
}

// RuleTarget is a queue or a function that gets the events of a rule.
type RuleTarget struct {
	ARN         string
	Input       string // what it gets in the event's place; empty for the event
	DeadLetters string // the ARN of the queue for events that it does not take; empty for none
	Permitted   bool   // of a function: its policy lets the rule call it
}

// Bus is EventBridge's default bus. Its methods may be called concurrently.
type Bus struct{ rules atomic.Pointer[[]Rule] }

// RuleDelivery is an event on its way to a target of a rule.
type RuleDelivery struct {
	Rule   Rule
	Target RuleTarget
	Body   []byte
}

// Update follows the templates.
func (b *Bus) Update(rules []Rule) { b.rules.Store(&rules) }

// Match says where an event goes.
func (b *Bus) Match(event json.RawMessage) []RuleDelivery {
	var deliveries []RuleDelivery
	rules := b.rules.Load()
	if rules == nil {
		return nil
	}
	for _, rule := range *rules {
		if !rule.Pattern.MatchJSON(event) {
			continue
		}
		for _, target := range rule.Targets {
			d := RuleDelivery{rule, target, event}
			if target.Input != "" {
				d.Body = []byte(target.Input)
			}
			deliveries = append(deliveries, d)
		}
	}
	return deliveries
}

// ruleProperties are those of AWS::Events::Rule.
type ruleProperties struct {
	EventBusName       string
	EventPattern       json.RawMessage
	ScheduleExpression string
	State              string
	Targets            []targetProperties

	Name, Description any // are in what Att gives, and nowhere
	RoleArn           any // of a rule for another bus
	Tags              any
}

type targetProperties struct {
	ARN              string `json:"Arn"`
	ID               any    `json:"Id"`
	Input            string
	InputPath        any
	InputTransformer any
	DeadLetterConfig struct {
		ARN string `json:"Arn"`
	}
	RetryPolicy any // there is nothing to try again: a queue takes every event, and so does Lambda's own
}

func readRules(a *assembly.Assembly) ([]Rule, []assembly.Notice, error) {
	permissions, err := readPermissions(a)
	if err != nil {
		return nil, nil, err
	}
	var rules []Rule
	var notices assembly.Notices
	for _, r := range a.Resources("AWS::Events::Rule") {
		var p ruleProperties
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		say := func(property, reason string) { notices.Add(r, property, reason) }
		bus := p.EventBusName[strings.LastIndexByte(p.EventBusName, '/')+1:]
		switch {
		case bus != "" && bus != "default":
			say("EventBusName", p.EventBusName+" is not the default bus, and local mode has that alone: the rule does nothing")
			continue
		case p.ScheduleExpression != "":
			say("ScheduleExpression", "local mode runs the schedules of EventBridge Scheduler alone: use AWS::Scheduler::Schedule")
		case len(p.EventPattern) == 0:
			return nil, nil, fmt.Errorf("%s: it needs an EventPattern or a ScheduleExpression", r)
		}
		if len(p.EventPattern) == 0 || p.State == "DISABLED" {
			continue
		}
		rule := Rule{Name: strings.TrimSuffix(r.Path, "/Resource")}
		if rule.Name == "" {
			rule.Name = r.Stack.Name + "/" + r.LogicalID
		}
		if rule.ARN, err = r.Att("Arn"); err != nil {
			return nil, nil, err
		}
		if rule.Pattern, err = ParsePattern(p.EventPattern); err != nil {
			return nil, nil, fmt.Errorf("%s: EventPattern: %w", r, err)
		}
		for i, t := range p.Targets {
			if reason := t.refusal(); reason != "" {
				say(fmt.Sprintf("Targets[%d]", i), reason)
				continue
			}
			rule.Targets = append(rule.Targets, RuleTarget{
				ARN: t.ARN, Input: t.Input, DeadLetters: t.DeadLetterConfig.ARN,
				Permitted: slices.ContainsFunc(permissions, func(p permission) bool { return p.allows(rule.ARN, t.ARN) }),
			})
		}
		rules = append(rules, rule)
	}
	return rules, notices, nil
}

// refusal is why a target gets nothing here; empty where it does.
func (t targetProperties) refusal() string {
	service := ""
	if parts := strings.Split(t.ARN, ":"); len(parts) > 5 {
		service = parts[2]
	}
	switch {
	case service != "sqs" && service != "lambda":
		return t.ARN + " is no queue and no function: local mode sends to no other targets"
	case t.InputPath != nil:
		return "local mode does not know InputPath: it sends nothing there, rather than something else"
	case t.InputTransformer != nil:
		return "local mode does not know InputTransformer: it sends nothing there, rather than something else"
	}
	return ""
}

// permission is what a function's policy says of EventBridge
// (AWS::Lambda::Permission).
type permission struct {
	FunctionName, Principal, Action string
	SourceARN                       string `json:"SourceArn"`

	SourceAccount, EventSourceToken, PrincipalOrgID, FunctionUrlAuthType, InvokedViaFunctionUrl any //nolint:revive // CloudFormation's names
}

func (p permission) allows(ruleARN, functionARN string) bool {
	return p.FunctionName == functionARN && (p.SourceARN == "" || p.SourceARN == ruleARN)
}

// readPermissions reads those for EventBridge. The others are for whoever reads
// the service that they name.
func readPermissions(a *assembly.Assembly) ([]permission, error) {
	var permissions []permission
	for _, r := range a.Resources("AWS::Lambda::Permission") {
		var principal struct{ Principal any }
		if _, err := r.Decode(&principal); err != nil {
			return nil, err
		}
		if principal.Principal != "events.amazonaws.com" {
			continue
		}
		var p permission
		if _, err := r.Decode(&p); err != nil {
			return nil, err
		}
		if p.Action == "lambda:InvokeFunction" {
			permissions = append(permissions, p)
		}
	}
	return permissions, nil
}
