package queues

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"annex/local/uuid"
)

// Content is what stays of a message.
type Content struct {
	ID         string
	Body       string
	Attributes map[string]Attribute `json:",omitempty"`
	Sender     string               // as SenderId has it
	Sent       time.Time            `json:"-"`          // is in its state
	Trace      string               `json:",omitempty"` // AWSTraceHeader
	Group      string               `json:",omitempty"` // MessageGroupId, which a standard queue may have, too
	Source     string               `json:",omitempty"` // the ARN of the queue from which it came to this dead-letter queue
}

// Attribute is a message attribute.
type Attribute struct {
	Type   string // String, Number or Binary, and a label after a dot
	String string `json:",omitempty"`
	Binary []byte `json:",omitempty"`
}

// Received is a message that was received.
type Received struct {
	Content

	Receipt  string
	Receives int       // with this one
	First    time.Time // when it was received first
}

// Send puts a message into a queue, which gives it its ID and the time, and
// returns it. The delay is the queue's where it is nil.
func (s *Store) Send(arn string, c Content, delay *time.Duration) (Content, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[arn]
	if !ok {
		return c, ErrNoQueue
	}
	if delay == nil {
		delay = &q.settings.Delay
	}
	c.ID, c.Sent = uuid.New(), time.Now().UTC().Truncate(time.Millisecond)
	e := &entry{state: state{Sent: c.Sent, Visible: c.Sent.Add(*delay)}}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return put(tx, q, e, c) }); err != nil {
		return c, fmt.Errorf("keep a message of %s: %w", arn, err)
	}
	q.entries = append(q.entries, e)
	q.wake()
	return c, nil
}

// put writes a new message, whose entry gets its number.
func put(tx *bbolt.Tx, q *queue, e *entry, c Content) error {
	b := tx.Bucket([]byte(q.arn))
	number, err := b.NextSequence()
	if err != nil {
		return err
	}
	e.number = number
	return errors.Join(b.Bucket(contents).Put(key(number), encoded(c)), b.Bucket(states).Put(key(number), encoded(e.state)))
}

// content reads what a message says.
func content(tx *bbolt.Tx, q *queue, e *entry) (Content, error) {
	c := Content{Sent: e.Sent}
	return c, json.Unmarshal(tx.Bucket([]byte(q.arn)).Bucket(contents).Get(key(e.number)), &c)
}

// remove takes messages out of the file.
func remove(tx *bbolt.Tx, q *queue, entries ...*entry) error {
	b := tx.Bucket([]byte(q.arn))
	for _, e := range entries {
		if err := errors.Join(b.Bucket(contents).Delete(key(e.number)), b.Bucket(states).Delete(key(e.number))); err != nil {
			return err
		}
	}
	return nil
}

// newReceipt is a receipt handle for the message with the number.
func newReceipt(number uint64) string {
	return "AQEB" + hex.EncodeToString(key(number)) + rand.Text()
}

// numberOf is the number of the message that a receipt handle is of.
func numberOf(receipt string) (uint64, bool) {
	rest, ok := strings.CutPrefix(receipt, "AQEB")
	if !ok || len(rest) < 16 {
		return 0, false
	}
	number, err := hex.DecodeString(rest[:16])
	if err != nil {
		return 0, false
	}
	return binary.BigEndian.Uint64(number), true
}
