package apigateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"annex/local/lambda"
)

// Invoker calls functions; *lambda.Service is one. The ARN may end in an
// alias or version. When the context ends, Invoke returns soon with the
// context's error.
type Invoker interface {
	Invoke(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error)
}

// Options are what a gateway needs besides its configuration.
type Options struct {
	// Done is called after each request, from the request's goroutine and
	// with its context. Nil costs nothing.
	Done func(context.Context, Exchange)

	// Issuers carries the requests to the issuers of JWTs: for their
	// /.well-known/openid-configuration and the jwks_uri in it.
	// Default: http.DefaultTransport.
	Issuers http.RoundTripper

	// Callers knows who signs requests to routes with IAM.
	// Default: nobody, so that all of them are refused.
	Callers Callers
}

// Gateway serves the domains and APIs of a Config. It is safe for concurrent
// use.
type Gateway struct {
	invoker Invoker
	done    func(context.Context, Exchange)
	hosts   map[string]*host
}

// New makes a gateway. The configuration must be as Read returns it, and must
// not be changed any more.
func New(config Config, invoker Invoker, options Options) *Gateway {
	return &Gateway{invoker: invoker, done: options.Done, hosts: newHosts(config, invoker, options)}
}

// Hosts returns the names that the gateway answers to, sorted: the custom
// domain names, and the generated endpoints of APIs that did not disable
// theirs.
func (g *Gateway) Hosts() []string {
	var names []string
	for name, h := range g.hosts {
		if h.domain != nil || !h.api.EndpointDisabled {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ServeHTTP answers like RoundTrip. A request whose body cannot be read gets
// 400.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.respond(w, r, sender{}) }

func (g *Gateway) respond(w http.ResponseWriter, r *http.Request, from sender) {
	resp, err := g.serve(r, from)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer resp.Body.Close() //nolint:errcheck // it is in memory
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // an error is a client that went away
}

// RoundTrip answers a request that came over HTTPS, for the host in r.Host or
// r.URL. What goes wrong at AWS is a response with AWS's status. An error
// means that the request ended early: its body could not be read, or its
// context ended.
func (g *Gateway) RoundTrip(r *http.Request) (*http.Response, error) { return g.serve(r, sender{}) }

func (g *Gateway) serve(r *http.Request, from sender) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // only read from
	}
	x := exchange{sender: from, Exchange: Exchange{
		Time: time.Now(), Host: requestHost(r), Method: cmp.Or(r.Method, http.MethodGet), Path: cmp.Or(r.URL.EscapedPath(), "/"), RequestID: NewRequestID(),
	}}
	resp, err := g.answer(r, &x)
	var failed *failure
	switch {
	case errors.As(err, &failed):
		x.Err = failed
		resp, err = failed.response(), nil
	case err != nil:
		x.Err = err
	}
	if err == nil {
		if x.cors != nil && !x.preflight {
			x.cors.apply(r.Header.Get("Origin"), resp.header)
		}
		x.Status = resp.status
	}
	if g.done != nil {
		x.Latency = time.Since(x.Time)
		g.done(r.Context(), x.Exchange)
	}
	if err != nil {
		return nil, err
	}
	return resp.http(r, x.RequestID, x.Time), nil
}

// exchange is an Exchange in the making.
type exchange struct {
	Exchange
	sender

	cors      *CORS // of the API that was found
	preflight bool  // the answer's CORS headers are complete
}

// answerPreflight answers a preflight, which has come to no route or past the
// authorizer of one: a route with an authorizer that takes OPTIONS, $default
// say, takes preflights too (§1.8).
func (x *exchange) answerPreflight(r *http.Request) response {
	x.preflight = true
	return x.cors.preflight(r.Header.Get("Origin"))
}

// answer finds the route of a request, invokes its function and makes the
// response. Every error but a request that ended early is a *failure.
func (g *Gateway) answer(r *http.Request, x *exchange) (response, error) {
	if size := headerBytes(x.Method, r.URL.RequestURI(), x.Host, r.Header); size > maxHeaderBytes {
		return response{}, headersTooLarge(size)
	}
	path, err := decodePath(r.URL.EscapedPath())
	if err != nil {
		return response{}, badPath(err)
	}
	stage, path, err := g.findStage(x.Host, path, x.certificate)
	if err != nil {
		return response{}, err
	}
	x.API, x.cors = stage.api.Name, stage.api.CORS
	found := stage.table.find(x.Method, path)
	preflight := x.cors != nil && isPreflight(x.Method, r.Header)
	if preflight && (found < 0 || stage.targets[found].guard == nil) {
		return x.answerPreflight(r), nil
	}
	if found < 0 {
		return response{}, notFound(fmt.Errorf("API %q has no route for %s %s", stage.api.Name, x.Method, path))
	}
	t := stage.targets[found]
	x.RouteKey, x.Function = t.route.Key.String(), t.route.FunctionARN
	if t.route.Unsupported != "" {
		return response{}, unsupported(t.route.Unsupported)
	}
	if !t.bucket.Take(x.Time) {
		return response{}, throttled(t.route.Key)
	}
	body, err := readBody(r)
	if err != nil {
		return response{}, err
	}
	e := newEvent(stage.api, stage.stage.Name, t.route.Key, &request{
		ID: x.RequestID, Time: x.Time, Trace: NewTraceID(x.Time), SourceIP: SourceIP(r.RemoteAddr),
		Host: x.Host, Method: x.Method, Path: path, RawQuery: r.URL.RawQuery, Header: r.Header, Body: body,
	})
	if t.guard != nil {
		if err := g.authorize(r, t, stage, e, body, x); err != nil {
			return response{}, err
		}
		if preflight {
			return x.answerPreflight(r), nil
		}
	}
	source := sourceARN(stage.api, stage.stage.Name, t.route.Key, x.Method, t.route.FunctionARN)
	if !Permitted(t.permissions, stage.api.Account, source) {
		return response{}, internalError(missingPermission(t, source))
	}
	return g.invoke(r.Context(), t, e, x)
}

// invoke calls the function of a route with the event and reads its result.
func (g *Gateway) invoke(ctx context.Context, t *target, e *event, x *exchange) (response, error) {
	payload, err := e.marshal()
	if err != nil {
		return response{}, internalError(err)
	}
	limited, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	result, err := g.invoker.Invoke(limited, t.route.FunctionARN, payload)
	switch {
	case err != nil && ctx.Err() != nil:
		return response{}, fmt.Errorf("the client went away while %s was running: %w", t.route.FunctionARN, ctx.Err())
	case err != nil && limited.Err() != nil:
		return response{}, timedOut(t)
	case err != nil:
		return response{}, invocationFailed(t.route.FunctionARN, err)
	}
	x.Version, x.Cold, x.Init, x.Duration, x.InvocationID = result.Version, result.Cold, result.Init, result.Duration, result.RequestID
	if result.FunctionError != "" {
		return response{}, internalError(fmt.Errorf("function %s failed (%s): %.500s", t.route.FunctionARN, result.FunctionError, result.Payload))
	}
	resp, err := newResponse(result.Payload)
	if err != nil {
		return response{}, internalError(fmt.Errorf("function %s gave a result that is no response: %w", t.route.FunctionARN, err))
	}
	return resp, nil
}

// http is the response as it goes out, with the headers that each one has
// (§1.5).
func (r response) http(request *http.Request, id string, now time.Time) *http.Response {
	r.header.Set("Apigw-Requestid", id)
	r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	r.header.Set("Connection", "keep-alive")
	out := &http.Response{
		Status:     strconv.Itoa(r.status) + " " + http.StatusText(r.status),
		StatusCode: r.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  r.header,
		Body:    http.NoBody,
		Request: request,
	}
	if r.status == http.StatusNoContent || r.status == http.StatusNotModified {
		return out
	}
	out.ContentLength = int64(len(r.body))
	r.header.Set("Content-Length", strconv.Itoa(len(r.body)))
	if request.Method != http.MethodHead && len(r.body) > 0 {
		out.Body = io.NopCloser(bytes.NewReader(r.body))
	}
	return out
}

// requestHost is the host that a request is for: lower case, no port.
func requestHost(r *http.Request) string {
	name := strings.ToLower(cmp.Or(r.Host, r.URL.Host))
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
		name = name[:i]
	}
	return strings.TrimSuffix(name, ".")
}
