package aws

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

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
