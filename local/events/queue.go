// Package events starts functions that nobody waits for: those that are invoked
// asynchronously, as Lambda's own queue does, and those of schedules, as
// EventBridge Scheduler does. Only local's main may import it.
package events

import (
	"context"
	"sync"
	"time"

	"annex/local/lambda"
)

// Invoke runs a function, as lambda.Service's does, for what Send was told the
// source of.
type Invoke func(ctx context.Context, source, functionARN string, event []byte) (*lambda.Result, error)

// Attempt is one run of a function for an event that was queued.
type Attempt struct {
	Source   string // what queued the event, such as the name of a schedule; empty for a function or a tool
	Function string // ARN
	Number   int    // from 1
	Took     time.Duration
	Result   *lambda.Result // nil with Err
	Err      error          // why it did not run
	Wait     time.Duration  // until the next attempt
	Last     bool           // there is none
}

// Queue runs functions for events that nobody waits for. Its methods may be
// called concurrently.
type Queue struct {
	invoke Invoke
	done   func(Attempt)

	ctx     context.Context //nolint:containedctx // ends with Close, and is no caller's
	cancel  context.CancelFunc
	waiting sync.WaitGroup

	mu      sync.Mutex         // also held to begin a run and to close, so that none begins after it
	retries map[string]Retries // by ARN; a map is never changed
}

// NewQueue makes a queue that tells of each attempt. Calls of done may come
// concurrently. Close it.
func NewQueue(invoke Invoke, done func(Attempt)) *Queue {
	q := &Queue{invoke: invoke, done: done}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

// Send has the function run for the event, at once and then, if that fails, as
// Lambda tries again. After Close nothing does.
func (q *Queue) Send(source, functionARN string, event []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ctx.Err() != nil {
		return // a function that still runs may send what it likes
	}
	q.waiting.Go(func() { q.run(Attempt{Source: source, Function: functionARN}, event) })
}

// Update follows the templates. What waits for its next attempt goes by what was
// there when it was sent.
func (q *Queue) Update(retries map[string]Retries) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.retries = retries
}

func (q *Queue) retriesOf(functionARN string) Retries {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r, ok := q.retries[functionARN]; ok {
		return r
	}
	return usual
}

func (q *Queue) run(a Attempt, event []byte) {
	retries := q.retriesOf(a.Function)
	queued, failures := time.Now(), 0
	for !a.Last {
		a.Number++
		began := time.Now()
		a.Result, a.Err = q.invoke(q.ctx, a.Source, a.Function, event)
		if q.ctx.Err() != nil {
			return
		}
		a.Took = time.Since(began)
		if a.Result != nil && a.Result.FunctionError != "" {
			failures++
		}
		a.Wait, a.Last = next(a.Result, a.Err, retries, failures, a.Number, time.Since(queued))
		q.done(a)
		timer := time.NewTimer(a.Wait)
		select {
		case <-timer.C:
		case <-q.ctx.Done():
			timer.Stop()
			return
		}
	}
}

// Close drops what waits for another attempt, and returns when nothing runs.
func (q *Queue) Close() {
	q.mu.Lock()
	q.cancel()
	q.mu.Unlock()
	q.waiting.Wait()
}
