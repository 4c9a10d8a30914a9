// Package secrets reads the secrets of Secrets Manager and the parameters of Systems Manager that a function's stack
// names (web.FunctionProps, Secrets and Parameters). Any handler below lambdas/ may import it; that adds both clients to
// its binary, 2 MB.
//
// A handler's main declares what it needs, and reads it before it starts, in Lambda's init phase:
//
//	key := secrets.Secret("PAYMENT_KEY") // the environment variable that holds the secret's name
//	if err := secrets.Read(os.Getenv, logger, key); err != nil {
//		log.Fatal(err)
//	}
//	httpapi.Start(logger, payments{key: key}.routes())
//
// A route asks for the value each time that it needs it, which costs nothing while it is fresh:
//
//	key.Current(ctx).Reveal()
//
// So a value that is rotated gets in within [Fresh], without a deployment. Whoever rotates it lets the old one work for
// that long.
package secrets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"annex/lambdas/internal/awsclient"
)

const (
	// Fresh is how long a value is used before it is read again, by the request that needs it next.
	Fresh = 5 * time.Minute
	// patience is how long reading it again may take, since that request waits although there is an old value.
	patience = 2 * time.Second
	// readTime is how long reading all values at the start may take. Lambda's init phase has 10 s, and what fails
	// within them can say why.
	readTime = 8 * time.Second
	// attempts at reading a value at the start. Parameter Store answers 40 requests a second by default, of all that
	// the account runs in the region, and many environments may start at once.
	attempts = 8
)

// A Source is a secret or a parameter, with its value as it was read last. It is safe for concurrent use.
type Source struct {
	variable string // the environment variable that holds the name
	kind     kind
	name     string
	fetch    fetch
	logger   *slog.Logger
	now      func() time.Time

	mu    sync.Mutex
	value Value
	read  time.Time // when it was tried last
}

// A kind is what differs between secrets and parameters.
type kind struct {
	noun   string
	prop   string // of web.FunctionProps
	client func(aws.Config) fetch
	make   string // the command that makes one, without its name at the end
	absent string // AWS's code for one that is not there
}

// A fetch reads the value of that name.
type fetch func(ctx context.Context, name string) (string, error)

// Read reads the values, all at once, and returns when it has them. It is for main, before lambda.Start. The error
// names each of those that it did not get, and says what to do.
func Read(getenv func(string) string, logger *slog.Logger, sources ...*Source) error {
	config, err := awsclient.Config(getenv)
	if err != nil {
		return err
	}
	config.RetryMaxAttempts = attempts
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	return read(ctx, config, getenv, logger, time.Now, sources)
}

func read(ctx context.Context, config aws.Config, getenv func(string) string, logger *slog.Logger, now func() time.Time, sources []*Source) error {
	failures := make([]error, len(sources))
	var reading sync.WaitGroup
	for i, s := range sources {
		s.name, s.fetch, s.logger, s.now = getenv(s.variable), s.kind.client(config), logger, now
		if s.name == "" {
			failures[i] = fmt.Errorf("%s is not set: name the %s in the function's %s, in its stack", s.variable, s.kind.noun, s.kind.prop)
			continue
		}
		reading.Go(func() {
			if err := s.look(ctx); err != nil {
				failures[i] = s.explain(err, config.Region)
			}
		})
	}
	reading.Wait()
	return errors.Join(failures...)
}

// Current is the value, read again first where it is no longer fresh. Where that fails, the old value stays in use, and
// a line in the log says why; so there is always one, once Read has succeeded.
func (s *Source) Current(ctx context.Context) Value {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fetch == nil {
		panic("secrets: the value of " + s.variable + " is asked for before it is read: give it to secrets.Read in main")
	}
	if s.now().Sub(s.read) >= Fresh {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := s.look(ctx); err != nil {
			s.logger.WarnContext(ctx, "a value was not read again, the old one stays in use", "variable", s.variable, "name", s.name, "error", err)
		}
	}
	return s.value
}

// look reads the value.
func (s *Source) look(ctx context.Context) error {
	s.read = s.now() // also where it fails: trouble slows a request every five minutes, not every one
	text, err := s.fetch(ctx, s.name)
	if err != nil {
		return err
	}
	s.value = Value{of: s.kind.noun + " " + s.name, text: &text}
	return nil
}
