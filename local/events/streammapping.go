package events

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"annex/local/lambda"
)

// maxRead is how many records a stream gives at once ("GetRecords").
const maxRead = 1000

// maxWaiting is how many bytes of records wait at most before no more are read.
const maxWaiting = 64 << 20

// streamReader reads a table's stream, in as many lanes as the mapping has
// batches at once: each key has its lane, where its records stay in order. A lane
// whose batch fails holds up its own keys alone.
type streamReader struct {
	*reader

	mu    sync.Mutex
	read  string // the sequence number that was read last
	lanes []*lane
	room  chan struct{} // has an element when a lane has taken records
	saved []string      // the lanes' checkpoints as they are kept
	told  string        // the last trouble with keeping them
}

// lane is the records of some of the keys. The reader's mutex guards it.
type lane struct {
	waiting []Record
	working bool   // a batch is being worked on
	done    string // the sequence number up to which its records are done
	came    chan struct{}
}

func (s *streamReader) run(ctx, waiting context.Context) {
	p, ok := s.open(waiting)
	if !ok {
		return
	}
	s.read, s.room = p.low(), make(chan struct{}, 1)
	var working sync.WaitGroup
	for _, done := range p.Done {
		l := &lane{done: done, came: make(chan struct{}, 1)}
		s.lanes = append(s.lanes, l)
	}
	s.started()
	for _, l := range s.lanes {
		working.Go(func() { s.work(ctx, waiting, l) })
	}
	for s.hasRoom(waiting) {
		var records []Record
		if !s.trying(waiting, func() (err error) {
			records, err = s.sources.Records(waiting, &s.mapping, s.read, min(maxRead, s.most()))
			return err
		}) {
			break
		}
		s.take(records)
	}
	working.Wait()
	s.save() // also what was only filtered
}

// open finds where the mapping goes on, or begins. Where it begins is kept at
// once, so that a restart leaves nothing out.
func (s *streamReader) open(waiting context.Context) (checkpoint, bool) {
	lanes := max(1, s.mapping.Parallelization)
	var p checkpoint
	return p, s.trying(waiting, func() error {
		kept, found, err := s.kept.load(&s.mapping)
		if err != nil {
			return err
		}
		if found {
			p = kept.over(lanes)
			return nil
		}
		begin := ""
		if s.mapping.Latest {
			if begin, err = s.sources.End(waiting, &s.mapping); err != nil {
				return err
			}
		}
		p = checkpoint{Done: slices.Repeat([]string{begin}, lanes)}
		return s.kept.save(&s.mapping, p)
	})
}

// most is how many records may wait: what the next batches take, and with several
// lanes enough to find work for those that are not held up.
func (s *streamReader) most() int {
	if len(s.lanes) == 1 {
		return 2 * s.mapping.BatchSize
	}
	return max(2*s.mapping.BatchSize, 10*maxRead)
}

// hasRoom waits until records may come. It is false where the waiting ends.
func (s *streamReader) hasRoom(waiting context.Context) bool {
	for waiting.Err() == nil {
		s.mu.Lock()
		n, size := 0, 0
		for _, l := range s.lanes {
			n += len(l.waiting)
			for _, r := range l.waiting {
				size += len(r.JSON)
			}
		}
		s.mu.Unlock()
		if n < s.most() && size < maxWaiting {
			return true
		}
		select {
		case <-s.room:
		case <-waiting.Done():
		}
	}
	return false
}

// take gives records to their lanes: those that pass the filters, and that the
// lane has not done before. The others are done.
func (s *streamReader) take(records []Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		s.read = r.SequenceNumber
		l := s.lanes[laneOf(r.Key, len(s.lanes))]
		if compare(r.SequenceNumber, l.done) <= 0 || !s.mapping.filter.Match(r.JSON) {
			continue
		}
		l.waiting = append(l.waiting, r)
		signal(l.came)
	}
}

// laneOf is the same for a key as long as the number of lanes is.
func laneOf(key string, lanes int) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(key))           // has no error
	return int(sum.Sum32() % uint32(lanes)) //nolint:gosec // at most ten
}

// signal wakes who waits on the channel, now or next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// work calls the function with the lane's records, a batch after the other.
func (s *streamReader) work(ctx, waiting context.Context, l *lane) {
	for {
		batch := s.gather(waiting, l)
		if len(batch) == 0 || !s.deliver(ctx, waiting, l, batch) {
			return
		}
		s.mu.Lock()
		l.working = false
		s.mu.Unlock()
		s.save()
	}
}

