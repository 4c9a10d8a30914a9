package lambda

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
)

// function is a Function with its environments.
type function struct {
	Function

	compiling sync.Mutex // guards binary
	binary    string     // absolute path; empty until the first invocation

	// Guarded by the host's mutex.
	pools   map[code]*pool
	retired bool // its environments end when they have answered
}

// code is what an environment runs. Two versions never share an environment,
// nor do two builds of one.
type code struct {
	version string
	binary  string // absolute path
}

// pool holds the environments of one function's code that wait for an event,
// the latest used last. The latest is taken first, so that those beyond what
// the load needs grow old and end.
type pool struct {
	service  *host
	function *function
	code     code
	idle     []*environment
}

// acquire takes an environment of the function for one invocation, or makes
// one. Its release comes with the invocation's answer.
func (s *Service) acquire(f *function, version string) (*environment, error) {
	binary, err := f.compiled(s.options.Binary)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if limit := f.ReservedConcurrency; limit != nil && s.running[f.ARN] >= *limit {
		return nil, &TooManyRequestsError{Function: f.Name, Limit: *limit}
	}
	s.running[f.ARN]++
	c := code{version, binary}
	p := f.pools[c]
	if p == nil {
		p = &pool{service: s.host, function: f, code: c}
		f.pools[c] = p
	}
	if last := len(p.idle) - 1; last >= 0 {
		e := p.idle[last]
		p.idle[last] = nil
		p.idle = p.idle[:last]
		e.idle.Stop()
		return e, nil
	}
	e := newEnvironment(p)
	s.environments[e] = struct{}{}
	return e, nil
}

// compiled is the path of the function's bootstrap. Invocations that come
// while it is being compiled wait for it.
func (f *function) compiled(binary func(Function) (string, error)) (string, error) {
	f.compiling.Lock()
	defer f.compiling.Unlock()
	if f.binary != "" {
		return f.binary, nil
	}
	path, err := binary(f.Function)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fmt.Errorf("finding the bootstrap of function %s: %w", f.Name, err)
	}
	f.binary = path
	return path, nil
}

// release puts an environment back.
func (p *pool) release(e *environment) {
	s := p.service
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[p.function.ARN]--
	if s.closed {
		return
	}
	p.idle = append(p.idle, e)
	if p.function.retired {
		e.idle.Reset(p.function.Timeout) // or as soon as its process asks for an event
		return
	}
	e.idle.Reset(s.options.IdleTimeout)
}

// settled says that an environment's process waits for an event and none is
// assigned to it.
func (p *pool) settled(e *environment) {
	p.service.mu.Lock()
	defer p.service.mu.Unlock()
	if p.function.retired {
		e.idle.Reset(0)
	}
}

// expire ends an environment that was idle for too long.
func (p *pool) expire(e *environment) {
	s := p.service
	s.mu.Lock()
	i := slices.Index(p.idle, e)
	if i < 0 || s.closed { // it was taken, or is ended, at this very moment
		s.mu.Unlock()
		return
	}
	p.idle = slices.Delete(p.idle, i, i+1)
	delete(s.environments, e)
	s.ended.Add(1)
	s.mu.Unlock()
	defer s.ended.Done()
	e.end()
}
