package events

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Mapping is an event source mapping: it has a function called with what its
// source has, in batches (AWS::Lambda::EventSourceMapping).
type Mapping struct {
	ID       string // names it over restarts: its stack's name and its logical ID
	Name     string // as messages have it, such as "stream annex-dev-cart-Carts"
	Source   string // the ARN of a queue or of a table's stream
	Function string // the ARN of what is called, with its alias
	RoleARN  string // the function's, by which the source is read

	BatchSize   int           // records of one batch at most
	Window      time.Duration // for which a batch may wait until it is full
	Partial     bool          // the function says which records of a batch failed (ReportBatchItemFailures)
	Filters     []string      // patterns, any of which a record has to match; nil for no filter
	Concurrency int           // batches of a queue at once

	// Of a stream alone:
	Latest          bool          // begins with what is written after the mapping is there, and not with the oldest record
	Bisect          bool          // a batch that failed is tried again in halves
	Retries         int           // of a batch that failed; -1 for as many as it takes
	MaxAge          time.Duration // after which a record is discarded
	Parallelization int           // batches at once, each of other keys
	OnFailure       string        // the ARN of the queue that is told of discarded records; empty for none

	Visibility time.Duration // for which the queue hides a message that was received

	filter Filters
}

// same says whether the other is the same mapping with the same properties.
func (m Mapping) same(other Mapping) bool {
	filters, others := m.Filters, other.Filters
	m.Filters, m.filter, other.Filters, other.filter = nil, nil, nil, nil
	a, _ := json.Marshal(m) // strings and numbers
	b, _ := json.Marshal(other)
	return string(a) == string(b) && slices.Equal(filters, others)
}

// isQueue tells a queue's mapping from a stream's.
func (m Mapping) isQueue() bool { return isQueueARN(m.Source) }

// Record is one change in a table's stream.
type Record struct {
	SequenceNumber string // decimal; grows within the stream
	Created        time.Time
	Key            string          // of its item: records of one key stay in order
	Shard          string          // the ID of the shard that has it
	JSON           json.RawMessage // as the function gets it
}

// Message is one message of a queue.
type Message struct {
	Receipt  string
	Sent     time.Time
	Body     string
	Receives int
	JSON     json.RawMessage // as the function gets it
}

// eventLimit is the size of a batch's event in bytes, at which it is full ("How
// Lambda processes records from stream and queue-based event sources").
const eventLimit = 6 << 20

// cut is how many of the records with the sizes in bytes make the next batch:
// as many as the batch size and 6 MB allow, and at least one, if there is one.
func cut(sizes []int, batchSize int) int {
	total := len(`{"Records":[]}`)
	for i, size := range sizes {
		total += size + len(",")
		if i == batchSize || i > 0 && total > eventLimit {
			return i
		}
	}
	return len(sizes)
}

// eventOf is the event of a batch, of the records as they are written: encoding
// them again could make more than 6 MB of them.
func eventOf(records []json.RawMessage) []byte {
	event := []byte(`{"Records":[`)
	for i, r := range records {
		if i > 0 {
			event = append(event, ',')
		}
		event = append(event, r...)
	}
	return append(event, "]}"...)
}

// compare orders two sequence numbers, of which none is the lowest.
func compare(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
