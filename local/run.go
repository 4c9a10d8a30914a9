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
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"annex/local/aws"
)

// run serves the system until the context ends, and then ends everything that
// it started.
func run(ctx context.Context, o options, out io.Writer) error {
	t := &terminal{out: out}
	// Before the work that takes time: a busy port is told at once.
	plain, err := listen(ctx, o.port, "PORT")
	if err != nil {
		return err
	}
	defer plain.Close() //nolint:errcheck // closed by its server before
	secure, err := listen(ctx, o.tlsPort, "TLS_PORT")
	if err != nil {
		return err
	}
	defer secure.Close() //nolint:errcheck // closed by its server before

	s, err := startSystem(ctx, o, t)
	if ctx.Err() != nil && err != nil {
		return nil // Ctrl-C while starting
	}
	if err != nil {
		return err
	}
	defer s.close()
	ca, err := openAuthority(filepath.Join(o.state, "ca"), time.Now())
	if err != nil {
		return err
	}
	certificate, err := ca.leaf(s.hosts.localNames(), time.Now())
	if err != nil {
		return err
	}

	doors := []door{{"http", port(plain)}, {"https", port(secure)}}
	servers := make([]*http.Server, len(doors))
	ended := make(chan error, len(doors))
	for i, d := range doors {
		servers[i] = &http.Server{Handler: s.handler(d, t), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(t, "annex: ", 0)}
	}
	servers[1].TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	go func() { ended <- servers[0].Serve(plain) }()
	go func() { ended <- servers[1].ServeTLS(secure, "", "") }()
	s.announce(t, doors, ca.file)

	select {
	case <-ctx.Done():
		err = nil
	case err = <-ended:
	}
	t.say("stopping")
	for _, server := range servers {
		// Requests in flight are answered or cut off within the second.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		if server.Shutdown(closing) != nil {
			_ = server.Close()
		}
		cancel()
	}
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// announce says where everything is. Its last line begins with "ready".
func (s *system) announce(t *terminal, doors []door, authority string) {
	t.say("DynamoDB and S3 for your own tools: AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s",
		s.endpoint.URL(), aws.RootAccessKeyID, aws.RootSecretAccessKey)
	t.say("the same over TLS: %s, with certificates of %s", doors[1].origin(s.hosts[0]), authority)
	addresses := make([]string, len(s.hosts))
	for i, host := range s.hosts {
		addresses[i] = doors[0].origin(host)
	}
	t.line("ready  " + strings.Join(addresses, "  "))
}

// listen takes the loopback port; variable is what chooses another one.
func listen(ctx context.Context, port int, variable string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %d is taken: stop what listens there, or choose another with `make run %s=%d`", port, variable, port+1)
	case err != nil:
		return nil, fmt.Errorf("listening on port %d: %w: choose another with `make run %s=…`", port, err, variable)
	}
	return listener, nil
}

func port(l net.Listener) int {
	return l.Addr().(*net.TCPAddr).Port
}

// list joins names for a sentence.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
