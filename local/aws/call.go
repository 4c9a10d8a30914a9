package aws

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Call is one request to the endpoint and what became of it.
type Call struct {
	Time      time.Time
	Duration  time.Duration // until the last byte was sent
	Service   string        // as signatures name it: dynamodb, s3, secretsmanager, …
	Operation string        // such as GetItem
	Resources []string      // the ARNs that it needs a permission for, each once
	Caller    string        // the ARN of the role's session; root, or empty for nobody who is known
	Trace     string        // the caller's X-Amzn-Trace-Id: that of the invocation, for the SDKs send it (aws-sdk-go-v2, "RecursionDetection")
	Status    int
	Error     string // AWS's name of what went wrong; empty for nothing
	Reason    string // and its message
	Denied    bool   // a policy, or that there is none, is the reason
}

// observed tells done() of each request, where it is not nil: then nobody wants
// to know, and nothing is noted.
func observed(next http.Handler, done func() func(Call)) http.Handler {
	if done == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tell := done()
		if tell == nil {
			next.ServeHTTP(w, r)
			return
		}
		call := newCall(r)
		answer := &callWriter{ResponseWriter: w}
		next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), callKey{}, call)))
		call.answered(answer)
		call.Duration = time.Since(call.Time)
		tell(*call)
	})
}

// newCall says what a request asks for.
func newCall(r *http.Request) *Call {
	s := readScope(r)
	c := &Call{Time: time.Now(), Service: cmp.Or(s.service, "s3"), Trace: r.Header.Get("X-Amzn-Trace-Id")}
	if trace, err := url.PathUnescape(c.Trace); err == nil {
		c.Trace = trace
	}
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		c.Operation = operation
	} else if c.Service == "s3" {
		c.Operation = parseS3(r).name
	}
	return c
}

type callKey struct{}

// callOf is what is noted of a request, or nil where nobody looks.
func callOf(r *http.Request) *Call {
	call, _ := r.Context().Value(callKey{}).(*Call)
	return call
}

// needs notes a permission that was asked for, and its denial if there is one.
func (c *Call) needs(who caller, p permission, denied denial) {
	if c == nil {
		return
	}
	if c.Caller = who.arn(); who.root {
		c.Caller = "root"
	}
	if len(c.Resources) == 0 || c.Resources[len(c.Resources)-1] != p.resource {
		c.Resources = append(c.Resources, p.resource)
	}
	if c.Operation == "" {
		_, c.Operation, _ = strings.Cut(p.action, ":")
	}
	if denied != "" {
		c.Denied, c.Reason = true, string(denied)
	}
}

// maxFailure is how much of a failure's text is read, in bytes.
const maxFailure = 4 << 10

// answered notes what the answer says, whose failures are JSON or XML.
func (c *Call) answered(w *callWriter) {
	c.Status = cmp.Or(w.status, http.StatusOK)
	if c.Status < http.StatusBadRequest {
		c.Denied, c.Reason = false, "" // it was allowed by another way
		return
	}
	c.Error = w.Header().Get("X-Amzn-Errortype")
	text := w.failure.Bytes()
	var described struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
		Capital string `json:"Message"`
	}
	if json.Unmarshal(text, &described) == nil {
		c.Error = cmp.Or(c.Error, described.Type)
		c.Reason = cmp.Or(c.Reason, described.Message, described.Capital)
	} else {
		c.Error = cmp.Or(c.Error, element(text, "Code"))
		c.Reason = cmp.Or(c.Reason, element(text, "Message"))
	}
	c.Error = c.Error[strings.IndexByte(c.Error, '#')+1:]
}

// element is the text of an element of XML.
func element(text []byte, name string) string {
	_, after, _ := bytes.Cut(text, []byte("<"+name+">"))
	value, _, ok := bytes.Cut(after, []byte("</"+name+">"))
	if !ok {
		return ""
	}
	return string(value)
}

// callWriter remembers an answer's status, and the text of a failure.
type callWriter struct {
	http.ResponseWriter

	status  int
	failure bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (w *callWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *callWriter) Write(data []byte) (int, error) {
	if w.status >= http.StatusBadRequest && w.failure.Len() < maxFailure {
		w.failure.Write(data[:min(len(data), maxFailure-w.failure.Len())])
	}
	return w.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController reach what the writer can do besides.
func (w *callWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
