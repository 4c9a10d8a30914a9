// Package lambda is AWS Lambda on one machine: it reads functions, versions
// and aliases from the cloud assembly, and runs each compiled handler in
// execution environments of its own, over the real Runtime API. A handler
// cannot tell the difference by what it is sent, by what its answers lead to,
// or by its environment variables. It can by the machine: the whole file
// system is there and /tmp is everybody's (TMPDIR, which Go's os.TempDir
// follows, is each environment's own), an idle environment is not frozen, and
// memory is measured but not limited.
//
// Package local and the packages of local that invoke functions may import it.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Function is one Lambda function of the assembly.
type Function struct {
	Name    string
	ARN     string // unqualified
	Region  string
	Account string
	Folder  string // the handler's folder in the repository, such as lambdas/cart
	Build   string // tells one build of the handler from the next, for Options.Binary. Default: there is one.
	Handler string // what the handler reads as _HANDLER. Default: bootstrap.

	Timeout     time.Duration     // of one invocation. Default: 3 s.
	MemoryMiB   int               // Default: 128.
	Environment map[string]string // the template's own variables
	Layers      []string          // archives of the files that are below /opt; of two with the same file the last one's is there
	RoleARN     string

	LogGroup  string // Default: /aws/lambda/ and the name.
	LogFormat string // Text or JSON, of what the handler writes. Default: Text.
	LogLevel  string // the least level that the handler is asked to write. Default: INFO, and only with JSON.

	ReservedConcurrency *int             // how many invocations may run at once; nil for no limit
	Aliases             map[string]Alias // by name, such as "live"
	Versions            []string         // published versions, such as "1"
	Provisioned         map[string]int   // how many environments are ready beforehand, by alias; see Service.Provision

	Unsupported string // why local mode cannot run it; empty when it can
}

// Options are what a Service needs beside the functions.
type Options struct {
	// Binary is the path of the compiled bootstrap of a function's build, relative
	// to the working folder unless absolute. It is called at a build's first
	// invocation, at the next one where it failed, and never again once it
	// succeeded. Calls for different functions may come concurrently. An error
	// is the invocation's. Required.
	Binary func(Function) (string, error)

	// Environment gives variables for a function's processes, such as
	// credentials. They replace those of the same name, the template's and
	// Lambda's own included. Default: none.
	Environment func(Function) map[string]string

	// Log is given every line that functions, and Lambda about them, write to
	// their logs. Calls come one at a time and delay the function that wrote,
	// and must not call the Service. Default: lines are dropped.
	Log func(Log)

	// Invoked is told of every invocation once it is answered or throttled, also
	// where its caller went away. It delays the answer, and must not call the
	// Service. Default: nobody is told.
	Invoked func(Invocation)

	// TempDir is the folder in which each environment has one for its
	// temporary files, removed with it. Default: the machine's.
	TempDir string

	// IdleTimeout is how long an environment is kept without an invocation.
	// Default: 10 minutes.
	IdleTimeout time.Duration
}

// Log is one line of a function's log.
type Log struct {
	Function  string // name
	Version   string // "$LATEST" or a number
	Stream    string // the log stream, which names the environment
	RequestID string // of the invocation under way; empty outside of any
	Platform  bool   // Lambda wrote it (START, END, REPORT …), not the function
	Line      string // without the line break
}

// Invocation is what Lambda's metrics count of one invocation.
type Invocation struct {
	FunctionARN string // unqualified
	Qualifier   string // of the ARN that was invoked, such as live or 2; empty for none
	Version     string // the one that ran, or would have
	Throttled   bool   // it did not run: too many did
	Failed      bool   // the function failed
	Cold        bool   // a process was started for it
	Init        time.Duration
	Duration    time.Duration
}

// Result is what a function made of an event.
type Result struct {
	Payload       []byte
	FunctionError string // empty, or "Unhandled" when Payload describes an error
	RequestID     string
	Version       string        // "$LATEST" or a number: the one that an alias stood for
	Cold          bool          // a process was started for it
	Init          time.Duration // of the init phase, when it took place for this invocation
	Started       time.Time     // when the event was handed over, or its time began with a process of its own
	Duration      time.Duration // from handing over the event to the answer
	Trace         string        // the X-Ray header of the invocation, which the SDKs send with what the function calls
}

