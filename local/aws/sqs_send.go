package aws

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"annex/local/aws/queues"
)

// sendEntry is a message that is sent, alone or in a batch.
type sendEntry struct {
	ID                      string `json:"Id"`
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]sqsAttribute
	MessageSystemAttributes map[string]sqsAttribute
	MessageGroupId          string //nolint:revive // SQS's name
}

func (e sendEntry) id() string { return e.ID }

// sqsAttribute is a message attribute in requests and answers.
type sqsAttribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// sent is the answer for a message.
type sent struct {
	ID                     string `json:"Id,omitempty"`
	MessageID              string `json:"MessageId"`
	MD5OfMessageBody       string
	MD5OfMessageAttributes string `json:",omitempty"`
}

func (r *sqsRequest) sendMessage() (any, error) {
	var in struct {
		sendEntry

		QueueURL string `json:"QueueUrl"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	q, err := r.queueAt(in.QueueURL, "SendMessage")
	if err != nil {
		return nil, err
	}
	return r.send(q, in.sendEntry)
}

func (r *sqsRequest) sendMessageBatch() (any, error) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []sendEntry
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	q, err := r.queueAt(in.QueueURL, "SendMessage")
	if err != nil {
		return nil, err
	}
	size := 0
	for _, e := range in.Entries {
		size += messageSize(e.MessageBody, attributesOf(e.MessageAttributes))
	}
	if size > maxMessage {
		return nil, &sqsError{"BatchRequestTooLong", fmt.Sprintf("Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxMessage, size)}
	}
	return inBatch(in.Entries, func(e sendEntry) (any, error) { return r.send(q, e) })
}

// send checks a message and puts it into the queue.
func (r *sqsRequest) send(q Queue, e sendEntry) (any, error) {
	attributes := attributesOf(e.MessageAttributes)
	switch size := messageSize(e.MessageBody, attributes); {
	case e.MessageBody == "":
		return nil, missingParameter("MessageBody")
	case size > q.MaxMessage:
		return nil, &sqsError{"InvalidParameterValueException", fmt.Sprintf("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", q.MaxMessage)}
	case !writable(e.MessageBody):
		return nil, &sqsError{"InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"}
	}
	if err := checkAttributes(e.MessageAttributes); err != nil {
		return nil, err
	}
	var delay *time.Duration
	if e.DelaySeconds != nil {
		if *e.DelaySeconds < 0 || *e.DelaySeconds > 900 {
			return nil, invalidValue(*e.DelaySeconds, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
		}
		seconds := time.Duration(*e.DelaySeconds) * time.Second
		delay = &seconds
	}
	c, err := r.queues.Send(q.ARN, queues.Content{
		Body: e.MessageBody, Attributes: attributes, Sender: r.sender(q), Group: e.MessageGroupId,
		Trace: cmp.Or(e.MessageSystemAttributes["AWSTraceHeader"].StringValue, r.http.Header.Get("X-Amzn-Trace-Id")),
	}, delay)
	if err != nil {
		return nil, sqsFailure(err, "")
	}
	answer := sent{ID: e.ID, MessageID: c.ID, MD5OfMessageBody: md5Of(c.Body)}
	if len(attributes) > 0 {
		answer.MD5OfMessageAttributes = md5OfAttributes(attributes)
	}
	return answer, nil
}

// sender is what SenderId says of the caller.
func (r *sqsRequest) sender(q Queue) string {
	if r.caller.role == nil {
		return q.Account
	}
	return cmp.Or(r.caller.role.ID, "AROA") + ":" + r.caller.session()
}

// writable says whether SQS takes the characters of a body, which are those of
// XML ("SendMessage").
func writable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool {
		return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == '\uFFFE' || c == '\uFFFF'
	})
}

func attributesOf(in map[string]sqsAttribute) map[string]queues.Attribute {
	if len(in) == 0 {
		return nil
	}
	attributes := map[string]queues.Attribute{}
	for name, a := range in {
		attributes[name] = queues.Attribute{Type: a.DataType, String: a.StringValue, Binary: a.BinaryValue}
	}
	return attributes
}

func checkAttributes(in map[string]sqsAttribute) error {
	if len(in) > 10 {
		return invalidValue(len(in), "MessageAttributes", "Number of message attributes [more than 10] exceeds the allowed maximum [10].")
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		a := in[name]
		kind, _, _ := strings.Cut(a.DataType, ".")
		problem := ""
		switch {
		case kind != "String" && kind != "Number" && kind != "Binary":
			problem = fmt.Sprintf("has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String, and it is %q", a.DataType)
		case kind == "Binary" && len(a.BinaryValue) == 0, kind != "Binary" && a.StringValue == "":
			problem = "must contain a non-empty message attribute value for message attribute type " + kind
		}
		if problem != "" {
			return &sqsError{"InvalidParameterValueException", "The message attribute '" + name + "' " + problem + "."}
		}
	}
	return nil
}
