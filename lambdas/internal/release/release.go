// Package release is what release checks share: the functions that CodeDeploy calls while a deployment takes a service's
// function from its old version to its new one, before any request reaches the new version and after all of them do. A
// check calls the new version as the service's API does, and so decides whether the release goes on or goes back.
//
// A check's main says what to try:
//
//	release.Start(lambdacontext.NewLogger(), func(ctx context.Context, api *release.API) error {
//		answer, err := api.Do(ctx, release.Request{Route: "GET /{country}", Path: "/ie"})
//		if err != nil {
//			return err
//		}
//		var delivery struct{ Days int }
//		if err := answer.JSON(&delivery); err != nil {
//			return err
//		}
//		if delivery.Days < 1 {
//			return answer.Wrong("a parcel takes %d days, want 1 or more", delivery.Days)
//		}
//		return nil
//	})
//
// The stack gives the function FUNCTION_ARN, the ARN of the function that is checked, and VERSION, its new version. Any
// check below lambdas/ may import it.
package release

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"annex/lambdas/internal/awsclient"
)

// A Check is nil where the version does its work. It has no state of its own between two releases, and ends when ctx
// does. It is run again from its start where the alias still had the old version answer.
type Check func(ctx context.Context, api *API) error

// Event is what CodeDeploy invokes a hook with.
type Event struct {
	DeploymentID string `json:"DeploymentId"`
	ExecutionID  string `json:"LifecycleEventHookExecutionId"`
}

// Of a hook's time, what is kept for its cleanups and for its report. CodeDeploy waits an hour for a report that does
// not come.
const (
	cleanupTime = 3 * time.Second
	reportTime  = 5 * time.Second
	// endTime is how long a check may take to notice that its time is over.
	endTime = 250 * time.Millisecond
)

// Start serves as CodeDeploy's hook until the execution environment ends; it does not return.
func Start(logger *slog.Logger, check Check) {
	handler, err := Handler(logger, os.Getenv, check)
	if err != nil {
		log.Fatal(err)
	}
	runtime.Start(handler)
}

// Handler is the function that Start serves. It reports whatever becomes of the check, a panic too. Its error is that
// the report failed, not that the check did: Lambda may then invoke it again.
func Handler(logger *slog.Logger, getenv func(string) string, check Check) (func(context.Context, Event) error, error) {
	config, err := awsclient.Config(getenv)
	if err != nil {
		return nil, err
	}
	h := &hook{
		logger:   logger,
		check:    check,
		function: getenv("FUNCTION_ARN"),
		version:  getenv("VERSION"),
		lambda:   lambda.NewFromConfig(config, func(o *lambda.Options) { o.Retryer = onlyThrottled() }),
		deploy:   codedeploy.NewFromConfig(config, func(o *codedeploy.Options) { o.Retryer = insistent() }),
	}
	return h.run, nil
}

type hook struct {
	logger            *slog.Logger
	check             Check
	function, version string // ARN without a qualifier, and number
	lambda            *lambda.Client
	deploy            *codedeploy.Client
}

func (h *hook) run(ctx context.Context, event Event) error {
	if event.DeploymentID == "" || event.ExecutionID == "" {
		return errors.New("the event has no DeploymentId or no LifecycleEventHookExecutionId: this function is CodeDeploy's to invoke")
	}
	logger := h.logger.With("deployment", event.DeploymentID, "function", h.function, "version", h.version)
	started := time.Now()
	api, err := h.checked(ctx)
	logger = logger.With("qualifier", api.qualifier, "took", time.Since(started).Round(time.Millisecond).String())
	if failure, ok := errors.AsType[*Failure](err); ok {
		logger = logger.With("call", failure)
	}
	if err != nil {
		logger.ErrorContext(ctx, "release check failed", "error", err.Error())
	} else {
		logger.InfoContext(ctx, "release check passed")
	}
	return h.report(ctx, logger, event, err == nil)
}

// checked runs the check and then, whatever became of it, its cleanups. The error is the check's, or the cleanups' where
// the check passed: they want what the service wants, and a check that could leave something behind at each release is
// to be mended.
func (h *hook) checked(ctx context.Context) (*API, error) {
	api := &API{client: h.lambda, function: h.function, version: h.version}
	if h.function == "" || h.version == "" {
		return api, errors.New("FUNCTION_ARN or VERSION is not set: the stack gives a check the function and its new version")
	}
	checking, cancel := before(ctx, cleanupTime+reportTime)
	defer cancel()
	err := finish(checking, func() error { return api.choose(checking) })
	if err == nil {
		err = finish(checking, func() error { return h.settled(checking, api) })
	}

	cleaning, cancel := before(ctx, reportTime)
	defer cancel()
	left := finish(cleaning, func() error { return api.clean(cleaning) })
	if left != nil && err != nil {
		h.logger.ErrorContext(ctx, "a release check that failed did not clean up after itself", "error", left)
	}
	if err == nil {
		err = left
	}
	return api, err
}

// before is ctx, ended so long before its deadline.
func before(ctx context.Context, kept time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, deadline.Add(-kept), fmt.Errorf(
		"the function's time is over but for the %s that are kept to clean up and to report: give it a longer timeout", kept))
}

// finish runs f, and makes an error of its panic. It does not wait for an f that goes on after the end of ctx: that one
// ends with the process, or is frozen with it.
func finish(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if reason := recover(); reason != nil {
				done <- fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
			}
		}()
		done <- f()
	}()
	var late <-chan time.Time
	for over := ctx.Done(); ; {
		select {
		case err := <-done:
			if err != nil && ctx.Err() != nil {
				return fmt.Errorf("%w: %w", err, context.Cause(ctx))
			}
			return err
		case <-over:
			over, late = nil, time.After(endTime)
		case <-late:
			return fmt.Errorf("it does not end: %w", context.Cause(ctx))
		}
	}
}
