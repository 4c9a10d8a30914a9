package queues

import (
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// ErrReceipt is that a text is no receipt handle, ErrNotInFlight that its message
// is not hidden for it any more.
var (
	ErrReceipt     = errors.New("the input receipt handle is invalid")
	ErrNotInFlight = errors.New("the message referred to is not in flight")
)

// Delete deletes the message that a receipt handle is of. One that is gone, or
// that was received again since, is left alone, as SQS does without an error.
func (s *Store) Delete(arn, receipt string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[arn]
	if !ok {
		return ErrNoQueue
	}
	e, err := q.find(receipt)
	if e == nil {
		return err
	}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return remove(tx, q, e) }); err != nil {
		return fmt.Errorf("delete a message of %s: %w", arn, err)
	}
	q.drop([]*entry{e})
	return nil
}

// Hide has a message that is in flight stay hidden from now on for the time; none
// shows it at once.
func (s *Store) Hide(arn, receipt string, visibility time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[arn]
	if !ok {
		return ErrNoQueue
	}
	now := time.Now()
	e, err := q.find(receipt)
	if err != nil {
		return err
	}
	if e == nil || !e.Visible.After(now) {
		return ErrNotInFlight
	}
	after := e.state
	after.Visible = now.Add(visibility)
	err = s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(q.arn)).Bucket(states).Put(key(e.number), encoded(after))
	})
	if err != nil {
		return fmt.Errorf("hide a message of %s: %w", arn, err)
	}
	e.state = after
	q.wake()
	return nil
}

// Purge deletes all messages of a queue.
func (s *Store) Purge(arn string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[arn]
	if !ok {
		return ErrNoQueue
	}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return remove(tx, q, q.entries...) }); err != nil {
		return fmt.Errorf("purge %s: %w", arn, err)
	}
	q.entries = nil
	return nil
}

// Peek gives the first messages of a queue, whether they can be received or not,
// and leaves them as they are.
func (s *Store) Peek(arn string, most int) ([]Received, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[arn]
	if !ok {
		return nil, ErrNoQueue
	}
	var messages []Received
	err := s.db.View(func(tx *bbolt.Tx) error {
		for _, e := range q.entries[:min(most, len(q.entries))] {
			c, err := content(tx, q, e)
			if err != nil {
				return err
			}
			messages = append(messages, Received{Content: c, Receipt: e.Receipt, Receives: e.Receives, First: e.First})
		}
		return nil
	})
	return messages, err
}

// Count is how many messages a queue has.
type Count struct {
	Visible  int // can be received
	InFlight int // were received, and are hidden
	Delayed  int // were never received, and are hidden
	Oldest   time.Time
}

// Count counts the messages of a queue.
func (s *Store) Count(arn string) (Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[arn]
	if !ok {
		return Count{}, ErrNoQueue
	}
	now := time.Now()
	if err := s.expire(q, now); err != nil {
		return Count{}, err
	}
	var c Count
	for _, e := range q.entries {
		if c.Oldest.IsZero() || e.Sent.Before(c.Oldest) {
			c.Oldest = e.Sent
		}
		switch {
		case !e.Visible.After(now):
			c.Visible++
		case e.Receives > 0:
			c.InFlight++
		default:
			c.Delayed++
		}
	}
	return c, nil
}
