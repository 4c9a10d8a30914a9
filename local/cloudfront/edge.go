// Package cloudfront serves the distributions of a cloud assembly the way
// CloudFront's edge does: behaviours in their order, functions, what reaches
// the origin, the cache, compression, and what is changed in the response. The
// rules and their sources are in section 3 of the facts on HTTP at the edge;
// where those leave a question open, one function answers it and says why.
// Requests carry the deployed host names, and one that came by TLS has its
// TLS field set. Only local's main may import it.
package cloudfront

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Edge serves one distribution.
type Edge struct {
	distribution Distribution
	origins      Origins
	options      Options
	cache        *cache
	via          string // its name in Via headers
	buffers      *sync.Pool
}

// Options are what an Edge may be told. The zero value is fine.
type Options struct {
	// Done is called when a response has been sent, with the viewer request's
	// context. Default: not called.
	Done func(context.Context, Exchange)
	// FunctionLog gets what functions write with console.log. Default: nothing does.
	FunctionLog func(function, requestID, line string)
	// CacheBytes limits the cache, an object in it to an eighth. Default: 64 MiB.
	CacheBytes int64
	// Now is the clock of the cache and of functions. Default: time.Now.
	Now func() time.Time
}

// Exchange is one request that was answered.
type Exchange struct {
	Time      time.Time
	Method    string
	Host      string
	Path      string // as the viewer asked for it
	Behaviour string // the path pattern; empty when it got to none
	Origin    string // the domain name; empty when it got to no behaviour
	Cache     string // the first word of X-Cache, such as Miss or Hit
	Status    int
	Duration  time.Duration // until the last byte was sent
	RequestID string        // X-Amz-Cf-Id
	Reason    string        // why CloudFront made the response, as its page says; empty where it did not
	Err       error         // the same, where that is not the viewer's doing
}

// New returns an Edge for the distribution.
func New(d Distribution, origins Origins, options Options) (*Edge, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.FunctionLog == nil {
		options.FunctionLog = func(string, string, string) {}
	}
	sum := sha256.Sum256([]byte(d.ID))
	return &Edge{
		distribution: d, origins: origins, options: options,
		cache: newCache(cmp.Or(options.CacheBytes, 64<<20)),
		via:   hex.EncodeToString(sum[:16]) + ".cloudfront.net",
		buffers: &sync.Pool{New: func() any {
			buffer := make([]byte, 32<<10)
			return &buffer
		}},
	}, nil
}

// Next is the edge of a distribution that was changed, which keeps what is in
// the cache, as CloudFront does. This one goes on, for requests that are under
// way.
func (e *Edge) Next(d Distribution, origins Origins) *Edge {
	next := *e
	next.distribution, next.origins = d, origins
	return &next
}

// ID is the distribution's.
func (e *Edge) ID() string { return e.distribution.ID }

// Hosts returns the host names that the distribution answers to: its aliases,
// or where it has none, the name that CloudFront gave it.
func (e *Edge) Hosts() []string {
	if len(e.distribution.Aliases) == 0 {
		return []string{e.distribution.DomainName}
	}
	return e.distribution.Aliases
}

// Invalidate removes from the cache what the paths match, as an invalidation
// does: "/index.html", or with a star at the end "/images/*" and "/*". It is
// for whoever changes an origin's content, so that the next request shows it.
func (e *Edge) Invalidate(paths ...string) { e.cache.invalidate(paths) }

// pop is the point of presence that X-Amz-Cf-Pop names.
const pop = "DUB56-P1"