// requestLimit is the size of a synchronous invocation's payload in bytes
// (http-edge.md §2.4, "Lambda quotas").
const requestLimit = 6 << 20

// Service runs functions. Its methods may be called concurrently.
type Service struct {
	*host

	functions map[string]*function // by unqualified ARN
}

// host is what a service shares with those that take its place.
type host struct {
	options   Options
	starter   *starter
	initLimit time.Duration

	logging sync.Mutex // makes calls of options.Log one at a time

	mu           sync.Mutex // guards what follows, and the functions' pools; taken after an environment's mutex
	closed       bool
	releases     map[string]*release // by the function's ARN
	running      map[string]int      // invocations under way, of all versions and builds, by the function's ARN
	environments map[*environment]struct{}
	ended        sync.WaitGroup // of processes, and of the environments' clean-up
}

// New makes a service of the functions. Nothing runs until the first
// invocation. Close ends it.
func New(functions []Function, options Options) *Service {
	if options.IdleTimeout == 0 {
		options.IdleTimeout = 10 * time.Minute
	}
	s := &Service{functions: map[string]*function{}, host: &host{
		options:      options,
		starter:      newStarter(),
		initLimit:    10 * time.Second,
		releases:     map[string]*release{},
		running:      map[string]int{},
		environments: map[*environment]struct{}{},
	}}
	return s.Next(functions)
}

// Invoke runs a function synchronously. The ARN may end in an alias, a version
// or $LATEST; without any, it means $LATEST. A function that fails is a Result
// with a FunctionError, not an error. The error is a *ResourceNotFoundError,
// *RequestTooLargeError or *TooManyRequestsError where Lambda would answer
// with these, an *UnsupportedError, ErrClosed, or wraps that of the context or
// of Options.Binary.
//
// When the context ends, Invoke returns and the function runs on, until its
// own timeout, as it does on AWS when its caller hangs up. So payload must not
// be changed afterwards.
func (s *Service) Invoke(ctx context.Context, functionARN string, payload []byte) (*Result, error) {
	f, c, err := s.resolve(functionARN)
	if err != nil {
		return nil, err
	}
	if f.Unsupported != "" {
		return nil, &UnsupportedError{ARN: functionARN, Reason: f.Unsupported}
	}
	if len(payload) > requestLimit {
		return nil, &RequestTooLargeError{Function: f.Name, Size: len(payload)}
	}
	e, err := s.acquire(f, c)
	if err != nil {
		if errors.As(err, new(*TooManyRequestsError)) {
			s.invoked(Invocation{FunctionARN: f.ARN, Version: c.version, Throttled: true}, functionARN)
		}
		return nil, err
	}
	inv := newInvocation(functionARN, payload)
	e.invoke(inv)
	select {
	case <-inv.done:
		return inv.result, inv.err
	case <-ctx.Done():
		return nil, fmt.Errorf("invoking function %s: %w", f.Name, context.Cause(ctx))
	}
}

// Close ends every process and waits for them. Invocations under way fail with
// ErrClosed; those of services before and after this one (Next) end with it.
// A process is killed at once, unless it asked for a notice by
// registering an extension, as aws-lambda-go's WithEnableSIGTERM does: it is
// sent SIGTERM half a second before ("Lambda execution environment
// lifecycle", shutdown phase).
func (s *Service) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	environments := maps.Clone(s.environments)
	s.mu.Unlock()
	var ending sync.WaitGroup
	for e := range environments {
		ending.Go(e.end)
	}
	ending.Wait()
	s.ended.Wait()
	if first {
		s.starter.close()
	}
}

func (h *host) invoked(i Invocation, arn string) {
	if h.options.Invoked != nil {
		_, i.Qualifier = splitARN(arn)
		h.options.Invoked(i)
	}
}

func (h *host) log(l Log) {
	if h.options.Log == nil {
		return
	}
	h.logging.Lock()
	defer h.logging.Unlock()
	h.options.Log(l)
}
