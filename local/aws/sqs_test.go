package aws

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

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

func TestWhoMayUseAQueue(t *testing.T) {
	e := startQueues(t, nil)
	url := sdk.String(queueURL)
	_, err := sqsClient(e, searchRole).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: sdk.String("a")})
	denied, ok := errors.AsType[smithy.APIError](err)
	want := "User: arn:aws:sts::" + account + ":assumed-role/shop-SearchRole/local is not authorized to perform: sqs:sendmessage on resource: " + workARN + " because no identity-based policy allows the sqs:sendmessage action"
	if !ok || denied.ErrorCode() != "AccessDenied" || denied.ErrorMessage() != want {
		t.Errorf("sending without a grant: %v", err)
	}
	if _, err := sqsClient(e, cartRole).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url}); err == nil || !strings.Contains(err.Error(), "sqs:receivemessage") {
		t.Errorf("receiving without a grant: %v", err)
	}
	if _, err := sqsClient(e, cartRole).ListQueues(t.Context(), &sqs.ListQueuesInput{}); err == nil || !strings.Contains(err.Error(), "sqs:listqueues on resource: *") {
		t.Errorf("listing without a grant: %v", err)
	}
	search, _ := e.Caller(accessKey(e, searchRole), account)
	if err := search.Authorize("sqs:ReceiveMessage", workARN); err != nil {
		t.Errorf("by the queue's policy: %v", err)
	}
	if err := search.Authorize("sqs:SendMessage", workARN); err == nil {
		t.Error("by no policy it may send")
	}
}

