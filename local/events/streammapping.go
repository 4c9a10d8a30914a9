package events

import (
	"context"
	"hash/fnv"
	"slices"
	"sync"
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
