package console

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Recorder keeps the last exchanges while at least one page is connected. Its
// methods may be called concurrently. Whoever records asks Watched first, and
// does nothing where it is false: that question is all that a closed page
// costs.
type Recorder struct {
	connected atomic.Int32 // pages

	closed chan struct{} // when the runner ends

	mu      sync.Mutex
	last    int64 // ID that was given
	ring    ring
	details details
	pages   map[*connection]struct{}
	trouble string
}

// NewRecorder makes a recorder that nobody looks at yet.
func NewRecorder() *Recorder {
	return &Recorder{closed: make(chan struct{}), pages: map[*connection]struct{}{}, details: newDetails()}
}

// Close ends the pages' connections, so that a server that ends does not wait
// for them. It is called once.
func (r *Recorder) Close() { close(r.closed) }

// Watched says whether a page is connected.
func (r *Recorder) Watched() bool { return r.connected.Load() > 0 }

// Recording is an exchange that is being recorded.
type Recording struct {
	recorder *Recorder

	exchange Exchange // guarded by the recorder's mutex
	size     int      // as the ring counted it
}

// Begin records the beginning of an exchange, which the page shows at once.
func (r *Recorder) Begin(e Exchange) *Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	e.ID = r.last
	recording := &Recording{recorder: r, exchange: e}
	if !r.Watched() { // the last page closed in this moment
		return recording
	}
	r.ring.add(recording)
	r.trim()
	r.publish("exchange", recording.exchange.summary())
	return recording
}

// ID is that of the exchange.
func (r *Recording) ID() int64 { return r.exchange.ID }

// Note lets f change the exchange.
func (r *Recording) Note(f func(*Exchange)) {
	r.recorder.mu.Lock()
	defer r.recorder.mu.Unlock()
	f(&r.exchange)
}

// End is Note for the last time: the exchange is over. Logs and calls may still
// come for it.
func (r *Recording) End(f func(*Exchange)) {
	r.recorder.mu.Lock()
	defer r.recorder.mu.Unlock()
	e := &r.exchange
	f(e)
	e.Ended = true
	if r.recorder.ring.holds(r) {
		for i := range e.Invocations {
			r.recorder.details.claim(r, i)
		}
		r.recorder.ring.grew(r)
		r.recorder.trim()
	}
	r.recorder.publish("exchange", e.summary())
}

// trim lets the oldest exchanges go, with what is kept for them. The caller has
// the mutex.
func (r *Recorder) trim() {
	for _, gone := range r.ring.trim() {
		r.details.forget(gone)
	}
}

// Log records a line of a function's log, of the invocation with the request
// ID. Lambda writes some after the answer.
func (r *Recorder) Log(requestID string, line Line) {
	if requestID == "" || !r.Watched() {
		return
	}
	line.Text = shorten(line.Text)
	r.late(requestID, func(i *Invocation) { i.Logs = append(i.Logs, line) })
}

// Call records a call to AWS. It belongs to the invocation whose trace it has;
// one that has none is an exchange of its own.
func (r *Recorder) Call(c Call) {
	if !r.Watched() {
		return
	}
	if c.Trace != "" {
		r.late(root(c.Trace), func(i *Invocation) { i.Calls = append(i.Calls, c) })
		return
	}
	e := Exchange{Source: "AWS call", Time: c.Time, Function: c.Caller, Calls: []Call{c}}
	r.Begin(e).End(func(e *Exchange) { e.Duration, e.Status = c.Duration, c.Status })
}

// late adds to the invocation with the key, or keeps what is added until it is
// known.
func (r *Recorder) late(key string, add func(*Invocation)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if owner := r.details.add(key, add); owner != nil {
		r.ring.grew(owner)
		r.trim()
		r.publish("exchange", owner.exchange.summary())
	}
}

// root is what a trace's headers have in common: the part that names the
// invocation here.
func root(trace string) string {
	for part := range strings.SplitSeq(trace, ";") {
		if strings.HasPrefix(part, "Root=") {
			return part
		}
	}
	return trace
}

// Served says that something else is served from now on, or the same with
// trouble about an edit: the reason why it is not in it, or nothing.
func (r *Recorder) Served(trouble string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trouble = trouble
	r.publish("served", map[string]string{"trouble": trouble})
}

// Failures to send a request again.
var (
	errGone   = errors.New(gone)
	errCut    = errors.New("the console kept only the beginning of this request's body, so it cannot be sent again")
	errUnread = errors.New("this request's body was not read to its end, so it cannot be sent again")
	errCaused = errors.New("no client sent this: only requests can be sent again")
)

// again is the request of an exchange, to be sent again, with the recorded body
// or with another.
func (r *Recorder) again(id int64, other bool) (Request, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	recording := r.ring.find(id)
	if recording == nil {
		return Request{}, errGone
	}
	if err := recording.exchange.replayable(); err != nil && (!other || errors.Is(err, errCaused)) {
		return Request{}, err
	}
	request := recording.exchange.Request
	request.Header = request.Header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	return request, nil
}

// replayable says why the request cannot be sent again; nil where it can.
func (e *Exchange) replayable() error {
	switch {
	case e.Source != "":
		return errCaused
	case int64(len(e.Request.Body)) < e.Request.Size:
		return errCut
	case !e.Request.Whole:
		return errUnread
	}
	return nil
}

// show is all that is known of an exchange.
func (r *Recorder) show(id int64) (shownExchange, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	recording := r.ring.find(id)
	if recording == nil {
		return shownExchange{}, false
	}
	return recording.exchange.show(), true
}
