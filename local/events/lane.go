package events

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"annex/local/lambda"
)

// lane is the records of some of the keys. The reader's mutex guards it.
type lane struct {
	waiting []Record
	working bool   // a batch is being worked on
	done    string // the sequence number up to which its records are done
	came    chan struct{}
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
	refused := false
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
		d := Delivery{
			Mapping: &s.mapping, Batch: len(p.records), Number: p.invokes + 1, Took: took, Result: result, Err: err,
			Failed: len(p.records) - done, Split: len(rest) > 1, Again: len(rest) > 0, Wrong: a.wrong,
		}
		if d.Again && !d.Split && done == 0 {
			d.Wait = pause(tries)
		} else {
			tries = 0 // it goes on
		}
		if a.ran || !refused { // one line says that it does not run
			s.observer.Delivered(d)
		}
		refused = !a.ran
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
	failed, wrong := failures(result.Payload, ids)
	all.wrong, all.failed = wrong, wrong != ""
	if len(failed) > 0 {
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
