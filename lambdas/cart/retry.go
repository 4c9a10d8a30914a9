package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"annex/lambdas/internal/httpapi"
)

// maxAttempts bounds how often a change is tried when others change the same cart. Of those who try at the same time
// one succeeds in every round, so this is more than the tabs that a shopper has open.
const maxAttempts = 40

// retried tries to change a cart until that meets no conflict. The try starts from the cart as it then is, so that
// neither change is lost. The error is a *httpapi.Problem where the cart is not there or the conflicts do not end.
func retried(ctx context.Context, try func() error) error {
	for attempt := range maxAttempts {
		if err := pause(ctx, attempt); err != nil {
			return err
		}
		err := try()
		switch {
		case errors.Is(err, errNoCart):
			return notFound()
		case !errors.Is(err, errConflict):
			return err
		}
	}
	return &httpapi.Problem{
		Status:     http.StatusConflict,
		Detail:     "Too many changes are being made to the cart at the same time. Try again shortly.",
		RetryAfter: time.Second,
	}
}

// pause waits before an attempt, not at all before the first, and for a random time that grows with the attempts, so
// that those who collided do not collide again.
func pause(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return nil
	}
	longest := min(5*time.Millisecond<<min(attempt, 10), 200*time.Millisecond)
	timer := time.NewTimer(rand.N(longest)) //nolint:gosec // spreads the attempts, guards nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to change a cart again: %w", ctx.Err())
	}
}