func accessKey(e *Endpoint, role string) string {
	id, _, _ := e.Credentials(role)
	return id
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

func TestWhatSQSWouldRefuse(t *testing.T) {
	logs := &journal{}
	e := startQueues(t, logs)
	root, address := sqsClient(e, ""), sdk.String(queueURL)
	_, err := root.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: sdk.String(queueURL + "X"), MessageBody: sdk.String("a")})
	if _, ok := errors.AsType[*types.QueueDoesNotExist](err); !ok {
		t.Errorf("to no queue: %v", err)
	}
	for name, c := range map[string]struct {
		do   func() error
		want string
	}{
		"an empty body": {func() error {
			_, err := root.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: address, MessageBody: sdk.String("")})
			return err
		}, "MissingParameter: The request must contain the parameter MessageBody"},
		"too large": {func() error {
			_, err := root.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: address, MessageBody: sdk.String(strings.Repeat("a", 1<<20+1))})
			return err
		}, "InvalidParameterValue: One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes"},
		"an attribute without a type": {func() error {
			_, err := root.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: address, MessageBody: sdk.String("a"), MessageAttributes: map[string]types.MessageAttributeValue{"a": {DataType: sdk.String("Text"), StringValue: sdk.String("x")}}})
			return err
		}, "the set of supported type prefixes is Binary, Number, and String"},
		"too many": {func() error {
			_, err := root.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: address, MaxNumberOfMessages: 11})
			return err
		}, "InvalidParameterValue: Value 11 for parameter MaxNumberOfMessages is invalid"},
		"too long a wait": {func() error {
			_, err := root.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: address, WaitTimeSeconds: 21})
			return err
		}, "for parameter WaitTimeSeconds is invalid"},
		"no receipt": {func() error {
			_, err := root.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: address, ReceiptHandle: sdk.String("nonsense")})
			return err
		}, "ReceiptHandleIsInvalid"},
		"another region": {func() error {
			config := clientConfig(e, "")
			config.Region = "us-east-1"
			_, err := sqs.NewFromConfig(config).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: address, MessageBody: sdk.String("a")})
			return err
		}, "The specified queue does not exist. It is in eu-west-1, and the request is for us-east-1"},
		"a FIFO queue": {func() error {
			_, err := root.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: sdk.String(queueURL + ".fifo"), MessageBody: sdk.String("a")})
			return err
		}, "StatusCode: 501"},
		"making a queue": {func() error {
			_, err := root.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: sdk.String("x")})
			return err
		}, "sqs: CreateQueue is not available locally: queues are what the templates say"},
		"redriving what is no dead-letter queue": {func() error {
			_, err := root.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: sdk.String(workARN)})
			return err
		}, "Source queue must be configured as a Dead Letter Queue"},
	} {
		if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL(), strings.NewReader(url.Values{"Action": {"SendMessage"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=root/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=x")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if response.StatusCode != http.StatusNotImplemented || !strings.Contains(logs.String(), "use an SDK or an AWS CLI that speaks SQS's JSON protocol") {
		t.Errorf("the query protocol: %s, logged %s", response.Status, logs)
	}
}

func TestDeadLettersAreLookedAtAndRedriven(t *testing.T) {
	logs := &journal{}
	e := startQueues(t, logs)
	root, url := sqsClient(e, ""), sdk.String(queueURL)
	if _, err := root.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: sdk.String("poison")}); err != nil {
		t.Fatal(err)
	}
	// As a mapping does whose function fails: it may be received once.
	polled, err := e.ReceiveMessages(t.Context(), workARN, 10)
	if err != nil || len(polled) != 1 {
		t.Fatal(polled, err)
	}
	if err := e.ReleaseMessage(t.Context(), workARN, polled[0].Receipt, 0); err != nil {
		t.Fatal(err)
	}
	if got, err := root.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url}); err != nil || len(got.Messages) != 0 {
		t.Fatal(got, err)
	}
	if !strings.Contains(logs.String(), "was received 1 times and not deleted: it went from shop-Work to the dead-letter queue shop-Dead") {
		t.Errorf("logged %s", logs)
	}
	found, err := root.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: sdk.String("shop-Dead")})
	if err != nil {
		t.Fatal(err)
	}
	letters, err := root.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: found.QueueUrl, VisibilityTimeout: 1, AttributeNames: []types.QueueAttributeName{"All"}}) //nolint:staticcheck // as docs and older clients have it
	if err != nil || len(letters.Messages) != 1 || letters.Messages[0].Attributes["DeadLetterQueueSourceArn"] != workARN {
		t.Fatal(letters, err)
	}
	sources, err := root.ListDeadLetterSourceQueues(t.Context(), &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: sdk.String(deadURL)})
	if err != nil || len(sources.QueueUrls) != 1 || !strings.HasSuffix(sources.QueueUrls[0], "/shop-Work") {
		t.Error(sources, err)
	}
	queues, err := root.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: sdk.String("shop-"), MaxResults: sdk.Int32(1)})
	if err != nil || len(queues.QueueUrls) != 1 || queues.QueueUrls[0] != *found.QueueUrl || queues.NextToken == nil {
		t.Error(queues, err)
	}
	if _, err := root.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: found.QueueUrl, ReceiptHandle: letters.Messages[0].ReceiptHandle, VisibilityTimeout: 0}); err != nil {
		t.Fatal(err)
	}
	if _, err := root.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: sdk.String(deadARN)}); err != nil {
		t.Fatal(err)
	}
	tasks, err := root.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: sdk.String(deadARN)})
	if err != nil || len(tasks.Results) != 1 || *tasks.Results[0].Status != "COMPLETED" || tasks.Results[0].ApproximateNumberOfMessagesMoved != 1 || time.Since(time.UnixMilli(tasks.Results[0].StartedTimestamp)) > time.Minute {
		t.Error(tasks, err)
	}
	if got, err := root.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url}); err != nil || len(got.Messages) != 1 || *got.Messages[0].Body != "poison" {
		t.Error(got, err)
	}
	if _, err := root.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: url}); err != nil {
		t.Error(err)
	}
}

func TestWhatAQueueDoesNotDoIsNamed(t *testing.T) {
	for properties, want := range map[string]string{
		`"FifoQueue": true`:     "FifoQueue: local mode has standard queues alone",
		`"KmsMasterKeyId": "k"`: "KmsMasterKeyId: nothing is encrypted",
		`"Tomorrow": 1`:         "Tomorrow: not known to local mode",
		`"SqsManagedSseEnabled": true, "DelaySeconds": "5", "ReceiveMessageWaitTimeSeconds": 20, "MaximumMessageSize": 1024, "QueueName": "q", "Tags": []`: "",
	} {
		got := noticesOf(t, `"Q": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "s/Q"}, "Properties": {`+properties+`}}`)
		if want == "" && len(got) != 0 || want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], "s/Q (AWS::SQS::Queue): "+want)) {
			t.Errorf("%s: notices %q, want %q", properties, got, want)
		}
	}
	for policy, want := range map[string]string{
		`{"maxReceiveCount": 3}`: "s/Q (AWS::SQS::Queue): RedrivePolicy: want a deadLetterTargetArn and a maxReceiveCount of at least 1",
		`{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:other", "maxReceiveCount": 3}`: "RedrivePolicy: arn:aws:sqs:eu-west-1:1:other is no standard queue of the templates",
	} {
		_, _, err := Read(assemble(t, `"Q": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "s/Q"}, "Properties": {"RedrivePolicy": `+policy+`}}`, nil))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", policy, err, want)
		}
	}
}
