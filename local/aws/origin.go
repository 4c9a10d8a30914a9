package aws

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Bucket is how CloudFront reads from a bucket as an origin, without a detour
// over a socket. The domain is the bucket's, such as
// <bucket>.s3.<region>.amazonaws.com; it is false for a domain that is none of
// the templates' buckets. Only GET and HEAD are served.
//
// The bucket's policy decides, for the principal cloudfront.amazonaws.com and
// the ARN of the distribution that has the bucket as its origin, as an origin
// access control signs them; an origin without one is anybody. Where several
// distributions have the bucket, each has to be allowed. What is denied is
// S3's 403, and also what is not there, unless s3:ListBucket is allowed: that
// is 404.
func (e *Endpoint) Bucket(domain string) (http.RoundTripper, bool) {
	for _, b := range e.config().Buckets {
		if slices.Contains(b.Domains, domain) {
			return origin{e.s3, b}, true
		}
	}
	return nil, false
}

type origin struct {
	s3     *s3
	bucket Bucket
}

// RoundTrip implements http.RoundTripper.
func (o origin) RoundTrip(r *http.Request) (*http.Response, error) {
	inner := r.Clone(r.Context())
	inner.URL.Path = "/" + o.bucket.Name + r.URL.Path
	inner.URL.RawPath = ""
	for name := range inner.Header {
		// Who asks is known, and these would say otherwise.
		if name == "Authorization" || strings.HasPrefix(name, "X-Amz-") {
			delete(inner.Header, name)
		}
	}
	return serve(inner, o.serve), nil
}

func (o origin) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s3Failure(w, r, http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		return
	}
	callers := o.callers()
	op := parseS3(r)
	for _, c := range callers[1:] {
		for _, need := range op.needs {
			if denied := o.s3.authorize(c, need, "", s3Context(r)); denied != "" {
				accessDenied(w, r, c, denied)
				return
			}
		}
	}
	o.s3.serve(w, r, callers[0], "")
}

// callers are those for whom CloudFront asks; there is at least one.
func (o origin) callers() []caller {
	var callers []caller
	for _, reader := range o.bucket.Readers {
		if reader.Signed {
			callers = append(callers, caller{service: "cloudfront.amazonaws.com", source: reader.ARN})
		} else {
			callers = append(callers, caller{})
		}
	}
	if len(callers) == 0 {
		callers = []caller{{}}
	}
	return callers
}

// serve runs a handler and returns its response as soon as there are headers;
// the body is read while the handler writes it.
func serve(r *http.Request, handler func(http.ResponseWriter, *http.Request)) *http.Response {
	body, writer := io.Pipe()
	stop := context.AfterFunc(r.Context(), func() { _ = writer.CloseWithError(context.Cause(r.Context())) })
	w := &responseWriter{header: http.Header{}, body: writer, started: make(chan *http.Response, 1)}
	w.response = &http.Response{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: body, ContentLength: -1}
	go func() {
		defer stop()
		handler(w, r)
		w.WriteHeader(http.StatusOK) // for a handler that wrote nothing
		_ = writer.Close()
	}()
	return <-w.started
}

// responseWriter makes an http.Response of what a handler writes.
type responseWriter struct {
	header   http.Header
	body     *io.PipeWriter
	response *http.Response // the receiver's, once it was sent
	begun    bool
	bodiless bool // what is written goes nowhere
	started  chan *http.Response
}

// Header implements http.ResponseWriter.
func (w *responseWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun = true
	w.response.StatusCode = status
	w.response.Status = fmt.Sprintf("%d %s", status, http.StatusText(status))
	w.response.Header = w.header.Clone()
	if length := w.header.Get("Content-Length"); length != "" {
		_, _ = fmt.Sscan(length, &w.response.ContentLength) // -1 stays for what is no number
	}
	if w.response.Request.Method == http.MethodHead || status == http.StatusNotModified || status == http.StatusNoContent {
		_ = w.body.Close()
		w.response.Body = http.NoBody
		w.bodiless = true
	}
	w.started <- w.response
}

// Write implements http.ResponseWriter.
func (w *responseWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.bodiless {
		return len(p), nil
	}
	return w.body.Write(p)
}
