package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"annex/local/apigateway"
)

// exchange is what the parts of the system note about one request of a
// client, for its line in the terminal.
type exchange struct {
	mu      sync.Mutex
	gateway *apigateway.Exchange // nil where the request did not come to it
	shifted bool                 // two versions of its function share the requests, or another has them than the template says
	failure error                // why the edge answered in an origin's place
}

type exchangeKey struct{}

// note finds the request's exchange in its context and lets f change it.
func note(ctx context.Context, f func(*exchange)) {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		e.mu.Lock()
		defer e.mu.Unlock()
		f(e)
	}
}

// logged writes a line for each request that next has answered.
func (t *terminal) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		e := &exchange{}
		recorder := &statusRecorder{ResponseWriter: w}
		// Deferred, for a response that breaks off ends in a panic.
		defer func() { t.write(e.record(t, r, recorder.status, time.Since(started))) }()
		next.ServeHTTP(recorder, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e)))
	})
}

// requestLine is one request of a client, answered.
type requestLine struct {
	Status   int     `json:"status"` // 0 where there was no answer
	Method   string  `json:"method"`
	Host     string  `json:"host"` // as deployed
	Path     string  `json:"path"` // with its query
	Duration float64 `json:"durationMs"`
	Route    string  `json:"route,omitempty"`
	invoked
	Error string `json:"error,omitempty"` // why the answer is not a function's or an origin's own
}

// invoked is the function that ran, where one did.
type invoked struct {
	Function  string  `json:"function,omitempty"`
	Version   string  `json:"version,omitempty"`
	RequestID string  `json:"requestId,omitempty"` // of the invocation, as in the function's log
	Cold      *bool   `json:"cold,omitempty"`      // its environment was started for it
	Init      float64 `json:"initDurationMs,omitempty"`

	shifted bool // its version is worth a word
}

func (e *exchange) record(t *terminal, r *http.Request, status int, took time.Duration) requestLine {
	e.mu.Lock()
	defer e.mu.Unlock()
	line := requestLine{Status: status, Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Duration: milliseconds(took)}
	failure := e.failure
	if g := e.gateway; g != nil {
		line.Route = g.RouteKey
		if g.InvocationID != "" {
			line.invoked = invoked{t.nameOf(g.Function), g.Version, g.InvocationID, &g.Cold, milliseconds(g.Init), e.shifted}
		}
		if g.Err != nil {
			failure = g.Err
		}
	}
	if failure != nil {
		line.Error = failure.Error()
	}
	return line
}

func (requestLine) kind() string { return "request" }

// text is such as
//
//	200 GET       12.4 ms  www.dev.example.com/api/cart/x            GET /{cart} → cart, cold start 7.1 ms
//
// with the columns that have a width first.
func (l requestLine) text(p paint) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s  ", p.in(statusColour(l.Status), fmt.Sprintf("%3d", l.Status)), fmt.Sprintf("%-7s", l.Method), p.in(dim, fmt.Sprintf("%9s", inMilliseconds(l.Duration))))
	rest := l.Route
	if l.Function != "" {
		rest += " → " + l.invoked.text(p)
	}
	if rest == "" {
		b.WriteString(l.Host + l.Path)
	} else {
		fmt.Fprintf(&b, "%-44s  %s", l.Host+l.Path, rest)
	}
	if l.Error != "" {
		b.WriteString(": " + p.in(red, l.Error))
	}
	return b.String()
}

// text is such as "cart, warm" or "cart version 2, cold start 7.1 ms".
func (i invoked) text(p paint) string {
	text := i.Function
	if i.shifted {
		text += " version " + i.Version
	}
	switch {
	case i.Cold != nil && *i.Cold && i.Init == 0: // after a crash: as a part of the invocation
		return text + ", " + p.in(magenta, "cold start")
	case i.Cold != nil && *i.Cold:
		return text + ", " + p.in(magenta, "cold start "+inMilliseconds(i.Init))
	}
	return text + ", " + p.in(dim, "warm")
}

func statusColour(status int) colour {
	switch {
	case status >= 500 || status == 0:
		return red
	case status >= 400:
		return yellow
	case status >= 300:
		return cyan
	}
	return green
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}

func inMilliseconds(number float64) string { return fmt.Sprintf("%.1f ms", number) }

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter

	status int
}

func (w *statusRecorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController reach what the writer can do besides.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
