package queues

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// Receiving says how messages are received.
type Receiving struct {
	Most       int            // at least one
	Visibility *time.Duration // for which they are hidden; nil for as long as the queue says
	Polled     bool           // by this process itself: see Open
}

// Receive waits until there is a message or the context ends, and takes what is
// there. Messages that were received too often go to the dead-letter queue
// instead. There are none where the context ended.
func (s *Store) Receive(ctx context.Context, arn string, r Receiving) ([]Received, error) {
	for {
		messages, changed, next, err := s.take(arn, r)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		if ctx.Err() != nil {
			return nil, nil //nolint:nilerr // that there was none in the time
		}
		timer := time.NewTimer(next)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// look is how long a receiver waits at most before it looks at the clock again: a
// machine that sleeps stops the timers, and not the time.
const look = time.Minute

// take takes what can be received now. Where there is nothing, it says what
// tells of new messages, and when one that is hidden is shown.
func (s *Store) take(arn string, r Receiving) (messages []Received, changed <-chan struct{}, next time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[arn]
	if !ok {
		return nil, nil, 0, ErrNoQueue
	}
	now := time.Now()
	if err := s.expire(q, now); err != nil {
		return nil, nil, 0, err
	}
	next = look
	hidden := q.settings.Visibility
	if r.Visibility != nil {
		hidden = *r.Visibility
	}
	to := s.queues[q.settings.DeadLetters]
	var taken, dead []*entry
	var after []state
	for _, e := range q.entries {
		if wait := e.Visible.Sub(now); wait > 0 {
			next = min(next, wait)
			continue
		}
		if to != nil && e.Receives >= q.settings.MaxReceives {
			dead = append(dead, e)
			continue
		}
		if len(taken) == r.Most {
			break
		}
		first := e.First
		if first.IsZero() {
			first = now.UTC().Truncate(time.Millisecond)
		}
		taken = append(taken, e)
		after = append(after, state{Sent: e.Sent, Visible: now.Add(hidden), Receives: e.Receives + 1, First: first, Receipt: newReceipt(e.number), Polled: r.Polled})
	}
	if err := s.bury(q, dead, to, now); err != nil {
		return nil, nil, 0, err
	}
	if len(taken) == 0 {
		return nil, q.changed, next, nil
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(q.arn))
		for i, e := range taken {
			c, err := content(tx, q, e)
			if err == nil {
				err = b.Bucket(states).Put(key(e.number), encoded(after[i]))
			}
			if err != nil {
				return err
			}
			messages = append(messages, Received{Content: c, Receipt: after[i].Receipt, Receives: after[i].Receives, First: after[i].First})
		}
		return nil
	})
	if err != nil {
		return nil, nil, 0, fmt.Errorf("receive messages of %s: %w", arn, err)
	}
	for i, e := range taken {
		e.state = after[i]
	}
	return messages, nil, 0, nil
}

// expire drops the messages that are older than the queue keeps them. The caller
// has the mutex, as for bury.
func (s *Store) expire(q *queue, now time.Time) error {
	if now.Before(q.expires) {
		return nil
	}
	var old []*entry
	next := now.Add(q.settings.Retention) // of what is sent from now on
	for _, e := range q.entries {
		if at := e.Sent.Add(q.settings.Retention); at.Before(now) {
			old = append(old, e)
		} else if at.Before(next) {
			next = at
		}
	}
	if len(old) > 0 {
		if err := s.db.Update(func(tx *bbolt.Tx) error { return remove(tx, q, old...) }); err != nil {
			return fmt.Errorf("drop old messages of %s: %w", q.arn, err)
		}
		q.drop(old)
	}
	q.expires = next
	return nil
}

// bury moves messages to the dead-letter queue that would be received once more
// than the queue allows. They keep their ID, and the time when they were sent
// (SQS Developer Guide, "Using dead-letter queues in Amazon SQS").
func (s *Store) bury(q *queue, from []*entry, to *queue, now time.Time) error {
	if len(from) == 0 {
		return nil
	}
	var added []*entry
	var dead []Dead
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, e := range from {
			c, err := content(tx, q, e)
			if err != nil {
				return err
			}
			c.Source = q.arn
			there := &entry{state: state{Sent: e.Sent, Visible: now, Receives: e.Receives, First: e.First}}
			if err := put(tx, to, there, c); err != nil {
				return err
			}
			added = append(added, there)
			dead = append(dead, Dead{Queue: q.arn, DeadLetters: to.arn, ID: c.ID, Receives: e.Receives})
		}
		return remove(tx, q, from...)
	})
	if err != nil {
		return fmt.Errorf("move messages of %s to its dead-letter queue: %w", q.arn, err)
	}
	q.drop(from)
	to.entries = append(to.entries, added...)
	to.expires = time.Time{} // they may be older than any there
	to.wake()
	for _, d := range dead {
		s.dead(d)
	}
	return nil
}

// drop forgets entries.
func (q *queue) drop(gone []*entry) {
	if len(gone) == 1 { // as it mostly is, in what may be a long queue
		i := slices.Index(q.entries, gone[0])
		q.entries = slices.Delete(q.entries, i, i+1)
		return
	}
	set := make(map[*entry]bool, len(gone))
	for _, e := range gone {
		set[e] = true
	}
	q.entries = slices.DeleteFunc(q.entries, func(e *entry) bool { return set[e] })
}

// find is the message that a receipt handle is of; nil where it is not its last
// one. The error is ErrReceipt.
func (q *queue) find(receipt string) (*entry, error) {
	number, ok := numberOf(receipt)
	if !ok {
		return nil, ErrReceipt
	}
	if e := q.at(number); e != nil && e.Receipt == receipt {
		return e, nil
	}
	return nil, nil
}

// at is the message with a number.
func (q *queue) at(number uint64) *entry {
	i, found := slices.BinarySearchFunc(q.entries, number, func(e *entry, number uint64) int { return cmp.Compare(e.number, number) })
	if !found {
		return nil
	}
	return q.entries[i]
}
