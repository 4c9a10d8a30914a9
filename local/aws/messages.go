package aws

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"annex/local/aws/queues"
)

// Message is a message of a queue, for who takes it in a service's stead. Who
// does has asked before whether it may: see Caller and Service.
type Message struct {
	Receipt  string
	Sent     time.Time
	Body     string
	Receives int
	JSON     json.RawMessage // the record as in Lambda's SQS event
}

// openQueues makes the queues that are missing.
func (e *Endpoint) openQueues(o Options) error {
	store, err := queues.Open(filepath.Join(o.DataDir, "sqs", "messages.db"), func(d queues.Dead) {
		e.log.Printf("sqs: message %s was received %d times and not deleted: it went from %s to the dead-letter queue %s", d.ID, d.Receives, e.queueName(d.Queue), e.queueName(d.DeadLetters))
	})
	if err != nil {
		return err
	}
	e.queues = store
	return store.Update(e.config().queueSettings())
}

// queueName names a queue in messages.
func (e *Endpoint) queueName(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// SendMessage puts a message into a queue, with message attributes that are
// texts. The sender is who had it sent: a service such as events.amazonaws.com.
func (e *Endpoint) SendMessage(_ context.Context, queueARN, body string, attributes map[string]string) error {
	if size := messageSize(body, nil); size > maxMessage {
		return fmt.Errorf("send a message to %s: it has %d bytes, and SQS takes %d", e.queueName(queueARN), size, maxMessage)
	}
	c := queues.Content{Body: body, Sender: "AIDALOCALSERVICE"}
	for name, value := range attributes {
		if c.Attributes == nil {
			c.Attributes = map[string]queues.Attribute{}
		}
		c.Attributes[name] = queues.Attribute{Type: "String", String: value}
	}
	if _, err := e.queues.Send(queueARN, c, nil); err != nil {
		return fmt.Errorf("send a message to %s: %w", e.queueName(queueARN), err)
	}
	return nil
}

// ReceiveMessages waits until the queue has a message or the context ends, and
// then gives none. Those that it gives are hidden for the queue's visibility
// timeout, or until this process ends.
func (e *Endpoint) ReceiveMessages(ctx context.Context, queueARN string, most int) ([]Message, error) {
	received, err := e.queues.Receive(ctx, queueARN, queues.Receiving{Most: most, Polled: true})
	if err != nil {
		return nil, err
	}
	return messagesOf(queueARN, received), nil
}

func messagesOf(queueARN string, received []queues.Received) []Message {
	messages := make([]Message, len(received))
	for i, m := range received {
		messages[i] = Message{Receipt: m.Receipt, Sent: m.Sent, Body: m.Body, Receives: m.Receives, JSON: record(queueARN, m)}
	}
	return messages
}

// DeleteMessage deletes a message that was received.
func (e *Endpoint) DeleteMessage(_ context.Context, queueARN, receipt string) error {
	return e.queues.Delete(queueARN, receipt)
}

// ReleaseMessage has a message that was received stay hidden for a time from now
// on; none shows it at once.
func (e *Endpoint) ReleaseMessage(_ context.Context, queueARN, receipt string, after time.Duration) error {
	return e.queues.Hide(queueARN, receipt, after)
}

// CountMessages is how many messages a queue has: those that can be received,
// and those that are hidden.
func (e *Endpoint) CountMessages(queueARN string) (waiting, hidden int, err error) {
	c, err := e.queues.Count(queueARN)
	return c.Visible, c.InFlight + c.Delayed, err
}

// PeekMessages gives the first messages of a queue, which it leaves as they are.
func (e *Endpoint) PeekMessages(queueARN string, most int) ([]Message, error) {
	found, err := e.queues.Peek(queueARN, most)
	if err != nil {
		return nil, err
	}
	return messagesOf(queueARN, found), nil
}

// record is a message as in Lambda's event (Lambda Developer Guide, "Using Lambda
// with Amazon SQS").
func record(queueARN string, m queues.Received) json.RawMessage {
	type attribute struct {
		StringValue      *string  `json:"stringValue,omitempty"`
		BinaryValue      *string  `json:"binaryValue,omitempty"`
		StringListValues []string `json:"stringListValues"`
		BinaryListValues []string `json:"binaryListValues"`
		DataType         string   `json:"dataType"`
	}
	attributes := map[string]attribute{}
	for name, a := range m.Attributes {
		as := attribute{DataType: a.Type, StringListValues: []string{}, BinaryListValues: []string{}}
		if a.Binary != nil {
			text := base64.StdEncoding.EncodeToString(a.Binary)
			as.BinaryValue = &text
		} else {
			as.StringValue = &a.String
		}
		attributes[name] = as
	}
	event := map[string]any{
		"messageId": m.ID, "receiptHandle": m.Receipt, "body": m.Body, "attributes": systemAttributes(m),
		"messageAttributes": attributes, "md5OfBody": md5Of(m.Body),
		"eventSource": "aws:sqs", "eventSourceARN": queueARN, "awsRegion": strings.Split(queueARN, ":")[3],
	}
	if len(m.Attributes) > 0 {
		event["md5OfMessageAttributes"] = md5OfAttributes(m.Attributes)
	}
	return encoded(event)
}

// systemAttributes are those that SQS gives to a message.
func systemAttributes(m queues.Received) map[string]string {
	attributes := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"SentTimestamp":                    strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"SenderId":                         m.Sender,
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.First.UnixMilli(), 10),
	}
	for name, value := range map[string]string{"AWSTraceHeader": m.Trace, "DeadLetterQueueSourceArn": m.Source, "MessageGroupId": m.Group} {
		if value != "" {
			attributes[name] = value
		}
	}
	return attributes
}

// messageSize is what counts against the largest message: the body, and the
// attributes with their names and types.
func messageSize(body string, attributes map[string]queues.Attribute) int {
	size := len(body)
	for name, a := range attributes {
		size += len(name) + len(a.Type) + len(a.String) + len(a.Binary)
	}
	return size
}
