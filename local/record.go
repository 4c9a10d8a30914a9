package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"annex/local/apigateway"
	"annex/local/aws"
	"annex/local/cloudfront"
	"annex/local/console"
	"annex/local/lambda"
)

// What the parts of the system tell the console of one request. Each asks first
// whether a page is open, and does nothing where none is.

type recordingKey struct{}

// recording is that of the request with the context, or nil.
func (s *system) recording(ctx context.Context) *console.Recording {
	if !s.recorder.Watched() {
		return nil
	}
	recording, _ := ctx.Value(recordingKey{}).(*console.Recording)
	return recording
}

// recorded serves a request that came by the way in, and records it.
func (s *system) recorded(way int, next http.Handler, w http.ResponseWriter, r *http.Request) {
	again, _ := r.Context().Value(replayKey{}).(*replay)
	began := console.Exchange{Time: time.Now(), Request: console.Request{
		Way: way, Scheme: s.ways[way].scheme, Method: r.Method, Host: r.Host, URI: r.RequestURI, Proto: r.Proto,
		Header: r.Header.Clone(), Remote: r.RemoteAddr,
	}}
	if again != nil {
		began.ReplayOf = again.of
	}
	recording := s.recorder.Begin(began)
	if again != nil {
		again.id = recording.ID()
	}
	r = r.WithContext(context.WithValue(r.Context(), recordingKey{}, recording))
	body := &recordedBody{ReadCloser: r.Body, ended: r.ContentLength == 0}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = body
	}
	answer := &recordedWriter{ResponseWriter: w}
	// Deferred, for a response that breaks off ends in a panic.
	defer recording.End(func(e *console.Exchange) {
		e.Duration = time.Since(e.Time)
		body.mu.Lock()
		e.Request.Body, e.Request.Size = body.kept.Kept, body.kept.Size
		e.Request.Whole = body.ended || body.kept.Size == r.ContentLength
		body.mu.Unlock()
		e.Status, e.Header = answer.status, answer.header
		e.Body = answer.body.Body
		e.Body.Encoding = answer.header.Get("Content-Encoding")
		s.recordHost(e)
	})
	next.ServeHTTP(answer, r)
}

// recordHost says of a request which came to no part that records itself where
// it was answered.
func (s *system) recordHost(e *console.Exchange) {
	if len(e.Hops) > 0 {
		return
	}
	v := s.current.Load()
	host, ok := v.hosts.deployed(e.Request.Host)
	if !ok {
		e.Refusals = append(e.Refusals, console.Refusal{By: "Local mode", Reason: "no stack serves the host " + e.Request.Host})
		return
	}
	name := "Sign-in"
	if host == v.container.host {
		name = "Container"
	}
	e.Hops = append(e.Hops, console.Hop{Name: name, Detail: host, Start: e.Time, Duration: e.Duration, Failed: e.Status >= http.StatusInternalServerError})
}

// recordEdge notes what CloudFront did.
func (s *system) recordEdge(ctx context.Context, x cloudfront.Exchange) {
	recording := s.recording(ctx)
	if recording == nil {
		return
	}
	recording.Note(func(e *console.Exchange) {
		detail := x.Cache
		if x.Behaviour != "" {
			detail = "behaviour " + x.Behaviour + ", " + x.Cache
		}
		failed := x.Reason != "" && x.Status >= http.StatusBadRequest
		e.Hops = append(e.Hops, console.Hop{Name: "CloudFront", Detail: detail, Start: x.Time, Duration: x.Duration, Failed: failed})
		if failed {
			e.Refusals = append(e.Refusals, console.Refusal{By: refuser(x.Status, "CloudFront"), Reason: x.Reason})
		}
	})
}

// recordGateway notes what API Gateway did, and which of the invocations that it
// made were the authorizer's: those that ended before the authorizer had
// answered.
func (s *system) recordGateway(ctx context.Context, x apigateway.Exchange) {
	recording := s.recording(ctx)
	if recording == nil {
		return
	}
	recording.Note(func(e *console.Exchange) {
		e.API, e.Route, e.Cold = x.API, x.RouteKey, x.Cold
		e.Function = s.terminal.nameOf(x.Function)
		e.Hops = append(e.Hops, console.Hop{Name: "API Gateway", Detail: strings.TrimSpace(x.API + " " + x.RouteKey), Start: x.Time, Duration: x.Latency, Failed: x.Err != nil})
		asked := x.AuthorizerTime.Add(x.AuthorizerLatency)
		refused := x.Authorizer != "" && x.Err != nil && (x.Status == http.StatusUnauthorized || x.Status == http.StatusForbidden)
		if x.Authorizer != "" {
			e.Hops = append(e.Hops, console.Hop{Name: "Authorizer", Detail: x.Authorizer, Start: x.AuthorizerTime, Duration: x.AuthorizerLatency, Failed: refused})
		}
		for i := range e.Invocations {
			e.Invocations[i].Authorizer = x.Authorizer != "" && !e.Invocations[i].End.After(asked)
		}
		if x.Err == nil {
			return
		}
		by := "API Gateway"
		switch {
		case x.InvocationID != "":
			by = "Lambda"
		case errors.As(x.Err, new(*lambda.TooManyRequestsError)), x.Status == http.StatusTooManyRequests:
			by = "Throttle"
		case refused:
			by = "Authorizer"
		}
		e.Refusals = append(e.Refusals, console.Refusal{By: refuser(x.Status, by), Reason: x.Err.Error()})
	})
}

