package aws

import (
	"context"
	"slices"
	"strings"
	"time"

	"annex/local/aws/queues"
)

// maxVisibility is the longest that a message may be hidden, in seconds, and
// maxWait the longest that a receiver may wait.
const maxVisibility, maxWait = 12 * 60 * 60, 20

// receivedMessage is a message in an answer.
type receivedMessage struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	Body                   string
	MD5OfBody              string
	Attributes             map[string]string       `json:",omitempty"`
	MessageAttributes      map[string]sqsAttribute `json:",omitempty"`
	MD5OfMessageAttributes string                  `json:",omitempty"`
}

func (r *sqsRequest) receiveMessage() (any, error) {
	var in struct {
		QueueURL                    string `json:"QueueUrl"`
		MaxNumberOfMessages         *int
		VisibilityTimeout           *int
		WaitTimeSeconds             *int
		AttributeNames              []string // the older name of MessageSystemAttributeNames
		MessageSystemAttributeNames []string
		MessageAttributeNames       []string
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	q, err := r.queueAt(in.QueueURL, "ReceiveMessage")
	if err != nil {
		return nil, err
	}
	how := queues.Receiving{Most: 1}
	if n := in.MaxNumberOfMessages; n != nil {
		if *n < 1 || *n > 10 {
			return nil, invalidValue(*n, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
		}
		how.Most = *n
	}
	if n := in.VisibilityTimeout; n != nil {
		if *n < 0 || *n > maxVisibility {
			return nil, invalidValue(*n, "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
		}
		visibility := time.Duration(*n) * time.Second
		how.Visibility = &visibility
	}
	wait := q.Wait
	if n := in.WaitTimeSeconds; n != nil {
		if *n < 0 || *n > maxWait {
			return nil, invalidValue(*n, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
		}
		wait = time.Duration(*n) * time.Second
	}
	waiting, cancel := context.WithTimeout(r.http.Context(), wait)
	defer cancel()
	received, err := r.queues.Receive(waiting, q.ARN, how)
	if err != nil {
		return nil, sqsFailure(err, "")
	}
	var out struct{ Messages []receivedMessage }
	for _, m := range received {
		out.Messages = append(out.Messages, receivedAs(m, append(in.AttributeNames, in.MessageSystemAttributeNames...), in.MessageAttributeNames))
	}
	return out, nil
}

// receivedAs is a message with those of its attributes that are asked for.
func receivedAs(m queues.Received, system, own []string) receivedMessage {
	answer := receivedMessage{MessageID: m.ID, ReceiptHandle: m.Receipt, Body: m.Body, MD5OfBody: md5Of(m.Body)}
	for name, value := range systemAttributes(m) {
		if slices.Contains(system, "All") || slices.Contains(system, name) {
			if answer.Attributes == nil {
				answer.Attributes = map[string]string{}
			}
			answer.Attributes[name] = value
		}
	}
	asked := map[string]queues.Attribute{}
	for name, a := range m.Attributes {
		if slices.ContainsFunc(own, func(want string) bool { return names(want, name) }) {
			if answer.MessageAttributes == nil {
				answer.MessageAttributes = map[string]sqsAttribute{}
			}
			answer.MessageAttributes[name] = sqsAttribute{DataType: a.Type, StringValue: a.String, BinaryValue: a.Binary}
			asked[name] = a
		}
	}
	if len(asked) > 0 {
		answer.MD5OfMessageAttributes = md5OfAttributes(asked)
	}
	return answer
}

// names says whether one of MessageAttributeNames is about an attribute: it may
// be All, or end in .* for all that begin so.
func names(want, name string) bool {
	prefix, all := strings.CutSuffix(want, ".*")
	return want == "All" || want == name || all && strings.HasPrefix(name, prefix)
}

// settleEntry is a message that was received, alone or in a batch.
type settleEntry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout *int // to change it
}

func (e settleEntry) id() string { return e.ID }

type settled struct {
	ID string `json:"Id"`
}

func (r *sqsRequest) deleteMessage() (any, error) { return r.settle("DeleteMessage", r.delete) }

func (r *sqsRequest) deleteMessageBatch() (any, error) {
	return r.settleBatch("DeleteMessage", r.delete)
}

func (r *sqsRequest) changeMessageVisibility() (any, error) {
	return r.settle("ChangeMessageVisibility", r.hide)
}

func (r *sqsRequest) changeMessageVisibilityBatch() (any, error) {
	return r.settleBatch("ChangeMessageVisibility", r.hide)
}

func (r *sqsRequest) settle(action string, do func(Queue, settleEntry) error) (any, error) {
	var in struct {
		settleEntry

		QueueURL string `json:"QueueUrl"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	q, err := r.queueAt(in.QueueURL, action)
	if err != nil {
		return nil, err
	}
	return nil, do(q, in.settleEntry)
}

func (r *sqsRequest) settleBatch(action string, do func(Queue, settleEntry) error) (any, error) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []settleEntry
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	q, err := r.queueAt(in.QueueURL, action)
	if err != nil {
		return nil, err
	}
	return inBatch(in.Entries, func(e settleEntry) (any, error) { return settled{e.ID}, do(q, e) })
}

func (r *sqsRequest) delete(q Queue, e settleEntry) error {
	if e.ReceiptHandle == "" {
		return missingParameter("ReceiptHandle")
	}
	return sqsFailure(r.queues.Delete(q.ARN, e.ReceiptHandle), e.ReceiptHandle)
}

func (r *sqsRequest) hide(q Queue, e settleEntry) error {
	switch n := e.VisibilityTimeout; {
	case e.ReceiptHandle == "":
		return missingParameter("ReceiptHandle")
	case n == nil:
		return missingParameter("VisibilityTimeout")
	case *n < 0 || *n > maxVisibility:
		return invalidValue(*n, "VisibilityTimeout", "Must be between 0 and 43200.")
	default:
		return sqsFailure(r.queues.Hide(q.ARN, e.ReceiptHandle, time.Duration(*n)*time.Second), e.ReceiptHandle)
	}
}