// ServeHTTP answers one viewer's request.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	v, id := newViewer(r), newRequestID()
	b := e.distribution.behaviour(v.path)
	answer := e.answer(r.Context(), b, v, id)
	defer answer.close()
	if e.options.Done != nil {
		defer func() {
			x := Exchange{
				Time: start, Method: r.Method, Host: r.Host, Path: r.URL.Path, Cache: answer.cache, Status: answer.status,
				Duration: time.Since(start), RequestID: id, Reason: answer.reason, Err: answer.err,
			}
			if b != nil {
				x.Behaviour, x.Origin = b.PathPattern, b.Origin.DomainName
			}
			e.options.Done(r.Context(), x)
		}()
	}
	h := answer.header
	h.Set("Via", "1.1 "+e.via+" (CloudFront)")
	h.Set("X-Cache", answer.cache+" from cloudfront")
	h.Set("X-Amz-Cf-Pop", pop)
	h.Set("X-Amz-Cf-Id", id)
	buffer, _ := e.buffers.Get().(*[]byte)
	defer e.buffers.Put(buffer)
	answer.write(w, r.Method, *buffer)
}

// answer makes the response to a request. Its behaviour is chosen by the path
// that the viewer asked for, and stays.
func (e *Edge) answer(ctx context.Context, b *Behaviour, v *viewer, id string) *response {
	if reason := v.tooLarge(); reason != "" {
		r := generatedError(http.StatusRequestEntityTooLarge, "Error", reason, id, nil)
		r.header.Set("Connection", "close")
		return r
	}
	if b == nil {
		return unsupported("the distribution has no behaviour for "+v.path, id)
	}
	r := refuse(b, v, id)
	if r == nil {
		v, r = e.viewerRequest(b, v, id)
	}
	if r == nil {
		v.path = e.distribution.rootObject(v.path)
		r = e.fetch(ctx, b, v, id)
	}
	if r.status >= http.StatusBadRequest {
		r = e.errorResponse(ctx, v, id, r)
	}
	if r.generated {
		return r
	}
	b.ResponseHeadersPolicy.apply(r.header, v.header, v.method)
	return e.viewerResponse(b, v, r, id)
}

// refuse is the answer to a request that the behaviour does not take, or nil
// (facts §3.3).
func refuse(b *Behaviour, v *viewer, id string) *response {
	forbidden := func(reason string) *response {
		return generatedError(http.StatusForbidden, "Error", reason, id, nil)
	}
	switch {
	case b.Unsupported != "":
		return unsupported(b.Unsupported, id)
	case !v.https && b.ViewerProtocolPolicy == "redirect-to-https":
		return redirectToHTTPS(v, id)
	case !v.https && b.ViewerProtocolPolicy == "https-only":
		return forbidden("The request came by HTTP, and this behaviour wants HTTPS.")
	case !slices.Contains(b.AllowedMethods, v.method):
		return forbidden("This behaviour does not allow the method " + v.method + ".")
	case v.method == http.MethodGet && v.contentLength != 0:
		return forbidden("A GET request cannot have a body.")
	case strings.EqualFold(v.header.Get("Upgrade"), "websocket"):
		return unsupported("it asks for a WebSocket, and local mode forwards none", id)
	}
	return nil
}

// newRequestID makes an ID of 56 characters, as X-Amz-Cf-Id has.
func newRequestID() string {
	var random [40]byte
	_, _ = rand.Read(random[:]) // never fails
	return base64.URLEncoding.EncodeToString(random[:])
}

// write sends the response. A body that breaks off ends the connection, for
// the viewer must not take it for the whole.
func (r *response) write(w http.ResponseWriter, method string, buffer []byte) {
	maps.Copy(w.Header(), r.header)
	bodiless := r.body == nil || r.status == http.StatusNoContent || r.status == http.StatusNotModified
	if r.length >= 0 && !bodiless {
		w.Header().Set("Content-Length", strconv.FormatInt(r.length, 10))
	}
	w.WriteHeader(r.status)
	if bodiless || method == http.MethodHead {
		return
	}
	var to io.Writer = w
	if r.length < 0 {
		to = flushing{w, http.NewResponseController(w)}
	}
	if _, err := io.CopyBuffer(to, r.body, buffer); err != nil {
		r.err = fmt.Errorf("the body broke off: %w", err)
		panic(http.ErrAbortHandler)
	}
}

// flushing sends each part as it comes, for bodies whose end is not known.
type flushing struct {
	io.Writer
	controller *http.ResponseController
}

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err == nil {
		_ = f.controller.Flush() // a writer that cannot flush sends later
	}
	return n, err
}
