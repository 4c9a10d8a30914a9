package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"annex/local/apigateway"
	"annex/local/lambda"
)

// terminal writes whole lines, whoever writes them.
type terminal struct {
	mu    sync.Mutex
	out   io.Writer
	names map[string]string // what a function is called in its log lines, by its name; a map is never changed
}

// say writes one line of the runner's own.
func (t *terminal) say(format string, args ...any) {
	t.line("annex: " + fmt.Sprintf(format, args...))
}

func (t *terminal) line(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.out, strings.TrimRight(text, "\n")+"\n") // nowhere to tell of a terminal that is gone
}

// Write is say for what writes lines to a writer.
func (t *terminal) Write(text []byte) (int, error) {
	t.line(string(text))
	return len(text), nil
}

// function writes a line of a function's log. START and END are left out: a
// REPORT line says all that they do.
func (t *terminal) function(l lambda.Log) {
	if l.Platform && (strings.HasPrefix(l.Line, "START ") || strings.HasPrefix(l.Line, "END ")) {
		return
	}
	t.mu.Lock()
	name := cmp.Or(t.names[l.Function], l.Function) // one that is gone may still end
	t.mu.Unlock()
	t.line(name + " | " + l.Line)
}

// name calls functions by their handlers, which are shorter than their names
// and which a developer knows, where no two share one.
func (t *terminal) name(functions []lambda.Function) {
	names := map[string]string{}
	users := map[string]int{}
	for _, f := range functions {
		users[f.Folder]++
	}
	for _, f := range functions {
		names[f.Name] = f.Name
		if users[f.Folder] == 1 {
			names[f.Name] = path.Base(f.Folder)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.names = names
}

// exchange is what the parts of the system note about one request of a
// client, for its line in the terminal.
type exchange struct {
	mu      sync.Mutex
	gateway *apigateway.Exchange // nil where the request did not come to it
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
		defer func() { t.line(e.line(r, recorder.status, time.Since(started))) }()
		next.ServeHTTP(recorder, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e)))
	})
}

// line is such as
//
//	200 GET www.dev.example.com/api/cart/x → GET /{cart}, cold start 7.1 ms, 12.4 ms
func (e *exchange) line(r *http.Request, status int, took time.Duration) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s%s", status, r.Method, r.Host, r.URL.RequestURI())
	failure := e.failure
	if g := e.gateway; g != nil {
		if g.RouteKey != "" {
			fmt.Fprintf(&b, " → %s", g.RouteKey)
		}
		if g.Cold {
			fmt.Fprintf(&b, ", cold start %s", milliseconds(g.Init))
		}
		if g.Err != nil {
			failure = g.Err
		}
	}
	fmt.Fprintf(&b, ", %s", milliseconds(took))
	if failure != nil {
		fmt.Fprintf(&b, ": %v", failure)
	}
	return b.String()
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

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
