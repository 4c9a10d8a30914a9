package queues

import (
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"annex/local/uuid"
)

// Task is a redrive: it moves the messages of a dead-letter queue
// (StartMessageMoveTask).
type Task struct {
	Handle      string
	Source      string // ARN of the dead-letter queue
	Destination string // ARN; empty for the queues from which the messages came
	Status      string // RUNNING, COMPLETED, CANCELLED or FAILED
	Failure     string
	Rate        int // messages a second; zero for as many as it can
	Started     time.Time
	ToMove      int // when it started
	Moved       int
}

// moving is a task, guarded by the store's mutex.
type moving struct {
	Task

	numbers []uint64 // of the messages that are left to be moved
}

// ErrMoving is that another redrive of the queue is running.
var ErrMoving = errors.New("there is already a task running. Only one active task is allowed for a source queue arn at a given time")

// ErrNoTask is that no redrive with a handle is running.
var ErrNoTask = errors.New("there is no such running task")

// Move starts a redrive of what can be received in a dead-letter queue now. The
// messages are new ones to the queues that get them, with another ID and time
// ("Learn how to configure a dead-letter queue redrive in Amazon SQS").
func (s *Store) Move(source, destination string, rate int) (Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[source]
	if !ok || destination != "" && s.queues[destination] == nil {
		return Task{}, ErrNoQueue
	}
	if q.moving != nil && q.moving.Status == running {
		return Task{}, ErrMoving
	}
	m := &moving{Task: Task{
		Handle: uuid.New(), Source: source, Destination: destination, Status: running, Rate: rate, Started: time.Now().UTC(),
	}}
	now := time.Now()
	for _, e := range q.entries {
		if !e.Visible.After(now) {
			m.numbers = append(m.numbers, e.number)
		}
	}
	m.ToMove = len(m.numbers)
	q.moving = m
	if rate == 0 {
		for s.step(q, m) {
		}
		return m.Task, nil
	}
	s.paced.Go(func() { s.pace(q, m, time.Second/time.Duration(rate)) })
	return m.Task, nil
}

const running = "RUNNING"

// pace moves a message at each interval, until there is none left or the store
// is closed.
func (s *Store) pace(q *queue, m *moving, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		s.mu.Lock()
		more := s.queues[q.arn] == q && s.step(q, m)
		s.mu.Unlock()
		if !more {
			return
		}
		select {
		case <-ticker.C:
		case <-s.closing:
			return
		}
	}
}

// step moves one message, and says whether the task goes on.
func (s *Store) step(q *queue, m *moving) bool {
	if m.Status != running {
		return false
	}
	if len(m.numbers) == 0 {
		m.Status = "COMPLETED"
		return false
	}
	number := m.numbers[0]
	m.numbers = m.numbers[1:]
	e := q.at(number)
	if e == nil || e.Visible.After(time.Now()) {
		return true // somebody else has received it
	}
	if err := s.revive(q, e, m.Destination); err != nil {
		m.Status, m.Failure = "FAILED", err.Error()
		return false
	}
	m.Moved++
	return true
}

// revive moves one message out of a dead-letter queue.
func (s *Store) revive(q *queue, e *entry, destination string) error {
	var to *queue
	there := &entry{state: state{Sent: time.Now().UTC().Truncate(time.Millisecond)}}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		c, err := content(tx, q, e)
		if err != nil {
			return err
		}
		if destination == "" {
			destination = c.Source
		}
		if to = s.queues[destination]; to == nil {
			return fmt.Errorf("message %s came to this queue by no redrive policy, so there is no queue to move it back to: name a destination", c.ID)
		}
		c.ID, c.Source = uuid.New(), ""
		return errors.Join(put(tx, to, there, c), remove(tx, q, e))
	})
	if err != nil {
		return err
	}
	q.drop([]*entry{e})
	to.entries = append(to.entries, there)
	to.wake()
	return nil
}

// Moves are the redrives of a dead-letter queue that are known: the one that
// runs, or ran last.
func (s *Store) Moves(source string) ([]Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[source]
	if !ok {
		return nil, ErrNoQueue
	}
	if q.moving == nil {
		return nil, nil
	}
	return []Task{q.moving.Task}, nil
}

// Running is the redrive with a handle, while it runs.
func (s *Store) Running(handle string) (Task, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.running(handle)
	if m == nil {
		return Task{}, false
	}
	return m.Task, true
}

// running finds the redrive that runs by its handle. The caller has the mutex.
func (s *Store) running(handle string) *moving {
	for _, q := range s.queues {
		if q.moving != nil && q.moving.Handle == handle && q.moving.Status == running {
			return q.moving
		}
	}
	return nil
}

// CancelMove ends a redrive, and says how many messages it has moved.
func (s *Store) CancelMove(handle string) (moved int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.running(handle)
	if m == nil {
		return 0, ErrNoTask
	}
	m.Status = "CANCELLED"
	return m.Moved, nil
}
