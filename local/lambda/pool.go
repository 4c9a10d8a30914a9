package lambda

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
)

// function is a Function as one service has it.
type function struct {
	Function

	*runs
	replaced bool // the next service has it otherwise, or not at all; guarded by the host's mutex
}

// runs are what runs of a function. The next service's function shares them
// where only its code and what its aliases mean is other, so that a version
// whose code stays keeps its environments.
type runs struct {
	compiling sync.Mutex
	binaries  map[string]string // absolute path by build; guarded by compiling

	pools map[code]*pool // guarded by the host's mutex
}

func newFunction(f Function) *function {
	return &function{Function: f, runs: &runs{binaries: map[string]string{}, pools: map[code]*pool{}}}
}

// code is what an environment runs. Two versions never share an environment,
// nor do two builds of one.
type code struct {
	version string
	build   string
}

// pool holds the environments of one function's code that wait for an event,
// the latest used last. The latest is taken first, so that those beyond what
// the load needs grow old and end.
type pool struct {
	service  *host
	function Function // of its code all but the build is true
	code     code
	binary   string // absolute path
	idle     []*environment
	retired  bool // its environments end when they have answered

	provisioned int // how many environments are to be provisioned
	standing    int // how many are, or are on their way
	failures    int // of the latest ones' init, in a row
}

// acquire takes an environment of the function for one invocation, or makes
// one. Its release comes with the invocation's answer.
func (s *Service) acquire(f *function, c code) (*environment, error) {
	binary, err := f.compiled(c.build, s.options.Binary)
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
	p := s.pool(f, c, binary)
	if e := p.take(); e != nil {
		return e, nil
	}
	e := newEnvironment(p)
	s.environments[e] = struct{}{}
	return e, nil
}

// pool is that of the function's code. One that is made for a request which
// came late, to code that was replaced, ends with it. The caller has the host's
// mutex.
func (s *Service) pool(f *function, c code, binary string) *pool {
	if p := f.pools[c]; p != nil {
		return p
	}
	p := &pool{service: s.host, function: f.Function, code: c, binary: binary, retired: f.replaced}
	if !p.retired {
		f.pools[c] = p
	}
	return p
}

// compiled is the path of the bootstrap of a function's build. Invocations that
// come while it is being compiled wait for it.
func (f *function) compiled(build string, binary func(Function) (string, error)) (string, error) {
	f.compiling.Lock()
	defer f.compiling.Unlock()
	if path := f.binaries[build]; path != "" {
		return path, nil
	}
	of := f.Function
	of.Build = build
	path, err := binary(of)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fmt.Errorf("finding the bootstrap of function %s: %w", f.Name, err)
	}
	f.binaries[build] = path
	return path, nil
}

// retire ends the pool's environments: idle ones now, and others when they have
// answered. The caller has the host's mutex.
func (f *function) retire(p *pool) {
	p.retired = true
	delete(f.pools, p.code)
	for _, e := range p.idle {
		e.idle.Reset(0)
	}
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
	if p.retired {
		e.idle.Reset(p.function.Timeout) // or as soon as its process asks for an event
		return
	}
	if p.standing > p.provisioned {
		p.letGo(e)
	}
	if !e.provisioned.Load() {
		e.idle.Reset(s.options.IdleTimeout)
	}
}

// settled says that an environment's process waits for an event and none is
// assigned to it.
func (p *pool) settled(e *environment) {
	p.service.mu.Lock()
	defer p.service.mu.Unlock()
	if p.retired {
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
