package events

import (
	"time"

	"annex/local/lambda"
)

// retention is how long a table's stream keeps a record ("Change data capture
// for DynamoDB Streams").
const retention = 24 * time.Hour

// The conditions under which records of a stream are discarded, as the
// destination is told them.
const (
	retryAttemptsExhausted = "RetryAttemptsExhausted"
	recordAgeExceeded      = "RecordAgeExceeded"
)

// piece is a batch of a stream's records, or what is left of one after an
// attempt.
type piece struct {
	records  []Record
	failures int            // that count for the mapping's retries
	invokes  int            // of the function, with these records
	last     *lambda.Result // of which, nil before the first
}

// attempt is what became of a piece that the function was called with.
type attempt struct {
	ran    bool   // the function did; it is not throttled, nor missing
	failed bool   // it failed, or its answer fails all records
	wrong  string // why the answer does
	first  int    // the first record that failed; as many as there are for none
}

// discard is what is given up of a piece.
type discard struct {
	records   []Record
	condition string
	invokes   int
	last      *lambda.Result // nil where the function was never called with them
}

// next is what follows an attempt: how many of the piece's first records are
// done, what else of it is to be tried, in this order, and what is given up
// ("Retain discarded records for a DynamoDB event source in Lambda" and
// "Configuring partial batch response with DynamoDB and Lambda"):
//
//   - What could not be given to the function is tried until it is too old, and
//     costs no retry.
//   - A batch that failed is tried again, as often as the mapping's retries. With
//     bisecting it is tried in halves, which costs no retry, until it is one
//     record.
//   - Of a batch that failed from one record on, the records before are done. The
//     rest is tried again, which with bisecting costs no retry either: the batch
//     "is bisected at the returned sequence number".
//
// AWS does not say what becomes of a batch whose very first record is the
// returned one while bisecting is on. Here it is taken for one that failed: else
// it would be tried for ever, or be discarded with the good records behind it.
func (m *Mapping) next(p piece, a attempt) (done int, rest []piece, given *discard) {
	if !a.ran {
		return 0, []piece{p}, nil
	}
	p.invokes++
	whole := a.failed || a.first == 0
	switch {
	case !whole && a.first >= len(p.records):
		return len(p.records), nil, nil
	case !whole:
		done = a.first
		p.records = p.records[done:]
	}
	if m.Bisect {
		if !whole {
			return done, []piece{p}, nil
		}
		if half := (len(p.records) + 1) / 2; half < len(p.records) {
			first, second := p, p
			first.records, second.records = p.records[:half], p.records[half:]
			return 0, []piece{first, second}, nil
		}
	}
	p.failures++
	if m.Retries >= 0 && p.failures > m.Retries {
		return done, nil, &discard{p.records, retryAttemptsExhausted, p.invokes, p.last}
	}
	return done, []piece{p}, nil
}

// expired are the first records of the piece that are too old to be tried.
func (m *Mapping) expired(p piece, now time.Time) *discard {
	age := retention
	if m.MaxAge > 0 {
		age = min(age, m.MaxAge)
	}
	n := 0
	for n < len(p.records) && now.Sub(p.records[n].Created) > age {
		n++
	}
	if n == 0 {
		return nil
	}
	return &discard{p.records[:n], recordAgeExceeded, p.invokes, p.last}
}

// The time between attempts, which AWS does not give: it grows, so that what is
// broken for long is not tried all the time. An edit ends it.
const (
	firstPause = 250 * time.Millisecond
	maxPause   = 30 * time.Second
)

// pause is the time after the attempt, counted from 1, until the next.
func pause(attempt int) time.Duration {
	const doublings = 7 // to maxPause
	return min(maxPause, firstPause<<min(attempt-1, doublings))
}
