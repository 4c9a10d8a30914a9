package events

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"annex/local/lambda"
)

// Sources are the services that mappings read, and tell of what they discard.
// Each call has the permissions of the mapping's function, and its error says
// which one is missing.
type Sources interface {
	// Records are the oldest of a stream after a sequence number, and after none
	// the oldest that are kept. It waits until there is one, or the context ends:
	// then there are none.
	Records(ctx context.Context, m *Mapping, after string, most int) ([]Record, error)

	// End is the sequence number after which what is written from now on comes.
	End(ctx context.Context, m *Mapping) (string, error)

	// Receive are messages of a queue, which are hidden for the queue's visibility
	// timeout. It waits as Records does.
	Receive(ctx context.Context, m *Mapping, most int) ([]Message, error)

	// Delete takes a message from its queue, and Release shows it again.
	Delete(ctx context.Context, m *Mapping, receipt string) error
	Release(ctx context.Context, m *Mapping, receipt string) error

	// Send has the queue of a destination take a message.
	Send(ctx context.Context, m *Mapping, queueARN, body string) error
}

// Delivery is one run of a function for a batch of a mapping.
type Delivery struct {
	Mapping *Mapping
	Batch   int // records
	Number  int // of the attempt, from 1
	Took    time.Duration
	Result  *lambda.Result // nil with Err
	Err     error          // why it did not run
	Failed  int            // records that are not done
	Wrong   string         // why its answer fails the batch as a whole
	Split   bool           // what failed is tried in halves
	Again   bool           // what failed is tried again
	Wait    time.Duration  // until then, or until a queue shows it again
}

// Discard is what a mapping of a stream gave up.
type Discard struct {
	Mapping   *Mapping
	Records   int
	Condition string // such as RetryAttemptsExhausted
	Attempts  int
}

// Observer is told what mappings do. Calls may come concurrently.
type Observer struct {
	Delivered func(Delivery)
	Discarded func(Discard)
	Trouble   func(m *Mapping, err error) // reading a source or telling a destination, which is tried again
}

// Mappings has functions called with what the sources of their mappings have,
// at least once each. Update and Close are not for concurrent use.
type Mappings struct {
	sources  Sources
	invoke   Invoke
	observer Observer
	kept     checkpoints

	ctx    context.Context //nolint:containedctx // ends with Close, and is no caller's
	cancel context.CancelFunc
	ended  sync.WaitGroup

	running map[string]*reader // by the mapping's ID
	ending  map[string]*reader // those before, likewise
}

// NewMappings makes none yet. How far each has read its stream is kept in the
// folder. Close it.
func NewMappings(folder string, sources Sources, invoke Invoke, observer Observer) *Mappings {
	m := &Mappings{sources: sources, invoke: invoke, observer: observer, kept: checkpoints{folder}, running: map[string]*reader{}, ending: map[string]*reader{}}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// beginning is how long Update waits at most: a database that does not answer
// holds up nobody else.
const beginning = 500 * time.Millisecond

// Update follows the templates and the functions' code. A mapping that is new
// begins, and is where it begins when Update returns; one that is gone or other
// than before ends with the call of its function that is under way. Of those that
// stay, whoever waits to try again does not wait any longer.
func (m *Mappings) Update(mappings []Mapping) {
	if m.ctx.Err() != nil {
		return
	}
	before := m.running
	m.running = map[string]*reader{}
	for _, mapping := range mappings {
		if last := before[mapping.ID]; last != nil && last.mapping.same(mapping) {
			m.running[mapping.ID] = last
			delete(before, mapping.ID)
			last.again.ring()
		}
	}
	for id, gone := range before {
		gone.retire()
		m.ending[id] = gone
	}
	limit, cancel := context.WithTimeout(m.ctx, beginning)
	defer cancel()
	for _, mapping := range mappings {
		if m.running[mapping.ID] != nil {
			continue
		}
		r, last := newReader(m, mapping), m.ending[mapping.ID]
		m.running[mapping.ID] = r
		m.ended.Go(func() {
			if last != nil {
				<-last.ended
			}
			r.run()
		})
		if last != nil {
			continue // it begins when the call under way ends
		}
		select {
		case <-r.begun:
		case <-limit.Done():
		}
	}
}

// Close ends the mappings without waiting for functions: what they were called
// with is not done.
func (m *Mappings) Close() {
	m.cancel()
	m.ended.Wait()
}

// reader reads the source of one mapping.
type reader struct {
	*Mappings

	mapping Mapping
	again   *bell           // rings when there is a reason to try again at once
	waiting context.Context //nolint:containedctx // of what is waited for: ends with retire, which calls of the function outlive
	retire  context.CancelFunc
	ended   chan struct{} // closed when it has

	begin sync.Once
	begun chan struct{} // closed when it is known where it begins
}

func newReader(m *Mappings, mapping Mapping) *reader {
	r := &reader{Mappings: m, mapping: mapping, again: newBell(), ended: make(chan struct{}), begun: make(chan struct{})}
	r.waiting, r.retire = context.WithCancel(m.ctx)
	return r
}

func (r *reader) started() { r.begin.Do(func() { close(r.begun) }) }

func (r *reader) run() {
	defer close(r.ended)
	defer r.retire()
	defer r.started()
	if r.mapping.isQueue() {
		r.started()
		(&queueReader{reader: r}).run(r.ctx, r.waiting)
		return
	}
	(&streamReader{reader: r}).run(r.ctx, r.waiting)
}

// trying calls f until it succeeds or the waiting ends, and tells of each new
// reason why it does not.
func (r *reader) trying(waiting context.Context, f func() error) bool {
	told := ""
	for tries := 1; ; tries++ {
		rung := r.again.next()
		err := f()
		if err == nil {
			return true
		}
		if waiting.Err() != nil {
			return false
		}
		if told != err.Error() {
			told = err.Error()
			r.observer.Trouble(&r.mapping, err)
		}
		r.started()
		if !sleep(waiting, rung, pause(tries)) {
			return false
		}
	}
}

// call calls the function with a batch.
func (r *reader) call(ctx context.Context, records []json.RawMessage) (*lambda.Result, time.Duration, error) {
	began := time.Now()
	result, err := r.invoke(ctx, r.mapping.Name, r.mapping.Function, eventOf(records))
	return result, time.Since(began), err
}

// bell wakes those who wait.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // closed by the next ring
}

func newBell() *bell { return &bell{rung: make(chan struct{})} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung = make(chan struct{})
}

// next is closed when the bell rings next. Who is not to miss it asks before the
// attempt that may make him wait.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rung
}

// sleep waits for a time, or until the bell has rung. It is false where the
// context ends.
func sleep(ctx context.Context, rung <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-rung:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
