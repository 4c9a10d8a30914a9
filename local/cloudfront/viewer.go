package cloudfront

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// viewer is a viewer's request, as it came or as a function left it.
type viewer struct {
	method string
	path   string // percent-encoded
	query  string // percent-encoded, without the question mark
	header http.Header
	host   string

	https         bool
	proto         string // "1.0", "1.1" or "2.0"
	ip, port      string
	body          io.Reader
	contentLength int64 // -1 when it is not known
}

func newViewer(r *http.Request) *viewer {
	v := &viewer{
		method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, header: r.Header, host: r.Host,
		https: r.TLS != nil, proto: "1.1", body: r.Body, contentLength: r.ContentLength,
	}
	switch {
	case r.ProtoMajor >= 2:
		v.proto = "2.0"
	case !r.ProtoAtLeast(1, 1):
		v.proto = "1.0"
	}
	if v.path == "" {
		v.path = "/"
	}
	v.ip, v.port, _ = net.SplitHostPort(r.RemoteAddr)
	return v
}

// The sizes in bytes from which a request gets 413 (facts §3.3).
const (
	maxURL     = 8192
	maxRequest = 20480
)

// tooLarge says what of the request is too large, if anything. The URL is the
// whole of it, and a request its first line and its headers.
func (v *viewer) tooLarge() string {
	target := len(v.path)
	if v.query != "" {
		target += 1 + len(v.query)
	}
	if len("https://")+len(v.host)+target > maxURL {
		return "The URL is longer than 8,192 bytes."
	}
	size := len(v.method) + target + len("  HTTP/1.1\r\n") + len("Host: \r\n") + len(v.host)
	for name, values := range v.header {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	if size > maxRequest {
		return "The request line and the headers are longer than 20,480 bytes."
	}
	return ""
}

// event is the request as functions see it.
func (v *viewer) event() functionRequest {
	headers := headerFields(v.header)
	i, _ := slices.BinarySearchFunc(headers, "host", func(f field, name string) int { return strings.Compare(f.name, name) })
	headers = slices.Insert(headers, i, field{name: "host", values: []fieldValue{{value: v.host}}})
	return functionRequest{
		method: v.method, uri: toUTF8(v.path), headers: headers,
		querystring: pairs(v.query, "&"), cookies: pairs(strings.Join(v.header.Values("Cookie"), "; "), ";"),
	}
}

// rewritten is the request with what a function changed. What it left alone
// stays as the viewer sent it, encoding included.
func (v *viewer) rewritten(before, after functionRequest) *viewer {
	changed := *v
	changed.header = v.header.Clone()
	if after.uri != before.uri {
		// A question mark here belongs to the path: the query has its own field.
		changed.path = (&url.URL{Path: unescape(after.uri), RawPath: strings.ReplaceAll(after.uri, "?", "%3F")}).EscapedPath()
	}
	if !slices.EqualFunc(before.querystring, after.querystring, sameField) {
		changed.query = joined(after.querystring, "&")
	}
	if !slices.EqualFunc(before.cookies, after.cookies, sameField) {
		changed.header.Del("Cookie")
		if len(after.cookies) > 0 {
			changed.header.Set("Cookie", joined(after.cookies, "; "))
		}
	}
	changeHeaders(changed.header, before.headers, after.headers, "host", "content-length", "transfer-encoding", "via")
	return &changed
}

// changeHeaders makes the changes between before and after. Those that stay
// are kept even where after has none.
func changeHeaders(h http.Header, before, after []field, stay ...string) {
	for _, f := range before {
		if valuesOf(after, f.name) == nil && !slices.Contains(stay, f.name) {
			h.Del(f.name)
		}
	}
	for _, f := range after {
		if slices.Contains(stay, f.name) || slices.EqualFunc(valuesOf(before, f.name), f.values, sameValue) {
			continue
		}
		h.Del(f.name)
		for _, value := range f.values {
			h.Add(f.name, value.value)
		}
	}
}

func sameField(a, b field) bool {
	return a.name == b.name && slices.Equal(a.values, b.values)
}

// unescape is the path without its percent-encoding, or the path itself where
// that is broken.
func unescape(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

// rootObject is the path of the distribution's default root object when the
// request is for the root, and the path itself otherwise (facts §3.2).
//
// Whether a function at viewer-request sees "/" or the object is not
// documented. The event is "the actual request that CloudFront received from
// the viewer", so it sees "/", and the object is put in its place afterwards.
// Nor is whether the object's own path chooses the behaviour anew; it does not
// here, just as a function's new path does not.
func (d *Distribution) rootObject(path string) string {
	if path == "/" && d.DefaultRootObject != "" {
		return "/" + d.DefaultRootObject
	}
	return path
}
