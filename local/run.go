package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"annex/local/aws"
)

// closeTimeout is how long requests in flight have to be answered when the
// runner ends; all of the ending is to take less than two seconds.
const closeTimeout = 300 * time.Millisecond

// run serves the system until the context ends, and then ends everything that
// it started.
func run(ctx context.Context, o options, out io.Writer) error {
	t := &terminal{out: out, json: o.json, paint: paint(o.coloured)}
	// Before the work that takes time: a busy port is told at once.
	plain, err := listen(ctx, "http", o.port, "PORT")
	if err != nil {
		return err
	}
	defer plain.close()
	secure, err := listen(ctx, "https", o.tlsPort, "TLS_PORT")
	if err != nil {
		return err
	}
	defer secure.close()

	// Watched from before the templates are read, so that no edit is missed.
	watching, unwatch := context.WithCancel(ctx)
	defer unwatch()
	edits := watchEdits(watching, o, t)

	began := time.Now()
	s, err := startSystem(ctx, o, t, plain.listener, secure.listener)
	if ctx.Err() != nil && err != nil {
		return nil // Ctrl-C while starting
	}
	if err != nil {
		return err
	}
	defer s.close()

	servers := make([]*http.Server, 2)
	ended := make(chan error, len(plain.sockets)+len(secure.sockets))
	for i, l := range []listening{plain, secure} {
		server := &http.Server{Handler: s.handler(i), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(t, "annex: ", 0)}
		serve := server.Serve
		if l.scheme == "https" {
			server.TLSConfig = &tls.Config{GetCertificate: s.certificate, MinVersion: tls.VersionTLS12}
			serve = func(socket net.Listener) error { return server.ServeTLS(socket, "", "") }
		}
		if i == 0 { // once, for both share it
			server.RegisterOnShutdown(s.recorder.Close)
		}
		for _, socket := range l.sockets {
			go func() { ended <- serve(socket) }()
		}
		servers[i] = server
	}
	var following sync.WaitGroup
	following.Go(func() { newReloader(s).run(watching, edits) })
	s.announce(t, plain.listener, secure.listener, time.Since(began))

	select {
	case <-ctx.Done():
		err = nil
	case err = <-ended:
	}
	t.say("stopping")
	unwatch() // what it interrupts takes its time, too
	s.releases.close()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	var ending sync.WaitGroup
	for _, server := range servers {
		ending.Go(func() {
			if server.Shutdown(closing) != nil {
				_ = server.Close() // what is still open has had its time
			}
		})
	}
	ending.Wait()
	following.Wait()
	t.write(s.starts.summary(t.nameOf))
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// announce says where everything is. Its last record is ready.
func (s *system) announce(t *terminal, plain, secure listener, took time.Duration) {
	v := s.current.Load()
	// Some tools read the one name of the region, and some the other.
	t.say("DynamoDB, S3 and SQS for your own tools: AWS_ENDPOINT_URL=%s AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s AWS_ACCESS_KEY_ID=%[3]s AWS_SECRET_ACCESS_KEY=%[4]s",
		s.endpoint.URL(), v.plan.region(), aws.RootAccessKeyID, aws.RootSecretAccessKey)
	for _, host := range v.signIn.Pages() {
		t.say("signing in, where any name will do: %s (`make token SUBJECT=shopper` prints a token for curl)", plain.origin(host))
	}
	t.say("look inside, at each request and what was refused: %s://%s:%d", plain.scheme, consoleName, plain.port)
	t.say("the same over TLS: %s, with certificates of %s", secure.origin(v.open[0]), s.authority.File)
	for _, address := range v.plan.sockets.Addresses() {
		api, stage, _ := v.plan.sockets.At(address)
		t.say("the WebSocket API: %s (send to its connections by --endpoint-url %s)", v.hosts.toLocal("wss://"+address, plain), connectionsURL(s.endpoint.URL(), api, stage))
	}
	round := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	t.say("started in %s: compiling %s, DynamoDB, S3 and SQS %s, the rest %s",
		round(took), round(s.compiling), round(s.opening), round(took-s.compiling-s.opening))
	addresses := make([]string, len(v.open))
	for i, host := range v.open {
		addresses[i] = plain.origin(host)
	}
	t.write(ready{addresses, secure.origin(v.open[0]), s.authority.File, s.endpoint.URL()})
}

// listening is a listener with its sockets.
type listening struct {
	listener

	sockets []net.Listener
}

func (l listening) close() {
	for _, socket := range l.sockets {
		_ = socket.Close() // its server may have closed it before
	}
}

// listen takes a port of the loopback addresses, both of them: a browser may
// try either for *.localhost, and must not meet somebody else's server. The
// variable is what chooses another port.
func listen(ctx context.Context, scheme string, port int, variable string) (listening, error) {
	l := listening{listener: listener{scheme, port}}
	for _, host := range []string{"127.0.0.1", "::1"} {
		socket, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(l.port)))
		switch {
		case err == nil:
			l.sockets = append(l.sockets, socket)
			l.port = socket.Addr().(*net.TCPAddr).Port
		case errors.Is(err, syscall.EADDRINUSE) && (host == "127.0.0.1" || port != 0):
			l.close()
			return listening{}, fmt.Errorf("port %d is taken: stop what listens there, or choose another with `make run %s=%d`", port, variable, port+1)
		case host == "127.0.0.1":
			return listening{}, fmt.Errorf("listening on port %d: %w: choose another with `make run %s=…`", port, err, variable)
		default: // a machine without IPv6
		}
	}
	return l, nil
}

// list joins names for a sentence.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
