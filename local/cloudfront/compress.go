package cloudfront

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
)

// The sizes in bytes of what CloudFront compresses (facts §3.6).
const (
	minCompressed = 1000
	maxCompressed = 10_000_000
)

// compress compresses an origin's response where CloudFront would. The size is
// limited, so the whole body is read for it. The error is of the reading.
func (r *response) compress(b *Behaviour, v *viewer) error {
	encoding := r.encoding(b, v)
	if encoding == "" {
		return nil
	}
	r.header.Set("Content-Encoding", encoding)
	addVary(r.header, "Accept-Encoding")
	weaken(r.header)
	if v.method == http.MethodHead {
		r.length = -1
		return nil
	}
	var compressed bytes.Buffer
	var compressor io.WriteCloser = gzip.NewWriter(&compressed)
	if encoding == "br" {
		compressor = brotli.NewWriterLevel(&compressed, brotliLevel)
	}
	n, err := io.Copy(compressor, r.body)
	if err == nil && n != r.length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("it sent %d bytes of %d: %w", n, r.length, err)
	}
	if err := compressor.Close(); err != nil {
		return err
	}
	r.setBody(compressed.Bytes())
	return nil
}

// A level that costs a page a fraction of a millisecond: here the size only
// has to be realistic.
const brotliLevel = 4

// encoding is what the response is compressed with, or nothing.
func (r *response) encoding(b *Behaviour, v *viewer) string {
	p := &b.CachePolicy
	if !b.Compress || !p.Caches() || r.body == nil || r.length < minCompressed || r.length > maxCompressed ||
		r.header.Get("Content-Encoding") != "" || !isCompressible(r.header.Get("Content-Type")) {
		return ""
	}
	switch r.status {
	case http.StatusOK, http.StatusForbidden, http.StatusNotFound:
	default:
		return ""
	}
	accepted := acceptedEncodings(v.header.Values("Accept-Encoding"), v.proto)
	switch {
	case accepted.brotli && p.Brotli:
		return "br"
	case accepted.gzip && p.Gzip:
		return "gzip"
	}
	return ""
}

// weaken makes a strong ETag a weak one, for the bytes are others, and removes
// one that is neither.
func weaken(h http.Header) {
	switch etag := h.Get("Etag"); {
	case strings.HasPrefix(etag, `"`):
		h.Set("Etag", "W/"+etag)
	case !strings.HasPrefix(etag, "W/"):
		h.Del("Etag")
	}
}

// isCompressible reports whether CloudFront compresses the type ("File types
// that CloudFront compresses").
func isCompressible(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/dash+xml", "application/eot", "application/font", "application/font-sfnt", "application/javascript",
		"application/json", "application/opentype", "application/otf", "application/pdf", "application/pkcs7-mime",
		"application/protobuf", "application/rss+xml", "application/truetype", "application/ttf",
		"application/vnd.apple.mpegurl", "application/vnd.mapbox-vector-tile", "application/vnd.ms-fontobject", "application/wasm",
		"application/xhtml+xml", "application/xml", "application/x-font-opentype", "application/x-font-truetype",
		"application/x-font-ttf", "application/x-httpd-cgi", "application/x-javascript", "application/x-mpegurl",
		"application/x-opentype", "application/x-otf", "application/x-perl", "application/x-ttf",
		"font/eot", "font/opentype", "font/otf", "font/ttf", "image/svg+xml",
		"text/css", "text/csv", "text/html", "text/javascript", "text/js", "text/plain", "text/richtext",
		"text/tab-separated-values", "text/xml", "text/x-component", "text/x-java-source", "text/x-script", "vnd.apple.mpegurl":
		return true
	}
	return false
}
