package aws

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

// What a function gets of a message is what aws-lambda-go reads, all of it and nothing besides.
func TestMessageIsAsInLambdasEvent(t *testing.T) {
	e := startQueues(t, &journal{})
	sent, err := sqsClient(e, "").SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: sdk.String(queueURL), MessageBody: sdk.String("tea"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"hot":  {DataType: sdk.String("String"), StringValue: sdk.String("very")},
			"leaf": {DataType: sdk.String("Binary"), BinaryValue: []byte{1, 2}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := e.ReceiveMessages(t.Context(), workARN, 10)
	if err != nil || len(messages) != 1 {
		t.Fatal(messages, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(messages[0].JSON))
	decoder.DisallowUnknownFields()
	var got events.SQSMessage
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%s: %v", messages[0].JSON, err)
	}
	want := events.SQSMessage{
		MessageId: *sent.MessageId, ReceiptHandle: messages[0].Receipt, Body: "tea",
		Md5OfBody: *sent.MD5OfMessageBody, Md5OfMessageAttributes: *sent.MD5OfMessageAttributes,
		Attributes: map[string]string{
			"ApproximateReceiveCount": "1", "SenderId": got.Attributes["SenderId"],
			"SentTimestamp":                    strconv.FormatInt(messages[0].Sent.UnixMilli(), 10),
			"ApproximateFirstReceiveTimestamp": got.Attributes["ApproximateFirstReceiveTimestamp"],
		},
		MessageAttributes: map[string]events.SQSMessageAttribute{
			"hot":  {StringValue: sdk.String("very"), StringListValues: []string{}, BinaryListValues: [][]byte{}, DataType: "String"},
			"leaf": {BinaryValue: []byte{1, 2}, StringListValues: []string{}, BinaryListValues: [][]byte{}, DataType: "Binary"},
		},
		EventSourceARN: workARN, EventSource: "aws:sqs", AWSRegion: "eu-west-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	for _, name := range []string{"SenderId", "ApproximateFirstReceiveTimestamp"} {
		if got.Attributes[name] == "" {
			t.Errorf("no %s", name)
		}
	}
}
