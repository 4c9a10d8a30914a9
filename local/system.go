package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"annex/local/aws"
	"annex/local/ca"
	"annex/local/console"
	"annex/local/events"
	"annex/local/lambda"
	"annex/local/websocket"
)

// system is the deployed stage, running. What it serves is swapped when code or
// stacks change; the rest lives as long as the runner.
type system struct {
	options   options
	terminal  *terminal
	ways      []listener // in
	endpoint  *aws.Endpoint
	queue     *events.Queue // of asynchronous invocations
	bus       *bus
	scheduler *events.Scheduler
	sockets   *websocket.Gateway // whose connections last while what is served is swapped
	mappings  *events.Mappings   // of the templates; nil before there is anything to read
	container *service
	authority *ca.Authority
	builds    *builds
	layers    lambda.Layers
	releases  *releases
	console   http.Handler // at consoleName
	starts    starts       // of functions, since the runner started
	recorder  *console.Recorder

	current atomic.Pointer[served] // which a request takes once

	compiling, opening time.Duration // what starting spent on handlers, and on DynamoDB, S3 and SQS
}

// startSystem starts what the templates describe, in the order in which the
// parts need each other, for clients that come by the ways. Close it.
func startSystem(ctx context.Context, o options, t *terminal, ways ...listener) (*system, error) {
	s := &system{options: o, terminal: t, ways: ways, recorder: console.NewRecorder()}
	s.releases = newReleases(s)
	s.console = s.newConsole()
	s.bus = newBus(s)
	s.queue = events.NewQueue(s.runQueued, s.tell, t.attempt)
	s.scheduler = events.NewScheduler(s.runSchedule)
	if err := s.start(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *system) start(ctx context.Context) error {
	o, t := s.options, s.terminal
	p, err := read(o.assembly)
	if err != nil {
		return err
	}
	t.say("%s describes %s", o.assembly, list(stackNames(p.assembly)))
	for _, line := range p.unserved() {
		t.say("not served here: %s", line)
	}
	hints, err := p.aws.CheckValues(o.values)
	if err != nil {
		return err
	}
	for _, hint := range hints {
		t.say("%s", hint)
	}

	temporary, err := filepath.Abs(filepath.Join(o.state, "tmp"))
	if err != nil {
		return fmt.Errorf("the functions' temporary files: %w", err)
	}
	s.builds = &builds{root: o.root, out: filepath.Join(o.state, "build"), kept: filepath.Join(temporary, "code")}
	s.layers = lambda.Layers{Dir: filepath.Join(temporary, "layers")}
	compiling := time.Now()
	t.say("compiling the handlers %s for this machine", list(p.handlers()))
	if err := s.builds.compile(ctx, p.handlers()...); err != nil {
		return err
	}
	s.compiling = time.Since(compiling)

	data := filepath.Join(o.state, "data")
	t.say("starting DynamoDB, S3 and SQS, with their data in %s", data)
	s.bus.Update(p.events.Rules) // before what is deployed makes events
	opening := time.Now()
	s.endpoint, err = aws.Start(ctx, p.aws, aws.Options{
		DataDir:     data,
		Node:        filepath.Join(o.root, "node_modules", ".bin", "node"),
		Dynalite:    filepath.Join(o.root, "node_modules", "dynalite"),
		DynamoDB:    o.dynamoDB,
		Values:      o.values,
		Functions:   functions{s},
		CodeDeploy:  s.releases,
		Connections: connections{s},
		Events:      s.bus.put,
		Logs:        t,
		Calls:       s.calls,
	})
	if err != nil {
		return err
	}
	s.sockets = s.newSockets()
	s.opening = time.Since(opening)
	s.mappings = s.newMappings(data)

	if s.container, err = startService(ctx, containerHost(p), o.container, t); err != nil {
		return err
	}
	if s.authority, err = ca.Open(filepath.Join(o.state, "ca"), time.Now()); err != nil {
		return err
	}
	// A runner that was killed leaves its functions' files behind.
	if err := errors.Join(os.RemoveAll(temporary), os.MkdirAll(temporary, 0o750)); err != nil {
		return fmt.Errorf("the functions' temporary files: %w", err)
	}
	first, err := s.serving(p, nil, p.handlers())
	if err != nil {
		return err
	}
	t.name(p.functions)
	s.current.Store(first)
	s.provision(ctx, first)
	s.follow(p)
	return nil
}

// provision starts the environments that are to be there before the first
// request, and waits for them.
func (s *system) provision(ctx context.Context, v *served) {
	started, failed := v.functions.Provision(ctx)
	if started > 0 {
		s.terminal.say("provisioned concurrency: %d environments are ready", started)
	}
	for _, err := range failed {
		if ctx.Err() == nil {
			s.terminal.say("a deployment would fail: %v", err)
		}
	}
}

// close ends everything that startSystem started.
func (s *system) close() {
	s.releases.close()
	s.scheduler.Close()
	if s.mappings != nil {
		s.mappings.Close()
	}
	s.queue.Close()
	s.closeSockets()
	if v := s.current.Load(); v != nil {
		v.functions.Close()
	}
	if s.endpoint != nil {
		_ = s.endpoint.Close() // it has logged what there is to say
	}
	if s.container != nil {
		s.container.close()
	}
}

// handler serves what is current to clients that come by the way in with the
// index, and the console at its own host.
func (s *system) handler(way int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forConsole(r.Host) {
			s.console.ServeHTTP(w, r)
			return
		}
		next := s.current.Load().handlers[way]
		if s.recorder.Watched() {
			s.recorded(way, next, w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// certificate is that of the hosts which are current.
func (s *system) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &s.current.Load().certificate, nil
}
