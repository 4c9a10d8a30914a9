package release

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
)

// report tells CodeDeploy what became of the check.
func (h *hook) report(ctx context.Context, logger *slog.Logger, event Event, passed bool) error {
	status := types.LifecycleEventStatusFailed
	if passed {
		status = types.LifecycleEventStatusSucceeded
	}
	_, err := h.deploy.PutLifecycleEventHookExecutionStatus(ctx, &codedeploy.PutLifecycleEventHookExecutionStatusInput{
		DeploymentId:                  &event.DeploymentID,
		LifecycleEventHookExecutionId: &event.ExecutionID,
		Status:                        status,
	})
	if completed, ok := errors.AsType[*types.LifecycleEventAlreadyCompletedException](err); ok {
		// By an earlier attempt, whose answer was lost, or because the deployment was stopped.
		logger.WarnContext(ctx, "CodeDeploy had its report already", "status", status, "error", completed)
		return nil
	}
	if err != nil {
		logger.ErrorContext(ctx, "CodeDeploy was not told, and waits: stop the deployment to go back", "status", status, "error", err)
		return fmt.Errorf("report %s to CodeDeploy: %w", status, err)
	}
	return nil
}

// insistent tries a report again and again, in short intervals, as long as the function has time.
func insistent() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = 10, 500*time.Millisecond
	})
}

// onlyThrottled tries an invocation again that Lambda did not begin. Another one may have changed something, so that the
// same request again would be answered differently.
func onlyThrottled() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Retryables = []retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}}
		o.MaxAttempts, o.MaxBackoff = 5, 2*time.Second
	})
}
