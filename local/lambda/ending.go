package lambda

import (
	"cmp"
	"errors"
	"os"
	"time"
)

// How processes and environments end.

// abandon ends what Close leaves without an answer.
func (e *environment) abandon() {
	for _, inv := range []*invocation{e.pending, e.current} {
		if inv != nil && inv.result == nil {
			inv.err = ErrClosed
			e.pool.release(e)
			close(inv.done)
		}
	}
	e.pending, e.current = nil, nil
	if e.prepared != nil {
		e.prepared <- ErrClosed
		e.prepared = nil
	}
}

// finish takes the current invocation off the process.
func (e *environment) finish() *invocation {
	inv := e.current
	e.current = nil
	inv.timer.Stop()
	e.process.output.end()
	return inv
}

// exited says that the process ended, by itself or killed.
func (e *environment) exited(p *process, how failure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := e.phase
	e.phase = down
	switch {
	case e.ended:
		e.abandon()
	case was == initialising:
		e.process = nil
		e.initFailed(p.initFailure(how), time.Since(p.started))
		return
	case e.current != nil:
		inv := e.finish()
		if inv.timedOut {
			how = timeout(e.pool.function.Timeout)
		}
		e.report(inv, &how)
		if was == running {
			e.deliver(inv, how.answer(inv.id))
		}
	}
	e.process = nil
	switch {
	case e.ended:
	case e.pending != nil:
		e.start()
	case e.provisioned.Load():
		e.pool.lost(e, false)
	}
}

// initFailed says that a process could not be started, or ended before it
// asked for an event. Lambda tries again within the invocation, and a second
// failure is the invocation's.
func (e *environment) initFailed(how failure, took time.Duration) {
	inv, first := e.pending, !e.initialised
	e.initialised = true
	if inv == nil {
		e.logInit(how, took, true)
		e.prepared <- errors.New(cmp.Or(how.message, how.kind))
		e.prepared = nil
		e.pool.lost(e, true)
		return
	}
	if inv.timedOut {
		how = timeout(e.pool.function.Timeout)
	}
	e.logInit(how, took, first)
	if first {
		e.start()
		return
	}
	e.pending = nil
	inv.timer.Stop()
	e.logStart(inv)
	e.report(inv, &how)
	e.deliver(inv, how.answer(inv.id))
}

// endInit kills a process whose init phase takes too long.
func (e *environment) endInit(p *process) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process == p && e.phase == initialising {
		p.limited = true
		p.kill()
	}
}

// timeOut kills the process of an invocation that takes too long.
func (e *environment) timeOut(inv *invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process != nil && (inv == e.current || inv == e.pending) {
		inv.timedOut = true
		e.process.measure()
		e.process.kill()
	}
}

// end ends the process, waits for it, and removes the temporary files.
func (e *environment) end() {
	e.mu.Lock()
	e.ended = true
	p := e.process
	notice := p != nil && p.extension
	e.mu.Unlock()
	if p != nil {
		p.shutDown(notice)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.temp != "" {
		_ = os.RemoveAll(e.temp) // what stays, stays in a folder for such files
	}
}
