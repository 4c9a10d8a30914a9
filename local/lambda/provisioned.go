package lambda

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// Provisioned concurrency ("Configuring provisioned concurrency for a
// function"): an alias has a number of environments that are initialised before
// an invocation wants one, that stay, and that are replaced when their process
// ends. What they do not reach for starts others, as usual.

// fillAgain is how long a pool waits before it starts environments again for
// those that could not be initialised; it doubles each time, up to a minute.
const fillAgain = time.Second

// preparing is a provisioned environment on its way to its pool.
type preparing struct {
	function string // name
	done     chan error
}

// Provision starts the provisioned environments that the functions' aliases have
// and that are not there, and waits until they are initialised. The errors name
// functions whose init failed: it is tried again, some time later.
func (s *Service) Provision(ctx context.Context) (started int, failed []error) {
	var all []preparing
	for _, f := range s.functions {
		coming, err := s.provision(f)
		if err != nil {
			failed = append(failed, err)
		}
		all = append(all, coming...)
	}
	for _, p := range all {
		select {
		case err := <-p.done:
			if err != nil {
				failed = append(failed, fmt.Errorf("a provisioned environment of %s: %w", p.function, err))
				continue
			}
			started++
		case <-ctx.Done():
			return started, append(failed, context.Cause(ctx))
		}
	}
	return started, failed
}

// provision starts what the function's aliases have and is not there, and lets
// those environments go which they do not have any more.
func (s *Service) provision(f *function) ([]preparing, error) {
	if f.Unsupported != "" {
		return nil, nil
	}
	wanted := s.provisioned(f)
	binaries := map[code]string{}
	for c := range wanted {
		binary, err := f.compiled(c.build, s.options.Binary)
		if err != nil {
			return nil, err
		}
		binaries[c] = binary
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || f.replaced {
		return nil, nil
	}
	for c, p := range f.pools {
		if _, ok := wanted[c]; !ok {
			p.provision(0)
		}
	}
	var all []preparing
	for c, n := range wanted {
		all = append(all, s.pool(f, c, binaries[c]).provision(n)...)
	}
	return all, nil
}

// provisionAgain follows an alias that points at something else. Nobody waits
// for it: Lambda too shifts invocations before the environments are there.
func (s *Service) provisionAgain(f *function) {
	if f != nil && len(f.Provisioned) > 0 {
		_, _ = s.provision(f) // code that cannot be found is the invocations' error too
	}
}

// provisioned is how many environments the function's aliases have, by what runs
// in them.
func (s *Service) provisioned(f *function) map[code]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[code]int{}
	for name, n := range f.Provisioned {
		a, ok := s.alias(f, name)
		if !ok {
			continue
		}
		for version, share := range a.divide(n) {
			if build, ok := s.build(f, version); ok && share > 0 {
				wanted[code{version, build}] += share
			}
		}
	}
	return wanted
}

// divide is how many of n environments each of the alias's versions gets: Lambda
// goes by the weights, and does not say how it rounds.
func (a Alias) divide(n int) map[string]int {
	shares, left := map[string]int{}, n
	for version, weight := range a.Weights {
		share := min(left, int(math.Round(float64(n)*weight)))
		shares[version] = share
		left -= share
	}
	shares[a.Version] += left
	return shares
}

// provision makes n the number of the pool's provisioned environments. The
// caller has the host's mutex, as for all that follows.
func (p *pool) provision(n int) []preparing {
	p.provisioned = n
	for _, e := range slices.Clone(p.idle) {
		if p.standing <= n {
			break
		}
		if p.letGo(e) {
			e.idle.Reset(p.service.options.IdleTimeout)
		}
	}
	return p.fill()
}

// letGo makes a provisioned environment one as any other.
func (p *pool) letGo(e *environment) bool {
	was := e.provisioned.CompareAndSwap(true, false)
	if was {
		p.standing--
	}
	return was
}

// fill starts the provisioned environments that are missing.
func (p *pool) fill() []preparing {
	var all []preparing
	for p.standing < p.provisioned && !p.retired && !p.service.closed {
		e := newEnvironment(p)
		e.provisioned.Store(true)
		done := make(chan error, 1)
		e.prepared = done
		p.standing++
		p.service.environments[e] = struct{}{}
		p.service.ended.Go(e.prepare)
		all = append(all, preparing{p.function.Name, done})
	}
	return all
}

// stock takes an environment that is initialised into the pool.
func (p *pool) stock(e *environment) {
	p.service.mu.Lock()
	defer p.service.mu.Unlock()
	p.failures = 0
	p.idle = append(p.idle, e)
	switch {
	case p.retired:
		e.idle.Reset(0)
	case !e.provisioned.Load(): // it was let go meanwhile
		e.idle.Reset(p.service.options.IdleTimeout)
	}
}

// lost ends a provisioned environment whose process ended while it had no
// event, and starts another in its place: at once, or later where its init
// failed.
func (p *pool) lost(e *environment, initFailed bool) {
	s := p.service
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(p.idle, e)
	if i < 0 && !initFailed || s.closed {
		return // it was taken at this very moment: it starts again for its event
	}
	if i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	e.idle.Stop()
	delete(s.environments, e)
	p.letGo(e)
	s.ended.Go(e.end)
	if !initFailed {
		p.fill()
		return
	}
	wait := min(time.Minute, fillAgain<<min(p.failures, 6))
	p.failures++
	time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		p.fill()
	})
}

// take is the environment for the next event: a provisioned one before any
// other, and of those the latest used.
func (p *pool) take() *environment {
	if len(p.idle) == 0 {
		return nil
	}
	i := len(p.idle) - 1
	if p.standing > 0 {
		for j, e := range slices.Backward(p.idle) {
			if e.provisioned.Load() {
				i = j
				break
			}
		}
	}
	e := p.idle[i]
	p.idle = slices.Delete(p.idle, i, i+1)
	e.idle.Stop()
	return e
}

// prepare starts the environment's process without an event.
func (e *environment) prepare() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		e.prepared <- ErrClosed
		return
	}
	e.start()
}
