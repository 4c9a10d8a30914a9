package lambda

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// phase is what an environment's process does.
type phase int

const (
	down         phase = iota // there is none
	initialising              // it has not asked for an event yet
	ready                     // it waits for an event
	running                   // it was given one
	answered                  // it has answered, and has not asked for the next one yet
)

// environment is an execution environment: a folder for temporary files, a log
// stream, and a process that handles one event at a time. It outlives its
// process: after a crash or a timeout the next event starts another one
// ("Lambda execution environment lifecycle").
//
// It changes by five events: invoke (an event is assigned to it), next and
// respond (what the runtime asks and says), exited, and timers.
type environment struct {
	pool   *pool
	stream string
	idle   *time.Timer // ends it; runs while it is in the pool, unless it is provisioned

	provisioned atomic.Bool // changes with the host's mutex
	prepared    chan error  // told once when a provisioned one is initialised, or is not; nil for others

	mu          sync.Mutex
	phase       phase
	process     *process
	temp        string      // made with the first process
	initialised bool        // the init phase is over, though it may have failed
	pending     *invocation // assigned, not yet given to the process
	current     *invocation // given to the process, until that asks for the next
	ended       bool
}

func newEnvironment(p *pool) *environment {
	e := &environment{
		pool:   p,
		stream: fmt.Sprintf("%s/[%s]%x", time.Now().UTC().Format("2006/01/02"), p.code.version, random(16)),
	}
	e.idle = time.AfterFunc(p.service.options.IdleTimeout, func() { p.expire(e) })
	e.idle.Stop()
	return e
}

// invoke assigns an event to the environment, which its caller took from the
// pool. It may take an environment whose process has answered and is about to
// ask for the next event: the caller of one invocation after the other, who is
// answered before the process asks, then meets the same process again.
func (e *environment) invoke(inv *invocation) {
	e.mu.Lock()
	e.pending = inv
	var event *delivery
	switch {
	case e.ended:
		e.abandon()
	case e.phase == down:
		e.start()
	case e.phase == ready:
		event = e.handOver()
	}
	e.mu.Unlock()
	event.send()
}

// start starts a process, for the pending invocation if there is one. The first one of an
// environment has an init phase of its own. Any other starts within the
// invocation and its time limit, after an init phase that failed or a reset.
func (e *environment) start() {
	if e.pending != nil {
		e.pending.cold = true
		if e.initialised {
			e.arm(e.pending)
		}
	}
	began := time.Now()
	p, err := startProcess(e)
	if err != nil {
		e.initFailed(failure{kind: "Runtime.InvalidEntrypoint", message: err.Error()}, time.Since(began))
		return
	}
	e.process, e.phase = p, initialising
	if !e.initialised {
		p.limit = time.AfterFunc(e.pool.service.initLimit, func() { e.endInit(p) })
	}
}

// arm starts the time of an invocation.
func (e *environment) arm(inv *invocation) {
	if inv.timer != nil {
		return
	}
	limit := e.pool.function.Timeout
	inv.started = time.Now()
	inv.deadline = inv.started.Add(limit)
	inv.timer = time.AfterFunc(limit, func() { e.timeOut(inv) })
}

// handOver gives the pending event to the waiting process. The caller sends
// what it returns once it has released the mutex.
func (e *environment) handOver() *delivery {
	inv, p := e.pending, e.process
	e.pending, e.current, e.phase = nil, inv, running
	p.output.begin(inv.id)
	e.logStart(inv)
	e.arm(inv)
	return &delivery{to: p.waiting, invocation: inv}
}

// next says that the process asked for an event on the connection. It is false
// where Lambda refuses that: with an event unanswered, or after reporting that
// init failed.
func (e *environment) next(p *process, c *connection) (*delivery, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process != p || e.phase == running || p.initError != nil {
		return nil, false
	}
	switch e.phase {
	case initialising:
		if !e.initialised {
			e.initialised = true
			p.limit.Stop()
			if e.pending != nil {
				e.pending.init = time.Since(p.started)
			}
		}
	case answered:
		e.report(e.finish(), nil)
	}
	e.phase, p.waiting = ready, c
	switch {
	case e.prepared != nil:
		e.pool.stock(e)
		e.prepared <- nil
		e.prepared = nil
		return nil, true
	case e.pending == nil:
		e.pool.settled(e)
		return nil, true
	}
	return e.handOver(), true
}

// respond takes the process's answer to an event.
func (e *environment) respond(p *process, id string, a answer) verdict {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.process != p || e.current == nil || e.current.id != id:
		return invalidRequestID
	case e.phase == answered:
		return invalidStateTransition
	}
	e.phase = answered
	e.deliver(e.current, a)
	return accepted
}

// failInit takes what the process says about an init that failed. It is then
// expected to exit.
func (e *environment) failInit(p *process, posted []byte) verdict {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process != p || e.phase != initialising || p.initError != nil {
		return invalidStateTransition
	}
	p.initError = initError(posted)
	return accepted
}

// register notes that the process wants a notice of its end.
func (e *environment) register(p *process) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p.extension = true
}

// deliver gives the invocation's caller the answer, and the environment back
// to the pool.
func (e *environment) deliver(inv *invocation, a answer) {
	inv.result = &Result{
		Payload:       a.payload,
		FunctionError: a.functionError,
		RequestID:     inv.id,
		Version:       e.pool.code.version,
		Cold:          inv.cold,
		Init:          inv.init,
		Started:       inv.started,
		Duration:      time.Since(inv.started),
		Trace:         inv.trace,
	}
	e.pool.service.invoked(Invocation{
		FunctionARN: e.pool.function.ARN,
		Version:     e.pool.code.version,
		Failed:      a.functionError != "",
		Cold:        inv.cold,
		Init:        inv.init,
		Duration:    inv.result.Duration,
	}, inv.arn)
	e.pool.release(e)
	close(inv.done)
}
