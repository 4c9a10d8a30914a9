// Package queues keeps the messages of SQS's standard queues in one file, so that
// they are there over restarts. What it has said is done is in the operating
// system's hands: a process that is killed loses none of it. Who may send and
// receive is for local/aws to judge, which alone may import it.
package queues

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// Settings are what a queue's attributes say (SQS API reference,
// "SetQueueAttributes").
type Settings struct {
	Visibility time.Duration // for which a message that was received is hidden
	Delay      time.Duration // before a message can be received
	Retention  time.Duration // after which a message is dropped

	DeadLetters string // the ARN of the queue for messages that were received too often; empty for none
	MaxReceives int    // how often they are received before
}

// Dead is a message that went to a dead-letter queue.
type Dead struct {
	Queue, DeadLetters string // ARNs
	ID                 string
	Receives           int
}

// Store is the queues in one file. It is safe for concurrent use within one
// process; two processes must not share the file.
type Store struct {
	db   *bbolt.DB
	dead func(Dead)

	closing chan struct{}
	once    sync.Once
	paced   sync.WaitGroup // redrives that take their time

	mu     sync.Mutex // also held while the file is written, so that both say the same
	queues map[string]*queue
}

// queue is what is known of a queue without reading the file.
type queue struct {
	arn      string
	settings Settings
	entries  []*entry      // in the order in which they came
	expires  time.Time     // before then, none of them is too old
	changed  chan struct{} // closed when there may be more to receive than before
	moving   *moving       // the redrive that runs, or ran last; nil for none
}

// entry is one message of a queue.
type entry struct {
	state

	number uint64 // in the file
}

// state is what changes of a message, and what is to be known without its
// content.
type state struct {
	Sent     time.Time
	Visible  time.Time // from when it can be received
	Receives int
	First    time.Time // when it was received first
	Receipt  string    // of the last receipt; empty for none
	Polled   bool      // by this process, which deletes it or shows it again
}

// In a queue's bucket, the messages are kept in two by their number: what each
// says, and its state.
var contents, states = []byte("contents"), []byte("states")

// ErrNoQueue is that there is no such queue.
var ErrNoQueue = errors.New("the specified queue does not exist")

// Open opens the file, which it makes where it is missing. The function dead is
// told of messages that were received too often; it must not call the store.
//
// A message that was given to this process' own poller before it ended can be
// received at once: nobody is left who might delete it.
func Open(file string, dead func(Dead)) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return nil, fmt.Errorf("keep the messages of queues: %w", err)
	}
	s := &Store{dead: dead, queues: map[string]*queue{}, closing: make(chan struct{})}
	err := s.load(file)
	if err == nil {
		// The file is not forced to the disk with each message: what was written is
		// there after the process is killed, as it is for tables and objects.
		s.db, err = bbolt.Open(file, 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true, Timeout: time.Second})
	}
	if err != nil {
		return nil, fmt.Errorf("read the messages of queues: %w: remove %s, or run `make clean-data`", err, file)
	}
	return s, nil
}

// load reads all of the file. It is opened for that alone: in what the end of a
// machine has damaged, bbolt finds pages that cannot be, and panics; when it opens
// a file to write, in a goroutine of its own, where nobody can say what to do.
func (s *Store) load(file string) (err error) {
	if info, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // of a file that is too short
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return err
	}
	defer func() {
		if damage := recover(); damage != nil {
			err = fmt.Errorf("%v", damage)
		}
		err = errors.Join(err, db.Close())
	}()
	return db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(arn []byte, b *bbolt.Bucket) error {
			q := &queue{arn: string(arn), changed: make(chan struct{}), settings: Settings{Retention: 14 * 24 * time.Hour}}
			s.queues[q.arn] = q
			all := b.Bucket(contents).Cursor()
			of, says := all.First()
			return b.Bucket(states).ForEach(func(number, data []byte) error {
				e := &entry{number: binary.BigEndian.Uint64(number)}
				if err := json.Unmarshal(data, &e.state); err != nil {
					return fmt.Errorf("message %d of %s: %w", e.number, arn, err)
				}
				if !bytes.Equal(of, number) || !json.Valid(says) {
					return fmt.Errorf("message %d of %s has lost its content", e.number, arn)
				}
				of, says = all.Next()
				if e.Polled {
					e.Visible, e.Polled = time.Time{}, false
				}
				q.entries = append(q.entries, e)
				return nil
			})
		})
	})
}

// Update makes the queues that are new, and has all go by their settings. Those
// that are not named are kept as they are.
func (s *Store) Update(settings map[string]Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for arn := range settings {
			b, err := tx.CreateBucketIfNotExists([]byte(arn))
			if err != nil {
				return err
			}
			for _, name := range [][]byte{contents, states} {
				if _, err := b.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the messages of queues: %w", err)
	}
	for arn, set := range settings {
		q, ok := s.queues[arn]
		if !ok {
			q = &queue{arn: arn, changed: make(chan struct{})}
			s.queues[arn] = q
		}
		q.settings, q.expires = set, time.Time{}
		q.wake()
	}
	return nil
}

// wake has those who wait for messages look again.
func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// Close ends the store, and redrives that run, with all that was done in the
// file. Closing again does nothing.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() { err = s.close() })
	return err
}

func (s *Store) close() error {
	s.mu.Lock()
	for _, q := range s.queues {
		q.wake()
	}
	clear(s.queues) // what still waits finds no queue
	s.mu.Unlock()
	close(s.closing)
	s.paced.Wait()
	return errors.Join(s.db.Sync(), s.db.Close())
}

// key is a message's number in the file.
func key(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

func encoded(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and times always marshal
	}
	return data
}
