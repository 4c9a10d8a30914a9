package aws

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

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
