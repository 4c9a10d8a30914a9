// Package events starts functions that nobody waits for: those that are invoked
// asynchronously, as Lambda's own queue does, those of schedules, as EventBridge
// Scheduler does, and those of queues and tables' streams, as event source
// mappings do. Only local's main may import it.
package events

import (
	"context"
	"errors"
	"strings"
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
	Err      error          // why it did not run, or why nobody is told of the last one
	Wait     time.Duration  // until the next attempt
	Last     bool           // there is none

	// Told are the ARNs of the queues and functions that are told of the last one.
	Told []string
}

// Tell has a destination take a message about an asynchronous invocation of a
// function, with the permissions of the function.
type Tell func(ctx context.Context, a Attempt, destinationARN, body string, attributes map[string]string) error

// Queue runs functions for events that nobody waits for. Its methods may be
// called concurrently.
type Queue struct {
	invoke Invoke
	tell   Tell
	done   func(Attempt)

	ctx     context.Context //nolint:containedctx // ends with Close, and is no caller's
	cancel  context.CancelFunc
	waiting sync.WaitGroup

	mu      sync.Mutex         // also held to begin a run and to close, so that none begins after it
	retries map[string]Retries // by ARN; a map is never changed
	dead    map[string]string  // dead-letter queues by the functions' unqualified ARNs; likewise
}

// NewQueue makes a queue that calls done for each attempt, after it has told
// whoever is to be told of the last. Calls may come concurrently. Close it.
func NewQueue(invoke Invoke, tell Tell, done func(Attempt)) *Queue {
	q := &Queue{invoke: invoke, tell: tell, done: done}
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
func (q *Queue) Update(c Config) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.retries, q.dead = c.Retries, c.DeadLetters
}

// of is how a function is tried again, and its dead-letter queue.
func (q *Queue) of(functionARN string) (retries Retries, deadLetters string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for arn, queue := range q.dead {
		if functionARN == arn || strings.HasPrefix(functionARN, arn+":") {
			deadLetters = queue
		}
	}
	if r, ok := q.retries[functionARN]; ok {
		return r, deadLetters
	}
	return usual, deadLetters
}

func (q *Queue) run(a Attempt, event []byte) {
	retries, deadLetters := q.of(a.Function)
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
		if a.Last {
			q.end(&a, retries, deadLetters, condition(a.Result, a.Err, retries, failures), event)
		}
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

// end tells whoever is to be told of an event that is over. A message that cannot
// be sent is lost, as at AWS: the attempt's error says so.
func (q *Queue) end(a *Attempt, retries Retries, deadLetters, condition string, event []byte) {
	tell := func(arn, body string, attributes map[string]string) {
		if arn == "" {
			return
		}
		if err := q.tell(q.ctx, *a, arn, body, attributes); err != nil {
			a.Err = errors.Join(a.Err, err)
			return
		}
		a.Told = append(a.Told, arn)
	}
	if condition == success {
		tell(retries.OnSuccess, invocationRecord(*a, condition, event, time.Now()), nil)
		return
	}
	tell(retries.OnFailure, invocationRecord(*a, condition, event, time.Now()), nil)
	tell(deadLetters, string(event), deadLetterAttributes(*a))
}

// Close drops what waits for another attempt, and returns when nothing runs.
func (q *Queue) Close() {
	q.mu.Lock()
	q.cancel()
	q.mu.Unlock()
	q.waiting.Wait()
}
