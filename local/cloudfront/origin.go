package cloudfront

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// Origins returns what carries requests to an origin: to its domain name, such
// as api.example.com, and as one who has a client certificate, if the origin is
// shown one. It is asked for every request, so it should only look up. The
// requests are as the origin would get them: their URL has the origin's domain
// name, whatever their Host is, and the RoundTripper decides where that is on
// this machine. It must not decompress bodies. An error is answered as an origin
// that cannot be reached is, by 502.
type Origins func(o *Origin) (http.RoundTripper, error)

// errNoAnswer is the cause of giving up on an origin.
var errNoAnswer = errors.New("it did not answer in time")

// originError is an origin that gave no response.
type originError struct {
	status int // what the viewer gets
	err    error
}

func (e *originError) Error() string { return e.err.Error() }
func (e *originError) Unwrap() error { return e.err }

// send sends one request to its origin, again where CloudFront would (facts
// §3.7): a connection that is not made, for every method, and a response that
// does not come, for those that have no body.
//
// A viewer who leaves does not end the origin's work: what began goes on
// there, as it does on AWS.
func (e *Edge) send(ctx context.Context, b *Behaviour, v *viewer, id string, conditions http.Header) (*http.Response, *originError) {
	transport, err := e.origins(&b.Origin)
	if err != nil {
		return nil, &originError{http.StatusBadGateway, err}
	}
	header, host := originHeader(b, v, e.via, id)
	for name := range header {
		if conditions != nil && isCondition(name) {
			delete(header, name)
		}
	}
	maps.Copy(header, conditions)
	request := &http.Request{
		Method: v.method, URL: originURL(b, v), Host: host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	body := &sentBody{Reader: v.body}
	if v.contentLength != 0 && v.body != nil {
		request.Body, request.ContentLength = body, v.contentLength
	}
	for attempt := 1; ; attempt++ {
		response, err := attemptOrigin(context.WithoutCancel(ctx), transport, request, &b.Origin)
		if err == nil {
			return response, nil
		}
		failed, ok := errors.AsType[*net.OpError](err)
		connecting := ok && failed.Op == "dial"
		repeatable := v.method == http.MethodGet || v.method == http.MethodHead
		if attempt >= b.Origin.ConnectionAttempts || ctx.Err() != nil || !repeatable && (!connecting || body.read.Load()) {
			status := http.StatusBadGateway
			if errors.Is(err, errNoAnswer) {
				status = http.StatusGatewayTimeout
			}
			return nil, &originError{status, err}
		}
	}
}

// attemptOrigin sends a request once. Until the body is closed, a limit holds
// for the connection, for the response to begin, and for each next part of it.
func attemptOrigin(ctx context.Context, transport http.RoundTripper, request *http.Request, o *Origin) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &patience{timer: time.AfterFunc(o.ReadTimeout, func() { cancel(errNoAnswer) })}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(string, string) { p.start(o.ConnectionTimeout, false) },
		GotConn:      func(httptrace.GotConnInfo) { p.start(o.ReadTimeout, true) },
	})
	response, err := transport.RoundTrip(request.WithContext(ctx))
	p.stop()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	response.Body = &timedBody{ReadCloser: response.Body, timer: p.timer, timeout: o.ReadTimeout, cancel: cancel}
	return response, nil
}

// patience is how long one attempt may still take. A transport may go on to
// connect when it has found another connection, which then counts no more.
type patience struct {
	mu        sync.Mutex
	timer     *time.Timer
	connected bool
}

func (p *patience) start(limit time.Duration, connected bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.connected {
		p.timer.Reset(limit)
		p.connected = connected
	}
}

func (p *patience) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	p.connected = true
}

// timedBody limits the time that each Read may take.
type timedBody struct {
	io.ReadCloser
	timer   *time.Timer
	timeout time.Duration
	cancel  context.CancelCauseFunc
}

func (b *timedBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.timeout)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	return n, err
}

func (b *timedBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// sentBody is a viewer's body on its way to an origin. Closing it is left to
// the server, so that it can be sent again while none of it was read.
type sentBody struct {
	io.Reader
	read atomic.Bool
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.Reader.Read(p)
}

func (b *sentBody) Close() error { return nil }

func isCondition(name string) bool {
	switch name {
	case "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range":
		return true
	}
	return false
}
