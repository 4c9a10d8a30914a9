package release

import (
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"

	"annex/lambdas/internal/httpapi"
)

// A Failure is a call that went otherwise than the check wanted. Its text says what was wrong; logged, it shows the
// request and the answer.
type Failure struct {
	exchange

	reason error
}

func (f *Failure) Error() string {
	return fmt.Sprintf("call %d, %s: %v", f.call, f.request.RouteKey, f.reason)
}

// Unwrap is what the call failed with.
func (f *Failure) Unwrap() error { return f.reason }

// An exchange is a call and what is known of its answer.
type exchange struct {
	call    int // from 1
	request httpapi.Request
	status  int // 0 without an answer
	header  http.Header
	body    string // of the answer, or what the function said in place of one
}

func (e exchange) failed(err error) *Failure { return &Failure{exchange: e, reason: err} }

// Wrong is the failure of a call whose answer is not the one that the check wants. What is wanted stands in the text:
// Wrong("the cart holds %d items, want 1", n).
func (e exchange) Wrong(format string, args ...any) *Failure {
	return e.failed(fmt.Errorf(format, args...))
}

// LogValue is the request and the answer without what only a caller should know: of the path its route, and in the
// bodies the names of the path's parameters in place of their values, for an id may be all that one needs.
func (e exchange) LogValue() slog.Value {
	sent := slog.Group("request", "routeKey", e.request.RouteKey, "query", e.request.RawQueryString,
		"headers", plain(e.request.Headers), "body", e.shown(e.request.Body))
	if e.status == 0 {
		return slog.GroupValue(slog.Int("number", e.call), sent, slog.String("output", e.shown(e.body)))
	}
	header := make(map[string]string, len(e.header))
	for name := range e.header {
		header[name] = e.header.Get(name)
	}
	return slog.GroupValue(slog.Int("number", e.call), sent,
		slog.Group("answer", "status", e.status, "headers", plain(header), "body", e.shown(e.body)))
}

// plainHeaders are those whose values are nobody's secret.
var plainHeaders = []string{
	"accept", "allow", "cache-control", "content-length", "content-type", "etag", "if-match", "if-none-match", "retry-after", "vary",
}

// plain are the headers that may be shown, and the names of the others.
func plain(headers map[string]string) map[string]string {
	shown := make(map[string]string, len(headers))
	for name, value := range headers {
		if !slices.Contains(plainHeaders, strings.ToLower(name)) {
			value = "…"
		}
		shown[name] = value
	}
	return shown
}

// shown is the start of a body.
func (e exchange) shown(body string) string {
	const longest, shortest = 1 << 10, 8
	for name, value := range e.request.PathParameters {
		if len(value) >= shortest { // a shorter one could stand anywhere
			body = strings.ReplaceAll(body, value, "{"+name+"}")
		}
	}
	if len(body) > longest {
		body = strings.ToValidUTF8(body[:longest], "") + "…"
	}
	return body
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
