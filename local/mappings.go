package main

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"

	"annex/local/events"
	"annex/local/lambda"
)

// sources are what event source mappings read at the local AWS, each call with
// the permissions of the mapping's function ("AWS Lambda execution role").
type sources struct{ system *system }

// may is nil where Lambda, as the function with the role, may do all of the
// actions on the resource.
func (s *system) may(functionARN, roleARN, resource string, actions ...string) error {
	role, err := s.endpoint.Assume("lambda.amazonaws.com", functionARN, roleARN)
	if err != nil {
		return err
	}
	for _, action := range actions {
		if err := role.Authorize(action, resource); err != nil {
			return err
		}
	}
	return nil
}

// readStream are the permissions without which Lambda makes no mapping of a
// stream ("Process DynamoDB records with Lambda").
var readStream = []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}

// Records implements events.Sources.
func (s sources) Records(ctx context.Context, m *events.Mapping, after string, most int) ([]events.Record, error) {
	if err := s.system.may(m.Function, m.RoleARN, m.Source, readStream...); err != nil {
		return nil, err
	}
	read, err := s.system.endpoint.StreamRecords(ctx, m.Source, after, most)
	records := make([]events.Record, len(read))
	for i, r := range read {
		records[i] = events.Record(r)
	}
	return records, err
}

// End implements events.Sources.
func (s sources) End(ctx context.Context, m *events.Mapping) (string, error) {
	if err := s.system.may(m.Function, m.RoleARN, m.Source, readStream...); err != nil {
		return "", err
	}
	return s.system.endpoint.StreamEnd(ctx, m.Source)
}

// readQueue are the permissions without which Lambda makes no mapping of a queue
// ("Configuring execution role permissions").
var readQueue = []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}

// Receive implements events.Sources.
func (s sources) Receive(ctx context.Context, m *events.Mapping, most int) ([]events.Message, error) {
	if err := s.system.may(m.Function, m.RoleARN, m.Source, readQueue...); err != nil {
		return nil, err
	}
	received, err := s.system.endpoint.ReceiveMessages(ctx, m.Source, most)
	messages := make([]events.Message, len(received))
	for i, r := range received {
		messages[i] = events.Message(r)
	}
	return messages, err
}

// Delete implements events.Sources.
func (s sources) Delete(ctx context.Context, m *events.Mapping, receipt string) error {
	if err := s.system.may(m.Function, m.RoleARN, m.Source, "sqs:DeleteMessage"); err != nil {
		return err
	}
	return s.system.endpoint.DeleteMessage(ctx, m.Source, receipt)
}

// Release implements events.Sources.
func (s sources) Release(ctx context.Context, m *events.Mapping, receipt string) error {
	return s.system.endpoint.ReleaseMessage(ctx, m.Source, receipt, 0)
}

// Send implements events.Sources.
func (s sources) Send(ctx context.Context, m *events.Mapping, queueARN, body string) error {
	return s.sendFor(ctx, m.Function, m.RoleARN, queueARN, body, nil)
}

// sendFor sends a message to a queue with the permissions of the function.
func (s sources) sendFor(ctx context.Context, functionARN, roleARN, queueARN, body string, attributes map[string]string) error {
	if err := s.system.may(functionARN, roleARN, queueARN, "sqs:SendMessage"); err != nil {
		return err
	}
	return s.system.endpoint.SendMessage(ctx, queueARN, body, attributes)
}

// tell tells a destination of an asynchronous invocation that is over.
func (s *system) tell(ctx context.Context, a events.Attempt, destinationARN, body string, attributes map[string]string) error {
	f := s.functionOf(a.Function)
	if strings.Contains(destinationARN, ":sqs:") {
		return sources{s}.sendFor(ctx, a.Function, f.RoleARN, destinationARN, body, attributes)
	}
	if err := s.may(a.Function, f.RoleARN, destinationARN, "lambda:InvokeFunction"); err != nil {
		return err
	}
	if err := (functions{s}).Find(destinationARN); err != nil {
		return err
	}
	s.queue.Send("destination of "+s.terminal.nameOf(a.Function), destinationARN, []byte(body))
	return nil
}

// functionOf finds the function of an ARN, with or without a qualifier; its zero
// value where there is none any more.
func (s *system) functionOf(arn string) lambda.Function {
	for _, f := range s.current.Load().plan.functions {
		if f.ARN == unqualified(arn) {
			return f
		}
	}
	return lambda.Function{}
}

// newMappings are the event source mappings, whose progress is kept with the data
// that they read.
func (s *system) newMappings(data string) *events.Mappings {
	if other := s.options.dynamoDB; other != "" {
		data = filepath.Join(data, "other", url.PathEscape(other)) // whose streams are others
	}
	return events.NewMappings(filepath.Join(data, "mappings"), sources{s}, s.runQueued, events.Observer{
		Delivered: s.terminal.delivery,
		Discarded: func(d events.Discard) {
			line := s.terminal.discard(d)
			s.recordUnstarted("Event source mapping", d.Mapping.Name, d.Mapping.Function, line.outcome())
		},
		Trouble: func(m *events.Mapping, err error) {
			s.recordUnstarted("Event source mapping", m.Name, m.Function, err.Error())
			s.terminal.write(mappingTrouble{m.Name, s.terminal.nameOf(m.Function), err.Error()})
		},
	})
}
