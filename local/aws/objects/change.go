package objects

import (
	"fmt"
	"time"
)

// Change is that an object was written or deleted.
type Change struct {
	Bucket, Key string
	Deleted     bool
	Size        int64
	ETag        string // without quotes; of what is written
	Sequencer   string // of two changes of one key, the later one has the greater
	Cause       string // what CauseHeader said, or Delete was told
}

// CauseHeader is for what the observer is to know of who writes an object. It is
// not kept with the object.
const CauseHeader = smuggled + "Cause"

// Observe has a function told of each change from now on, before Put or Delete
// returns; its error is theirs. It may not be called while the store is in use.
func (s *Store) Observe(observer func(Change) error) { s.observer = observer }

// sequence is the sequencer of a change, as S3 writes them: the seconds and what
// is between them. The caller has the lock.
func (s *Store) sequence() string {
	now := time.Now()
	next := uint64(now.Unix())<<32 | uint64(now.Nanosecond())<<2 //nolint:gosec // a time after 1970, in 32 bits each
	s.sequencer = max(next, s.sequencer+1)
	return fmt.Sprintf("%016x", s.sequencer)
}
