package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"annex/lambdas/internal/warm"
)

// An order is what a schedule calls the warmer with.
type order struct {
	// Function is the ARN of what is called: the alias that requests are sent to.
	Function string `json:"function"`
	// Environments is how many are to be warm at once.
	Environments int `json:"environments"`
	// HoldMilliseconds is how long each is held. It has to be longer than the calls take to be made, or one environment
	// would answer two of them.
	HoldMilliseconds int `json:"holdMilliseconds"`
}

// A warmer calls functions.
type warmer struct {
	client *lambda.Client
	logger *slog.Logger
}

func newWarmer(config aws.Config, logger *slog.Logger) warmer {
	return warmer{logger: logger, client: lambda.NewFromConfig(config, func(o *lambda.Options) {
		o.Retryer = aws.NopRetryer{} // a call that is made once the others are over warms nothing
	})}
}

// warm calls the function as often, at once, as there are to be environments. Calls that are throttled are noted, and no
// error: what throttles them is that so many environments are at work. The error is that of the calls that failed
// otherwise.
func (w warmer) warm(ctx context.Context, o order) error {
	if o.Function == "" || o.Environments < 1 || o.HoldMilliseconds < 1 {
		return fmt.Errorf("warm %q: %d environments held for %d ms, want a function and 1 or more of each", o.Function, o.Environments, o.HoldMilliseconds)
	}
	payload, err := json.Marshal(warm.Call{Warm: &warm.Hold{Milliseconds: o.HoldMilliseconds}})
	if err != nil {
		return err
	}
	started := time.Now()
	failures := make([]error, o.Environments)
	var calls sync.WaitGroup
	for i := range failures {
		calls.Go(func() { failures[i] = w.call(ctx, o.Function, payload) })
	}
	calls.Wait()

	answered, throttled := 0, 0
	var failed []error
	for _, err := range failures {
		switch {
		case err == nil:
			answered++
		case errors.As(err, new(*types.TooManyRequestsException)):
			throttled++
		default:
			failed = append(failed, err)
		}
	}
	level := slog.LevelInfo
	if answered < o.Environments {
		level = slog.LevelWarn
	}
	w.logger.Log(ctx, level, "environments warmed", "function", o.Function, "answered", answered, "throttled", throttled,
		"failed", len(failed), "took", time.Since(started).Round(time.Millisecond).String())
	return errors.Join(failed...)
}

func (w warmer) call(ctx context.Context, function string, payload []byte) error {
	output, err := w.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: payload})
	if err != nil {
		return fmt.Errorf("warm %s: %w", function, err)
	}
	if output.FunctionError != nil {
		return fmt.Errorf("warm %s: the function failed (%s): %.300s", function, *output.FunctionError, output.Payload)
	}
	return nil
}
