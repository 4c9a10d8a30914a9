package events

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"annex/local/lambda"
)

// concurrent is how many batches of a queue are worked on at once where the
// mapping has no maximum: with as many Lambda begins ("Configuring scaling
// behavior for SQS event source mappings"), and goes on to a thousand, which no
// machine here has room for.
const concurrent = 5

// closing is how long showing messages again may take when the runner ends.
const closing = 200 * time.Millisecond

// queueReader reads a queue. A message that its function has done is deleted; one
// that failed the queue shows again when its visibility timeout is over, and gives
// to its own dead-letter queue when that came too often.
type queueReader struct {
	*reader

	mu     sync.Mutex
	over   []Message            // received, and too much for the batch that was cut
	hidden map[string]time.Time // until when the queue hides the messages that failed, by receipt
}

func (q *queueReader) run(ctx, waiting context.Context) {
	q.hidden = map[string]time.Time{}
	slots := make(chan struct{}, max(1, q.mapping.Concurrency))
	var working sync.WaitGroup
	working.Go(func() { q.showAgain(waiting) })
	// Messages are received when there is a slot for them: the time for which the
	// queue hides them is their function's.
	for q.slot(waiting, slots) {
		batch := q.gather(waiting)
		if len(batch) == 0 {
			<-slots
			continue
		}
		working.Go(func() {
			defer func() { <-slots }()
			q.deliver(ctx, waiting, batch)
		})
	}
	working.Wait()
	q.release(q.over)
}

func (q *queueReader) slot(waiting context.Context, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return waiting.Err() == nil
	case <-waiting.Done():
		return false
	}
}

// gather receives the next batch, of the messages that pass the filters; the
// others are deleted. It is full, has 6 MB, or has waited for as long as the
// mapping's window, which begins with its first message. There is none where the
// waiting ends.
func (q *queueReader) gather(waiting context.Context) []Message {
	batch := q.over
	q.over = nil
	window, over := context.WithCancel(waiting)
	defer over()
	begun := false
	for len(batch) < q.mapping.BatchSize {
		if len(batch) > 0 && q.mapping.Window == 0 {
			break
		}
		if len(batch) > 0 && !begun {
			begun = true
			defer time.AfterFunc(q.mapping.Window, over).Stop()
		}
		var received []Message
		if !q.trying(window, func() (err error) {
			received, err = q.sources.Receive(window, &q.mapping, q.mapping.BatchSize-len(batch))
			return err
		}) || len(received) == 0 {
			break
		}
		for _, m := range received {
			if q.mapping.filter.Match(m.JSON) {
				batch = append(batch, m)
			} else {
				q.delete(waiting, m)
			}
		}
		if n := cut(messageSizes(batch), q.mapping.BatchSize); n < len(batch) {
			batch, q.over = batch[:n], batch[n:]
			break
		}
	}
	if waiting.Err() != nil {
		q.release(batch)
		return nil
	}
	return batch
}

func messageSizes(messages []Message) []int {
	all := make([]int, len(messages))
	for i, m := range messages {
		all[i] = len(m.JSON)
	}
	return all
}

// deliver calls the function with a batch, and again while that is throttled and
// the queue hides the messages ("Backoff strategy for failed invocations").
func (q *queueReader) deliver(ctx, waiting context.Context, batch []Message) {
	shown := time.Now().Add(q.mapping.Visibility) // at the latest
	records := make([]json.RawMessage, len(batch))
	for i, m := range batch {
		records[i] = m.JSON
	}
	for tries := 1; ; tries++ {
		rung := q.again.next()
		result, took, err := q.call(ctx, records)
		if ctx.Err() != nil {
			q.release(batch)
			return
		}
		d := Delivery{Mapping: &q.mapping, Batch: len(batch), Number: tries, Took: took, Result: result, Err: err}
		left := time.Until(shown)
		if err != nil && pause(tries) < left {
			d.Failed, d.Again, d.Wait = len(batch), true, pause(tries)
			if tries == 1 { // one line says it
				q.observer.Delivered(d)
			}
			if !sleep(waiting, rung, d.Wait) {
				q.release(batch)
				return
			}
			continue
		}
		failed, wrong := q.judge(result, err, batch)
		d.Failed, d.Wrong = len(failed), wrong
		if d.Failed > 0 {
			d.Again, d.Wait = true, max(0, left)
			q.hide(failed, shown)
		}
		q.observer.Delivered(d)
		for _, m := range batch {
			if !containsMessage(failed, m) {
				q.delete(waiting, m)
			}
		}
		return
	}
}

func containsMessage(messages []Message, m Message) bool {
	for _, other := range messages {
		if other.Receipt == m.Receipt {
			return true
		}
	}
	return false
}

// judge are the messages of the batch that are not done, and what is wrong with
// an answer that leaves all of them.
func (q *queueReader) judge(result *lambda.Result, err error, batch []Message) (left []Message, wrong string) {
	switch {
	case err != nil || result.FunctionError != "":
		return batch, ""
	case !q.mapping.Partial:
		return nil, ""
	}
	ids := make([]string, len(batch))
	for i, m := range batch {
		ids[i] = m.id()
	}
	failed, wrong := failures(result.Payload, ids)
	if wrong != "" {
		return batch, wrong
	}
	for i, m := range batch {
		if failed[ids[i]] {
			left = append(left, m)
		}
	}
	return left, ""
}

// id is by which a function names the message.
func (m Message) id() string {
	var fields struct{ MessageID string }
	_ = json.Unmarshal(m.JSON, &fields) // the queue wrote it
	return fields.MessageID
}

// delete has what is done go from the queue. Where that does not succeed it comes
// again, which whoever reads a queue has to expect.
func (q *queueReader) delete(waiting context.Context, m Message) {
	// Also while the runner ends: it is done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(waiting), closing)
	defer cancel()
	if err := q.sources.Delete(ctx, &q.mapping, m.Receipt); err != nil {
		q.observer.Trouble(&q.mapping, err)
	}
}

// release shows messages again whose function did not get to do them, for whoever
// reads the queue next.
func (q *queueReader) release(messages []Message) {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	for _, m := range messages {
		if err := q.sources.Release(ctx, &q.mapping, m.Receipt); err != nil {
			return // the queue shows it when its visibility timeout is over
		}
	}
}

func (q *queueReader) hide(failed []Message, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for receipt, at := range q.hidden {
		if time.Now().After(at) {
			delete(q.hidden, receipt)
		}
	}
	for _, m := range failed {
		q.hidden[m.Receipt] = until
	}
}

// showAgain has the queue show what failed whenever there is a reason to try
// again: who mended the function does not want to wait for the visibility timeout,
// which AWS would.
func (q *queueReader) showAgain(waiting context.Context) {
	for {
		select {
		case <-q.again.next():
		case <-waiting.Done():
			return
		}
		q.mu.Lock()
		var failed []Message
		for receipt, at := range q.hidden {
			if time.Now().Before(at) {
				failed = append(failed, Message{Receipt: receipt})
			}
		}
		clear(q.hidden)
		q.mu.Unlock()
		q.release(failed)
	}
}
