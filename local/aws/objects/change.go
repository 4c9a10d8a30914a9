package objects

import (
	"crypto/rand"
	"fmt"
	"time"
)

// Change is that an object was written or deleted.
type Change struct {
	Bucket, Key string
	Deleted     bool
	Size        int64
	ETag        string // without quotes; of what is written
	Version     string // of what is written, or of the delete marker where the bucket keeps versions
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

// newVersion is the id of another version: S3's are opaque, too.
func newVersion() string { return rand.Text() }

// unversioned is the id of an object that was written when its bucket had no
// versions ("Working with objects in a versioning-suspended bucket").
const unversioned = "null"
