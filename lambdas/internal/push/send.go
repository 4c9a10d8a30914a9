package push

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"

	"annex/lambdas/internal/awsclient"
)

const (
	// maxMessage is how large a message may be ("Quotas for WebSocket APIs": 128 KB). Each 32 KB of it cost as a message.
	maxMessage = 128 * 1024

	// atOnce is how many connections are sent to at the same time.
	atOnce = 32

	// attempts is how often a connection is tried.
	attempts = 4

	// patience is how long API Gateway may take for one connection. It holds no other up for longer.
	patience = 2 * time.Second

	// firstPause is before the second attempt; each later pause is twice as long.
	firstPause = 200 * time.Millisecond
)

// ErrGone says that the connection is closed, or not open yet.
var ErrGone = errors.New("the connection is gone")

// A Report says what became of a message to many connections.
type Report struct {
	Sent   int       // connections that API Gateway has taken it for
	Gone   int       // that were closed, and are removed, or that were not open yet
	Failed []Failure // that did not get it
}

// A Failure is a connection that did not get a message.
type Failure struct {
	Connection string
	Err        error

	// Busy says that API Gateway refused or did not answer for as long as it was tried: the client reads too slowly, or
	// there is more to send than the account may. Other failures are the caller's, such as a missing grant, or API
	// Gateway's own.
	Busy bool
}

// Broadcast sends a message to all connections of a topic, to many at once. One that is slow or fails holds up none of the
// others: it is tried again when they are done. What could not be sent is in the report; the error is of a message that is
// too large, and of a table that cannot be read.
func (c *Connections) Broadcast(ctx context.Context, topic string, message []byte) (Report, error) {
	if err := checkSize(message); err != nil {
		return Report{}, err
	}
	open, err := c.open(ctx, topic)
	if err != nil {
		return Report{}, err
	}
	return c.deliver(ctx, topic, open, message), nil
}

// Send sends a message to one connection of a topic. The error is ErrGone where it is closed, or not open yet: during
// $connect it is not.
func (c *Connections) Send(ctx context.Context, topic, connection string, message []byte) error {
	if err := checkSize(message); err != nil {
		return err
	}
	report := c.deliver(ctx, topic, []string{connection}, message)
	switch {
	case report.Gone > 0:
		return ErrGone
	case len(report.Failed) > 0:
		return fmt.Errorf("send to a connection: %w", report.Failed[0].Err)
	}
	return nil
}

func checkSize(message []byte) error {
	if len(message) > maxMessage {
		return fmt.Errorf("a message of %d bytes: API Gateway takes at most %d; send what changed, or where it can be had", len(message), maxMessage)
	}
	return nil
}

// deliver tries all connections, and then again those that may yet be reached.
func (c *Connections) deliver(ctx context.Context, topic string, open []string, message []byte) Report {
	var report Report
	for attempt := 1; ; attempt++ {
		results := c.attempt(ctx, topic, open, message)
		var again []Failure
		for i, err := range results {
			switch {
			case err == nil:
				report.Sent++
			case errors.Is(err, ErrGone):
				report.Gone++
			case awsclient.Unavailable(err) || errors.Is(err, context.DeadlineExceeded):
				again = append(again, Failure{Connection: open[i], Err: err, Busy: busy(err)})
			default:
				report.Failed = append(report.Failed, Failure{Connection: open[i], Err: err})
			}
		}
		if len(again) == 0 {
			return report
		}
		if attempt == attempts || !pause(ctx, attempt) {
			report.Failed = append(report.Failed, again...)
			return report
		}
		open = open[:0]
		for _, failure := range again {
			open = append(open, failure.Connection)
		}
	}
}

// attempt sends to each connection once, and gives what came of each.
func (c *Connections) attempt(ctx context.Context, topic string, open []string, message []byte) []error {
	results := make([]error, len(open))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(atOnce, len(open)) {
		workers.Go(func() {
			for i := range next {
				results[i] = c.post(ctx, topic, open[i], message)
			}
		})
	}
	for i := range open {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

// post sends to a connection, and removes it if it is gone.
func (c *Connections) post(ctx context.Context, topic, connection string, message []byte) error {
	attempt, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	_, err := c.sender.PostToConnection(attempt, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &connection, Data: message})
	if err == nil {
		return nil
	}
	if status(err) == http.StatusGone {
		c.forget(ctx, topic, connection)
		return ErrGone
	}
	if attempt.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("no answer within %s: %w", c.patience, context.DeadlineExceeded)
	}
	return err
}

// status is that of API Gateway's answer, 0 where there was none.
func status(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func busy(err error) bool {
	return status(err) == http.StatusTooManyRequests || errors.Is(err, context.DeadlineExceeded)
}

// pause waits before the next attempt, longer each time and not as long as others that wait now. It tells whether there is
// time for one.
func pause(ctx context.Context, attempt int) bool {
	timer := time.NewTimer(firstPause<<(attempt-1)*3/4 + rand.N(firstPause/2)) //nolint:gosec // no secret depends on it
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