// gather waits for the next batch of the lane: it is full, has 6 MB, or has
// waited for as long as the mapping's window, which begins with its first record.
// There is none where the waiting ends.
func (s *streamReader) gather(waiting context.Context, l *lane) []Record {
	var window <-chan time.Time
	for over := false; ; {
		s.mu.Lock()
		n := cut(sizes(l.waiting), s.mapping.BatchSize)
		full := n == s.mapping.BatchSize || n < len(l.waiting)
		if n > 0 && (full || over || s.mapping.Window == 0) {
			batch := slices.Clone(l.waiting[:n])
			l.waiting = slices.Delete(l.waiting, 0, n)
			l.working = true
			s.mu.Unlock()
			signal(s.room)
			return batch
		}
		s.mu.Unlock()
		if n > 0 && window == nil {
			timer := time.NewTimer(s.mapping.Window)
			defer timer.Stop()
			window = timer.C
		}
		select {
		case <-l.came:
		case <-window:
			over = true
		case <-waiting.Done():
			return nil
		}
	}
}

func sizes(records []Record) []int {
	all := make([]int, len(records))
	for i, r := range records {
		all[i] = len(r.JSON)
	}
	return all
}

// deliver works on a batch until its records are done or discarded. It is false
// where the mapping ends before.
func (s *streamReader) deliver(ctx, waiting context.Context, l *lane, batch []Record) bool {
	pieces := []piece{{records: batch}}
	throttled := 0
	for tries := 1; len(pieces) > 0; tries++ {
		p := pieces[0]
		if old := s.mapping.expired(p, time.Now()); old != nil {
			if !s.discard(waiting, l, old) {
				return false
			}
			pieces[0].records = p.records[len(old.records):]
			if len(pieces[0].records) == 0 {
				pieces, tries = pieces[1:], 0
			}
			continue
		}
		if waiting.Err() != nil {
			return false
		}
		rung := s.again.next()
		result, took, err := s.call(ctx, bodies(p.records))
		if ctx.Err() != nil {
			return false // who was called may have done it, which is not known
		}
		if err == nil {
			p.last = result
		}
		a := s.judge(result, err, p.records)
		done, rest, given := s.mapping.next(p, a)
		if !a.ran {
			throttled++
		} else {
			throttled = 0
		}
		split := len(rest) > 1
		again := len(rest) > 0
		d := Delivery{Mapping: &s.mapping, Batch: len(p.records), Number: p.invokes + 1, Took: took, Result: result, Err: err, Failed: len(p.records) - done, Split: split, Again: again}
		if again && (done == 0 && !split) {
			d.Wait = pause(tries)
		} else {
			tries = 0
		}
		if throttled < 2 { // one line says it
			s.observer.Delivered(d)
		}
		if done > 0 {
			s.progress(l, p.records[done-1])
		}
		pieces = append(rest, pieces[1:]...)
		if given != nil && !s.discard(waiting, l, given) {
			return false
		}
		if d.Wait > 0 && !sleep(waiting, rung, d.Wait) {
			return false
		}
	}
	return true
}

func bodies(records []Record) []json.RawMessage {
	all := make([]json.RawMessage, len(records))
	for i, r := range records {
		all[i] = r.JSON
	}
	return all
}

// judge says what a call of the function made of the records.
func (s *streamReader) judge(result *lambda.Result, err error, records []Record) attempt {
	all := attempt{ran: err == nil, first: len(records)}
	switch {
	case err != nil:
		return attempt{}
	case result.FunctionError != "":
		all.failed = true
		return all
	case !s.mapping.Partial:
		return all
	}
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.SequenceNumber
	}
	failed, ok := failures(result.Payload, ids)
	if all.failed = !ok; len(failed) > 0 {
		// Of several, the lowest is what counts.
		all.first = slices.IndexFunc(ids, func(id string) bool { return failed[id] })
	}
	return all
}

// progress notes that the lane's records are done up to this one.
func (s *streamReader) progress(l *lane, r Record) {
	s.mu.Lock()
	l.done = r.SequenceNumber
	s.mu.Unlock()
	s.save()
}

// discard tells the mapping's destination of records, and then gives them up. It
// is false where the mapping ends before the destination has been told.
func (s *streamReader) discard(waiting context.Context, l *lane, d *discard) bool {
	if queue := s.mapping.OnFailure; queue != "" {
		body := s.mapping.failureRecord(d, time.Now())
		if !s.trying(waiting, func() error { return s.sources.Send(waiting, &s.mapping, queue, body) }) {
			return false
		}
	}
	s.observer.Discarded(Discard{Mapping: &s.mapping, Records: len(d.records), Condition: d.condition, Attempts: d.invokes})
	s.progress(l, d.records[len(d.records)-1])
	return true
}

// save keeps how far the lanes have come. One without records is as far as was
// read.
func (s *streamReader) save() {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := checkpoint{}
	for _, l := range s.lanes {
		if len(l.waiting) == 0 && !l.working {
			l.done = s.read
		}
		p.Done = append(p.Done, l.done)
	}
	if slices.Equal(p.Done, s.saved) {
		return
	}
	err := s.kept.save(&s.mapping, p)
	switch {
	case err == nil:
		s.saved, s.told = p.Done, ""
	case s.told != err.Error():
		s.told = err.Error()
		s.observer.Trouble(&s.mapping, err)
	}
}
