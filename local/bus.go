package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"annex/local/aws"
	"annex/local/events"
)

// eventBridge is who asks a target's policy.
const eventBridge = "events.amazonaws.com"

// bus is EventBridge: it takes the events of the endpoint to what the rules name.
type bus struct {
	events.Bus

	system *system

	mu      sync.Mutex
	serving bool     // there are functions to call
	early   []func() // calls of functions before there were
}

func newBus(s *system) *bus { return &bus{system: s} }

// follow goes by the rules of what is served now.
func (b *bus) follow(rules []events.Rule) {
	b.Update(rules)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serving = true
	for _, call := range b.early {
		call()
	}
	b.early = nil
}

// put takes one event to its targets. What a target refuses goes to its
// dead-letter queue; an error is that a queue could not keep it.
func (b *bus) put(ctx context.Context, e *aws.Endpoint, event json.RawMessage) error {
	for _, d := range b.Match(event) {
		refused, err := b.deliver(ctx, e, d)
		if err == nil && refused != "" {
			err = b.refused(ctx, e, d, event, refused)
		}
		if err != nil {
			return fmt.Errorf("rule %s: %w", d.Rule.Name, err)
		}
	}
	return nil
}

// deliver gives an event to a target. What is refused is why it may not.
func (b *bus) deliver(ctx context.Context, e *aws.Endpoint, d events.RuleDelivery) (refused string, err error) {
	if strings.Contains(d.Target.ARN, ":lambda:") {
		if !d.Target.Permitted {
			return fmt.Sprintf("no AWS::Lambda::Permission lets %s call %s for it", eventBridge, d.Target.ARN), nil
		}
		b.call(func() { b.system.queue.Send("rule "+d.Rule.Name, d.Target.ARN, d.Body) })
		return "", nil
	}
	if err := e.Service(eventBridge, d.Rule.ARN).Authorize("sqs:SendMessage", d.Target.ARN); err != nil {
		return err.Error(), nil
	}
	return "", e.SendMessage(ctx, d.Target.ARN, string(d.Body), nil)
}

// call calls a function, once there are some.
func (b *bus) call(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.serving {
		b.early = append(b.early, f)
		return
	}
	f()
}

// refused gives an event to the target's dead-letter queue, as EventBridge does
// at once with what it has no permission for ("Using dead-letter queues to
// process undelivered events in EventBridge").
func (b *bus) refused(ctx context.Context, e *aws.Endpoint, d events.RuleDelivery, event json.RawMessage, why string) error {
	say := b.system.terminal.say
	if d.Target.DeadLetters == "" {
		say("rule %s: an event is lost, for its target has no dead-letter queue: %s", d.Rule.Name, why)
		return nil
	}
	if err := e.Service(eventBridge, d.Rule.ARN).Authorize("sqs:SendMessage", d.Target.DeadLetters); err != nil {
		say("rule %s: an event is lost: %s; and for its dead-letter queue: %v", d.Rule.Name, why, err)
		return nil
	}
	say("rule %s: an event went to the dead-letter queue %s: %s", d.Rule.Name, d.Target.DeadLetters, why)
	return e.SendMessage(ctx, d.Target.DeadLetters, string(event), map[string]string{
		"RULE_ARN": d.Rule.ARN, "TARGET_ARN": d.Target.ARN, "ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": why, "RETRY_ATTEMPTS": "0",
	})
}