// refuser is who refused: what local mode cannot do is nobody else's refusal.
func refuser(status int, by string) string {
	if status == http.StatusNotImplemented {
		return "Local mode"
	}
	return by
}

// recordedInvoker notes the invocations of functions.
type recordedInvoker struct {
	functions *lambda.Service
	system    *system
	source    string // of invocations that no client's request causes
}

// Invoke implements apigateway.Invoker.
func (i recordedInvoker) Invoke(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error) {
	s := i.system
	if !s.recorder.Watched() {
		return i.functions.Invoke(ctx, functionARN, payload)
	}
	recording := s.recording(ctx)
	began := time.Now()
	if recording == nil && i.source != "" {
		recording = s.recorder.Begin(console.Exchange{Source: i.source, Time: began, Function: s.terminal.nameOf(functionARN)})
		defer recording.End(func(e *console.Exchange) {
			last := e.Invocations[len(e.Invocations)-1]
			e.Duration, e.Cold, e.Status = last.End.Sub(last.Start), last.Cold, http.StatusOK
			if last.Error != "" {
				e.Status = http.StatusInternalServerError
				e.Refusals = append(e.Refusals, console.Refusal{By: "Lambda", Reason: last.Error})
			}
		})
	}
	result, err := i.functions.Invoke(ctx, functionARN, payload)
	if recording == nil {
		return result, err
	}
	made := console.Invocation{Function: s.terminal.nameOf(functionARN), Start: began, End: time.Now(), Event: console.Keep(payload)}
	if err != nil {
		made.Error = err.Error()
	}
	if result != nil {
		made.Version, made.RequestID, made.Trace, made.Cold = result.Version, result.RequestID, result.Trace, result.Cold
		made.Started, made.Init, made.Duration, made.Error = result.Started, result.Init, result.Duration, result.FunctionError
		made.Result = console.Keep(result.Payload)
	}
	recording.Note(func(e *console.Exchange) { e.Invocations = append(e.Invocations, made) })
	return result, err
}

// recordUnstarted notes that a function was not started by what no client's request
// caused, or is not any more, and who says so.
func (s *system) recordUnstarted(by, source, functionARN, reason string) {
	if !s.recorder.Watched() {
		return
	}
	s.recorder.Begin(console.Exchange{Source: source, Time: time.Now(), Function: s.terminal.nameOf(functionARN)}).End(func(e *console.Exchange) {
		e.Status = http.StatusForbidden
		e.Refusals = append(e.Refusals, console.Refusal{By: by, Reason: reason})
	})
}

// recordedOrigin notes how long an origin takes until its response begins.
type recordedOrigin struct {
	http.RoundTripper

	system       *system
	name, detail string
}

// RoundTrip implements http.RoundTripper.
func (o recordedOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	recording := o.system.recording(r.Context())
	if recording == nil {
		return o.RoundTripper.RoundTrip(r)
	}
	hop := console.Hop{Name: o.name, Detail: o.detail, Start: time.Now()}
	response, err := o.RoundTripper.RoundTrip(r)
	hop.Duration, hop.Failed = time.Since(hop.Start), err != nil || response.StatusCode >= http.StatusInternalServerError
	recording.Note(func(e *console.Exchange) { e.Hops = append(e.Hops, hop) })
	return response, err
}

// functionLog takes a line of a function's log.
func (s *system) functionLog(l lambda.Log) {
	s.terminal.function(l)
	if s.recorder.Watched() {
		s.recorder.Log(l.RequestID, console.Line{Text: l.Line, Platform: l.Platform})
	}
}

// calls is who wants to know of calls to the endpoint, or nil.
func (s *system) calls() func(aws.Call) {
	if !s.recorder.Watched() {
		return nil
	}
	return func(c aws.Call) { s.recorder.Call(console.Call(c)) }
}

// recordedBody keeps the beginning of what is read of a request's body. A
// transport may read on when the request has been answered.
type recordedBody struct {
	io.ReadCloser

	mu    sync.Mutex
	kept  console.Capture
	ended bool
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = b.kept.Write(p[:n]) // has no error
	b.ended = b.ended || errors.Is(err, io.EOF)
	return n, err
}

// recordedWriter keeps a response's headers and the beginning of its body.
type recordedWriter struct {
	http.ResponseWriter

	status int
	header http.Header
	body   console.Capture
}

// WriteHeader implements http.ResponseWriter.
func (w *recordedWriter) WriteHeader(status int) {
	if w.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.status, w.header = status, w.Header().Clone()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recordedWriter) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	_, _ = w.body.Write(data) // has no error
	return w.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController reach what the writer can do besides.
func (w *recordedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
