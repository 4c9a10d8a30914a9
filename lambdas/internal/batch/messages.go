package batch

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"annex/lambdas/internal/warm"
)

// Messages is the function that lambda.Start takes for a standard queue. It hands over the bodies of the messages, each by
// itself: those that fail come again once their visibility timeout is over, and the others are deleted. A message fails
// where handle has an error or panics, or where the time runs out. An invocation that has every message fail, fails itself.
//
// The context of handle ends a moment before the function's deadline.
func Messages(logger *slog.Logger, handle func(ctx context.Context, body []byte) error) lambda.Handler {
	return warm.Handler(func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		done := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		work, cancel := working(ctx)
		defer cancel()
		var last error
		for _, message := range event.Records {
			if message.EventSource != "aws:sqs" || message.MessageId == "" {
				return events.SQSEventResponse{}, fmt.Errorf("the event has a record of source %q: this function is for an event source mapping of an SQS queue", message.EventSource)
			}
			err := attempt(work, func() error { return handle(work, []byte(message.Body)) })
			if err == nil {
				continue
			}
			last = err
			logFailure(ctx, logger, message.MessageId, err)
			done.BatchItemFailures = append(done.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
		if failed := len(done.BatchItemFailures); failed > 0 && failed == len(event.Records) {
			return events.SQSEventResponse{}, nothingDone(failed, last)
		}
		return done, nil
	})
}
