package cloudfront

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

var page = strings.Repeat("<p>a page that compresses well</p>\n", 60)

func TestCompression(t *testing.T) {
	html := func(headers ...string) *http.Response {
		return reply(200, page, append(headers, "Content-Type", "text/html; charset=utf-8")...)
	}
	for name, c := range map[string]struct {
		path, accept string
		reply        func() *http.Response
		want         string
	}{
		"3.6 brotli is preferred":               {"/", "gzip, deflate, br", func() *http.Response { return html() }, "br"},
		"3.6 gzip where brotli is not taken":    {"/", "gzip, deflate", func() *http.Response { return html() }, "gzip"},
		"3.6 nothing where neither is":          {"/", "deflate", func() *http.Response { return html() }, ""},
		"3.6 nothing without Accept-Encoding":   {"/", "", func() *http.Response { return html() }, ""},
		"3.6 nothing with CachingDisabled":      {"/api/x", "gzip, br", func() *http.Response { return html() }, ""},
		"3.6 nothing that is encoded already":   {"/", "gzip, br", func() *http.Response { return html("Content-Encoding", "identity") }, "identity"},
		"3.6 nothing below 1,000 bytes":         {"/", "gzip, br", func() *http.Response { return reply(200, page[:999], "Content-Type", "text/html") }, ""},
		"3.6 1,000 bytes are enough":            {"/", "gzip, br", func() *http.Response { return reply(200, page[:1000], "Content-Type", "text/html") }, "br"},
		"3.6 nothing of another type":           {"/", "gzip, br", func() *http.Response { return reply(200, page, "Content-Type", "image/png") }, ""},
		"3.6 nothing without a type":            {"/", "gzip, br", func() *http.Response { return reply(200, page) }, ""},
		"3.6 nothing without Content-Length":    {"/", "gzip, br", func() *http.Response { r := html(); r.ContentLength = -1; return r }, ""},
		"3.6 errors 403 and 404 too":            {"/", "gzip, br", func() *http.Response { r := html(); r.StatusCode = 404; return r }, "br"},
		"3.6 not other statuses":                {"/", "gzip, br", func() *http.Response { r := html(); r.StatusCode = 500; return r }, ""},
		"3.6 images of text are compressed":     {"/", "br", func() *http.Response { return reply(200, page, "Content-Type", "image/svg+xml") }, "br"},
		"3.6 an encoding of no quality is a no": {"/", "br;q=0, gzip;q=0.1", func() *http.Response { return html() }, "gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t, site(), &origin{reply: func(*http.Request) *http.Response { return c.reply() }}, Options{})
			r := ask("GET", c.path)
			if c.accept != "" {
				r.Header.Set("Accept-Encoding", c.accept)
			}
			w := serve(e, r)
			if got := w.Header().Get("Content-Encoding"); got != c.want {
				t.Fatalf("encoded with %q, want %q", got, c.want)
			}
			want := c.reply()
			defer want.Body.Close() //nolint:errcheck // the test is over
			plain, _ := io.ReadAll(want.Body)
			if got := decoded(t, w); got != string(plain) {
				t.Errorf("the body is %d bytes, want %d", len(got), len(plain))
			}
			if length := w.Header().Get("Content-Length"); length != "" && length != fmt.Sprint(w.Body.Len()) {
				t.Errorf("the length is %s, the body has %d bytes", length, w.Body.Len())
			}
		})
	}
	t.Run("3.6 nothing for HTTP/1.0", func(t *testing.T) {
		e := newEdge(t, site(), &origin{reply: func(*http.Request) *http.Response { return html() }}, Options{})
		r := ask("GET", "/", "Accept-Encoding", "gzip")
		r.ProtoMajor, r.ProtoMinor = 1, 0
		if got := serve(e, r).Header().Get("Content-Encoding"); got != "" {
			t.Errorf("encoded with %q", got)
		}
	})
	t.Run("3.6 nothing where the policy keeps nothing", func(t *testing.T) {
		d := site()
		d.Behaviours[2].CachePolicy = CachePolicy{Gzip: true, Brotli: true}
		e := newEdge(t, d, &origin{reply: func(*http.Request) *http.Response { return html() }}, Options{})
		if got := serve(e, ask("GET", "/", "Accept-Encoding", "gzip")).Header().Get("Content-Encoding"); got != "" {
			t.Errorf("encoded with %q", got)
		}
	})
	t.Run("3.6 nothing where the behaviour does not compress", func(t *testing.T) {
		d := site()
		d.Behaviours[2].Compress = false
		e := newEdge(t, d, &origin{reply: func(*http.Request) *http.Response { return html() }}, Options{})
		if got := serve(e, ask("GET", "/", "Accept-Encoding", "gzip")).Header().Get("Content-Encoding"); got != "" {
			t.Errorf("encoded with %q", got)
		}
	})
}

func decoded(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body io.Reader = strings.NewReader(w.Body.String())
	switch w.Header().Get("Content-Encoding") {
	case "br":
		body = brotli.NewReader(body)
	case "gzip":
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = unzipped
	}
	plain, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestCompressionWeakensETags(t *testing.T) {
	for sent, want := range map[string]string{`"abc"`: `W/"abc"`, `W/"abc"`: `W/"abc"`, `abc`: ``} {
		o := &origin{reply: func(*http.Request) *http.Response {
			return reply(200, page, "Content-Type", "text/html", "Vary", "Accept-Encoding", "Etag", sent)
		}}
		w := serve(newEdge(t, site(), o, Options{}), ask("GET", "/", "Accept-Encoding", "br"))
		if got := w.Header().Get("Etag"); got != want {
			t.Errorf("3.6 the ETag %s became %s, want %s", sent, got, want)
		}
		if got := w.Header().Values("Vary"); len(got) != 1 || got[0] != "Accept-Encoding" {
			t.Errorf("3.6 Vary is %q", got)
		}
	}
}

func TestABodyOfAnotherLengthIsNotCompressed(t *testing.T) {
	var reported error
	o := &origin{reply: func(*http.Request) *http.Response {
		r := reply(200, page, "Content-Type", "text/html")
		r.ContentLength++
		return r
	}}
	e := newEdge(t, site(), o, Options{Done: func(_ context.Context, x Exchange) { reported = x.Err }})
	wantCache(t, serve(e, ask("GET", "/", "Accept-Encoding", "br")), 502, "Error")
	want := fmt.Sprintf("it sent %d bytes of %d: unexpected EOF", len(page), len(page)+1)
	if !errors.Is(reported, io.ErrUnexpectedEOF) || !strings.Contains(reported.Error(), want) {
		t.Errorf("got %v, want %s", reported, want)
	}
}
