package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"annex/local/watch"
)

// reloader follows edits. It is the one owner of what is served: its goroutine
// alone, or the one that it waits for, puts another in its place.
type reloader struct {
	system  *system
	pending change // what an edit made old, and is not compiled or synthesized yet
	again   bool   // the stacks, which do not synthesize, are to be tried after the handlers

	handlers map[string]error // those that do not compile
	stacks   error            // why they are not synthesized, or what they describe is not served
}

func newReloader(s *system) *reloader {
	return &reloader{system: s, handlers: map[string]error{}}
}

// watchEdits watches the repository until the context ends, and then closes the
// channel that it tells of edits by.
func watchEdits(ctx context.Context, o options, t *terminal) <-chan []string {
	none := make(chan []string)
	close(none)
	if !o.watch {
		return none
	}
	tree, err := watch.Open(o.root, ignoring(o))
	if err != nil {
		t.say("edits will not be seen, start again after them: %v", err)
		return none
	}
	go tree.Run(ctx, func(err error) { t.say("an edit may not be seen: %v", err) })
	return tree.Changes()
}

// run applies changes until the context ends, and returns when the channel is
// closed. A change that comes meanwhile ends the work on those before, and is
// then applied with them.
func (r *reloader) run(ctx context.Context, changes <-chan []string) {
	open := true
	note := func(paths []string, more bool) {
		if open = more; more {
			r.note(paths)
		}
	}
	for open {
		paths, more := <-changes
		note(paths, more)
		for open && ctx.Err() == nil && (r.pending.any() || r.again) {
			work, cancel := context.WithCancel(ctx)
			done := make(chan struct{})
			go func() {
				defer close(done)
				r.apply(work)
			}()
			select {
			case <-done:
			case paths, more := <-changes:
				cancel()
				<-done
				note(paths, more)
			}
			cancel()
		}
	}
}

// note adds what an edit of the paths makes old.
func (r *reloader) note(paths []string) {
	handlers := r.system.current.Load().plan.handlers()
	for _, file := range paths {
		r.pending = r.pending.and(changed(file, handlers))
	}
	// It may be a handler that they wait for.
	r.again = r.again || r.stacks != nil && !r.pending.stacks
}

// apply compiles and synthesizes what is old, and serves what comes of it. What
// the context's end interrupts stays to be done.
func (r *reloader) apply(ctx context.Context) {
	if r.pending.any() && !r.pending.stacks {
		if r.compile(ctx); ctx.Err() != nil {
			return
		}
		r.pending = change{}
	}
	if !r.pending.stacks && !r.again {
		return
	}
	began := time.Now()
	err := r.synthesize(ctx, began)
	if err != nil && ctx.Err() != nil {
		return
	}
	r.pending, r.again, r.stacks = change{}, false, err
	if err != nil {
		r.show(ctx, nil)
		r.system.terminal.say("the edit is not served, what was there before still is:\n%v", err)
	}
}

// compile compiles handlers and serves those that compile.
func (r *reloader) compile(ctx context.Context) {
	s, began := r.system, time.Now()
	last := s.current.Load()
	names := r.pending.names(last.plan)
	if len(names) == 0 {
		return
	}
	failures := s.builds.compileEach(ctx, names)
	if ctx.Err() != nil {
		return
	}
	compiled := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return failures[name] != nil })
	next, err := s.serving(last.plan, last, compiled)
	if err != nil {
		for _, name := range compiled {
			r.handlers[name] = err
		}
		r.show(ctx, nil)
		s.terminal.say("the edit is not served, what was there before still is:\n%v", err)
		return
	}
	for _, name := range compiled {
		delete(r.handlers, name)
	}
	maps.Copy(r.handlers, failures)
	r.show(ctx, next)
	took := time.Since(began).Round(10 * time.Millisecond).Seconds()
	rebuilt := slices.DeleteFunc(slices.Clone(compiled), func(name string) bool { return next.code[name] == last.code[name] })
	switch {
	case len(rebuilt) > 0:
		s.terminal.say("%s rebuilt in %.1f s", list(rebuilt), took)
	case len(compiled) > 0:
		s.terminal.say("%s compiled in %.1f s, to the same code", list(compiled), took)
	}
	for _, name := range slices.Sorted(maps.Keys(failures)) {
		s.terminal.say("the edit is not served, the %s of before still is:\n%v", name, failures[name])
	}
}

// synthesize synthesizes the stacks and serves what they describe.
func (r *reloader) synthesize(ctx context.Context, began time.Time) error {
	s := r.system
	s.terminal.say("synthesizing stage %s", s.options.stage)
	folder, err := s.synthesize(ctx)
	refused := false
	defer func() {
		if !refused {
			_ = os.RemoveAll(folder) // the next one does
		}
	}()
	if err != nil {
		return err
	}
	p, err := read(folder)
	if err != nil {
		refused = true // one wants to look at the file that the error names
		return err
	}
	if err := s.builds.compile(ctx, p.handlers()...); err != nil {
		return err
	}
	last := s.current.Load()
	next, err := s.serving(p, last, p.handlers())
	if err != nil {
		return err
	}
	hints, err := p.aws.CheckValues(s.options.values)
	if err != nil {
		return err
	}
	s.bus.Update(p.events.Rules) // as at the start
	ran, err := s.endpoint.Update(ctx, p.aws)
	if err != nil {
		s.bus.Update(last.plan.events.Rules)
		return err
	}
	clear(r.handlers)
	r.stacks = nil
	s.terminal.name(p.functions)
	r.show(ctx, next)
	for _, d := range ran {
		for _, edge := range next.edges {
			if edge.ID() == d.DistributionID {
				edge.Invalidate(d.Paths...)
			}
		}
	}
	for _, line := range newLines(last.plan.unserved(), p.unserved()) {
		s.terminal.say("not served here: %s", line)
	}
	for _, hint := range hints {
		s.terminal.say("%s", hint)
	}
	for _, host := range newLines(last.open, next.open) {
		s.terminal.say("new: %s", s.ways[0].origin(host))
	}
	s.terminal.say("stage %s synthesized and served in %.1f s", s.options.stage, time.Since(began).Seconds())
	if err := s.replaceAssembly(folder); err != nil {
		s.terminal.say("%v", err) // it is served all the same
	}
	return nil
}

// show serves the next system, or where it is nil the last one, with what is
// wrong about edits. The context's end keeps it from waiting for what is
// provisioned.
func (r *reloader) show(ctx context.Context, next *served) {
	s := r.system
	last := s.current.Load()
	if next == nil {
		next = last
	}
	if next != last {
		s.provision(ctx, next)
	}
	trouble := r.trouble()
	s.current.Store(next.troubled(trouble))
	if next != last {
		s.releases.replaced(last, next)
		last.functions.Retire(next.functions)
		s.follow(next.plan)
		s.builds.prune(last.code, next.code, s.releases.earlier())
		s.layers.Prune(last.plan.functions, next.plan.functions)
	}
	s.recorder.Served(trouble)
}

// trouble is why edits are not served; empty where they are.
func (r *reloader) trouble() string {
	var reasons []string
	for _, name := range slices.Sorted(maps.Keys(r.handlers)) {
		reasons = append(reasons, r.handlers[name].Error())
	}
	if r.stacks != nil {
		reasons = append(reasons, fmt.Sprintf("the stacks do not synthesize, or not to what can be served:\n%v", r.stacks))
	}
	return strings.Join(reasons, "\n")
}

// newLines are those that were not there before.
func newLines(before, now []string) []string {
	return slices.DeleteFunc(slices.Clone(now), func(line string) bool { return slices.Contains(before, line) })
}
