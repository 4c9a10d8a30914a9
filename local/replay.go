package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"annex/local/console"
)

// replay is a request that is sent again.
type replay struct {
	of int64 // the ID of the one that was recorded
	id int64 // its own
}

type replayKey struct{}

// replay sends a recorded request again, by the way that it came, as if its
// client did; the answer is recorded and goes nowhere else.
func (s *system) replay(ctx context.Context, of int64, recorded console.Request) (id int64, err error) {
	address, err := url.ParseRequestURI(recorded.URI)
	if err != nil || !strings.HasPrefix(recorded.URI, "/") {
		return 0, fmt.Errorf("%q is no path with a query, such as /api/cart/?a=1", recorded.URI)
	}
	again := &replay{of: of}
	r := &http.Request{
		Method: recorded.Method, URL: address, RequestURI: recorded.URI, Host: recorded.Host,
		Proto: recorded.Proto, ProtoMajor: 1, ProtoMinor: 1,
		Header: recorded.Header, Body: http.NoBody, ContentLength: int64(len(recorded.Body)), RemoteAddr: recorded.Remote,
	}
	if major, minor, ok := http.ParseHTTPVersion(recorded.Proto); ok {
		r.ProtoMajor, r.ProtoMinor = major, minor
	}
	if len(recorded.Body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(recorded.Body))
	}
	if recorded.Scheme == "https" {
		r.TLS = &tls.ConnectionState{}
	}
	defer func() {
		// A response that breaks off ends in a panic, and is recorded as such.
		if broken := recover(); broken != nil && !errors.Is(asError(broken), http.ErrAbortHandler) {
			panic(broken)
		}
		id = again.id
	}()
	s.handler(recorded.Way).ServeHTTP(&nowhere{http.Header{}}, r.WithContext(context.WithValue(ctx, replayKey{}, again)))
	return again.id, nil
}

func asError(v any) error {
	err, _ := v.(error)
	return err
}

// nowhere is a ResponseWriter that keeps nothing.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header            { return n.header }
func (n *nowhere) WriteHeader(int)                {}
func (n *nowhere) Write(data []byte) (int, error) { return len(data), nil }
