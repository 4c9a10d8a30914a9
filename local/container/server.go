package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is a running stand-in. Close it.
type Server struct {
	listener net.Listener
	server   *http.Server
	served   chan error // one value: how serving ended
}

// Start listens on the address ("127.0.0.1:0" takes a free port) and serves
// [Handler] until Close. The context bounds the start alone.
func Start(ctx context.Context, address string) (*Server, error) {
	handler, err := Handler()
	if err != nil {
		return nil, fmt.Errorf("starting the container's stand-in: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("starting the container's stand-in: %w", err)
	}
	s := &Server{
		listener: listener,
		server:   &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
		served:   make(chan error, 1),
	}
	go func() { s.served <- s.server.Serve(listener) }()
	return s, nil
}

// URL is where the server answers, without a path: "http://127.0.0.1:40123".
func (s *Server) URL() string {
	return "http://" + s.listener.Addr().String()
}

// Close stops the server, requests in flight included, and waits until it has
// ended. Close it once.
func (s *Server) Close() error {
	err := s.server.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("stopping the container's stand-in: %w", err)
	}
	return nil
}
