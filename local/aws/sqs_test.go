package aws

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

const (
	queueURL = "https://sqs." + region + ".amazonaws.com/" + account + "/shop-Work" // as the template has it
	workARN  = "arn:aws:sqs:" + region + ":" + account + ":shop-Work"
	deadARN  = "arn:aws:sqs:" + region + ":" + account + ":shop-Dead"
	deadURL  = "https://sqs." + region + ".amazonaws.com/" + account + "/shop-Dead"
)

// work is a queue that cart may send to and search may receive from.
const work = `,
"Dead": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
"Work": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "s/Work"}, "Properties": {"VisibilityTimeout": 60,
	"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 1}}},
"SendPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "CartRole"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Work", "Arn"]}}]}}},
"WorkPolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Work"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": ["SearchRole", "Arn"]}}, "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": {"Fn::GetAtt": ["Work", "Arn"]}},
	{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Resource": {"Fn::GetAtt": ["Work", "Arn"]}}]}}}`

func sqsClient(e *Endpoint, role string) *sqs.Client { return sqs.NewFromConfig(clientConfig(e, role)) }

// startQueues starts the endpoint with the queues and without dynalite.
func startQueues(t testing.TB, logs *journal) *Endpoint {
	t.Helper()
	config, _ := read(t, shop+work)
	config.Tables = nil
	o := Options{DataDir: t.TempDir(), DynamoDB: "http://127.0.0.1:1"}
	if logs != nil {
		o.Logs = logs
	}
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	return e
}

// The SDK checks the checksums of bodies by itself.
func TestMessagesAreSentReceivedAndDeleted(t *testing.T) {
	e := startQueues(t, nil)
	cart, search := sqsClient(e, cartRole), sqsClient(e, searchRole)
	attributes := map[string]types.MessageAttributeValue{
		"kind": {DataType: sdk.String("String"), StringValue: sdk.String("a")}, "kin": {DataType: sdk.String("Number.int"), StringValue: sdk.String("7")},
		"raw": {DataType: sdk.String("Binary"), BinaryValue: []byte{0, 1}},
	}
	sent, err := cart.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: sdk.String(queueURL), MessageBody: sdk.String("höllo"), MessageAttributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	got, err := search.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: sdk.String(queueURL), MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"ki.*", "raw"},
	})
	if err != nil || len(got.Messages) != 1 {
		t.Fatal(got, err)
	}
	m := got.Messages[0]
	if *m.Body != "höllo" || *m.MessageId != *sent.MessageId || *m.MD5OfMessageAttributes != *sent.MD5OfMessageAttributes {
		t.Errorf("received %+v, and %+v was sent", m, sent)
	}
	if diff := cmp.Diff([]string{"kin", "kind", "raw"}, slices.Sorted(maps.Keys(m.MessageAttributes))); diff != "" || string(m.MessageAttributes["raw"].BinaryValue) != "\x00\x01" {
		t.Errorf("attributes %s%v", diff, m.MessageAttributes)
	}
	if a := m.Attributes; a["ApproximateReceiveCount"] != "1" || a["SentTimestamp"] == "" || a["SentTimestamp"] > a["ApproximateFirstReceiveTimestamp"] || !strings.HasSuffix(a["SenderId"], ":shop-CartFunction") {
		t.Errorf("attributes %v", a)
	}
	if again, err := search.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: sdk.String(queueURL)}); err != nil || len(again.Messages) != 0 {
		t.Errorf("while it is hidden: %+v, %v", again, err)
	}
	if _, err := search.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: sdk.String(queueURL), ReceiptHandle: m.ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	counts, err := sqsClient(e, "").GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: sdk.String(queueURL), AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesDelayed": "0", "ApproximateNumberOfMessagesNotVisible": "0", "DelaySeconds": "0",
		"MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "QueueArn": workARN, "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "60",
		"RedrivePolicy": `{"deadLetterTargetArn":"` + deadARN + `","maxReceiveCount":1}`,
	}
	if diff := cmp.Diff(want, counts.Attributes); diff != "" {
		t.Error(diff)
	}
}

// The value is also that of the tests of moto, another stand-in for AWS.
func TestTheChecksumOfAttributes(t *testing.T) {
	got := md5OfAttributes(attributesOf(map[string]sqsAttribute{"timestamp": {DataType: "Number", StringValue: "1493147359900"}}))
	if got != "235c5c510d26fb653d073faed50ae77c" {
		t.Errorf("got %s", got)
	}
}

func TestAReceiverWaitsForAMessage(t *testing.T) {
	e := startQueues(t, nil)
	root := sqsClient(e, "")
	found := make(chan string)
	go func() {
		got, err := root.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: sdk.String(queueURL), WaitTimeSeconds: 20})
		if err != nil || len(got.Messages) != 1 {
			found <- "nothing"
			return
		}
		found <- *got.Messages[0].Body
	}()
	if _, err := root.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: sdk.String(queueURL), MessageBody: sdk.String("a")}); err != nil {
		t.Fatal(err)
	}
	if got := <-found; got != "a" {
		t.Errorf("received %s", got)
	}
}

func TestBatchesOfMessages(t *testing.T) {
	e := startQueues(t, nil)
	root, url := sqsClient(e, ""), sdk.String(queueURL)
	entry := func(id, body string, delay int32) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: sdk.String(id), MessageBody: sdk.String(body), DelaySeconds: delay}
	}
	sent, err := root.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{
		entry("1", "a", 0), entry("2", "b", 1000), entry("3", "c", 900), entry("4", "d\x01", 0), entry("5", "e", 0),
	}})
	if err != nil || len(sent.Successful) != 3 || len(sent.Failed) != 2 || *sent.Failed[0].Id != "2" || *sent.Failed[1].Code != "InvalidMessageContents" || !sent.Failed[1].SenderFault {
		t.Fatalf("%+v, %v", sent, err)
	}
	got, err := root.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10})
	if err != nil || len(got.Messages) != 2 {
		t.Fatal(got, err)
	}
	changed, err := root.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: sdk.String("x"), ReceiptHandle: got.Messages[0].ReceiptHandle, VisibilityTimeout: 120}, {Id: sdk.String("y"), ReceiptHandle: sdk.String("nonsense"), VisibilityTimeout: 1},
	}})
	if err != nil || len(changed.Successful) != 1 || *changed.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Errorf("%+v, %v", changed, err)
	}
	deleted, err := root.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: url, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: sdk.String("x"), ReceiptHandle: got.Messages[0].ReceiptHandle}, {Id: sdk.String("y"), ReceiptHandle: got.Messages[1].ReceiptHandle},
	}})
	if err != nil || len(deleted.Successful) != 2 {
		t.Errorf("%+v, %v", deleted, err)
	}
	for want, entries := range map[string][]types.SendMessageBatchRequestEntry{
		"EmptyBatchRequest":            {},
		"BatchEntryIdsNotDistinct":     {entry("a", "a", 0), entry("a", "b", 0)},
		"InvalidBatchEntryId":          {entry("a b", "a", 0)},
		"TooManyEntriesInBatchRequest": slices.Repeat([]types.SendMessageBatchRequestEntry{entry("a", "a", 0)}, 11),
		"BatchRequestTooLong":          {entry("a", strings.Repeat("a", 1<<19), 0), entry("b", strings.Repeat("a", 1<<19+1), 0)},
	} {
		_, err := root.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: url, Entries: entries})
		if refused, ok := errors.AsType[smithy.APIError](err); !ok || refused.ErrorCode() != "AWS.SimpleQueueService."+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
