package cloudfront

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// response is what a viewer will get, as it is being made.
type response struct {
	status int
	header http.Header
	body   io.ReadCloser // nil: none
	length int64         // of the body; -1 when it is not known

	cache     string // the first word of X-Cache, such as Miss
	generated bool   // CloudFront made it, or a function; no origin did
	final     bool   // no error page takes its place
	reason    string // why CloudFront made it, for the person who asked
	err       error  // and for the log
}

// drain reads what is left of a small body, so that the cache may keep it.
func (r *response) drain() {
	if r.body != nil {
		_, _ = io.CopyN(io.Discard, r.body, 1<<20) // a longer body, or a broken one, is not kept
	}
}

// close ends what the body holds on to.
func (r *response) close() {
	if r.body != nil {
		_ = r.body.Close()
	}
}

// setBody replaces the body.
func (r *response) setBody(body []byte) {
	r.close()
	r.body, r.length = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// fromOrigin is an origin's response without what ends there (facts §3.5).
func fromOrigin(o *http.Response, b *Behaviour) *response {
	r := &response{status: o.StatusCode, header: o.Header, body: o.Body, length: o.ContentLength, cache: "Miss"}
	if o.StatusCode >= http.StatusBadRequest {
		r.cache = "Error"
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via",
		"X-Cache", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "Content-Length",
	} {
		r.header.Del(name)
	}
	forwardsCookies := b.CachePolicy.Cookies.Mode != None || b.OriginRequestPolicy != nil && b.OriginRequestPolicy.Cookies.Mode != None
	if !forwardsCookies {
		// "Removes Set-Cookie headers from responses" ("Cache content based on cookies").
		r.header.Del("Set-Cookie")
	}
	pruneVary(r.header, b)
	return r
}

// pruneVary keeps of Vary what CloudFront varies by: encodings, cookies, and
// the headers that the policies send to the origin.
func pruneVary(h http.Header, b *Behaviour) {
	values := h.Values("Vary")
	if len(values) == 0 {
		return
	}
	var kept []string
	for name := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name = strings.TrimSpace(name)
		if strings.EqualFold(name, "Accept-Encoding") || strings.EqualFold(name, "Cookie") || b.CachePolicy.Headers.HasHeader(name) ||
			b.OriginRequestPolicy != nil && b.OriginRequestPolicy.Headers.HasHeader(name) {
			kept = append(kept, name)
		}
	}
	h.Del("Vary")
	if len(kept) > 0 {
		h.Set("Vary", strings.Join(kept, ", "))
	}
}

// addVary adds a name to Vary, where it is not yet.
func addVary(h http.Header, name string) {
	for _, line := range h.Values("Vary") {
		for had := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(had), name) {
				return
			}
		}
	}
	h.Add("Vary", name)
}

// fromCache is the response that an entry makes for a request, whose
// conditions and range it answers.
func fromCache(e *entry, v *viewer, cache string, now time.Time) *response {
	r := &response{status: e.status, header: e.header.Clone(), cache: cache}
	r.setBody(e.body)
	if e.status >= http.StatusBadRequest {
		r.cache = "Error"
	}
	age := now.Sub(e.stored)
	if before, err := strconv.Atoi(e.header.Get("Age")); err == nil {
		age += time.Duration(before) * time.Second
	}
	r.header.Set("Age", strconv.Itoa(int(age.Seconds())))
	r.conditional(v)
	if r.status == http.StatusOK && v.header.Get("Range") != "" {
		r.ranged(e, v)
	}
	return r
}

// ranged makes the response the part, or parts, that the viewer asked for.
func (r *response) ranged(e *entry, v *viewer) {
	part := &capture{header: r.header}
	request := &http.Request{Method: v.method, Header: http.Header{"Range": v.header["Range"], "If-Range": v.header["If-Range"]}}
	modified, _ := http.ParseTime(e.header.Get("Last-Modified"))
	http.ServeContent(part, request, "", modified, bytes.NewReader(e.body))
	r.status = part.status
	r.setBody(part.body.Bytes())
}

// capture is a ResponseWriter that keeps what is written.
type capture struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *capture) Header() http.Header         { return c.header }
func (c *capture) WriteHeader(status int)      { c.status = status }
func (c *capture) Write(p []byte) (int, error) { return c.body.Write(p) }

// conditional makes the response 304 when the viewer has what it would get.
func (r *response) conditional(v *viewer) {
	if r.status != http.StatusOK || v.method != http.MethodGet && v.method != http.MethodHead || !notModified(v.header, r.header) {
		return
	}
	r.close()
	r.status, r.body, r.length = http.StatusNotModified, nil, 0
	for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Type"} {
		r.header.Del(name)
	}
}

// notModified evaluates If-None-Match, or without it If-Modified-Since (RFC
// 9110, section 13.2.2).
func notModified(request, response http.Header) bool {
	if conditions := request.Values("If-None-Match"); len(conditions) > 0 {
		etag := strings.TrimPrefix(response.Get("Etag"), "W/")
		return slices.ContainsFunc(strings.Split(strings.Join(conditions, ","), ","), func(condition string) bool {
			condition = strings.TrimSpace(condition)
			return condition == "*" || etag != "" && strings.TrimPrefix(condition, "W/") == etag
		})
	}
	since, err := http.ParseTime(request.Get("If-Modified-Since"))
	if err != nil {
		return false
	}
	modified, err := http.ParseTime(response.Get("Last-Modified"))
	return err == nil && !modified.After(since)
}
