package cloudfront

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pages is an edge over a bucket whose one page has the version as its body
// and ETag.
func pages(t *testing.T, c *clock, version *string) (*Edge, *origin) {
	o := &origin{reply: func(r *http.Request) *http.Response {
		etag := fmt.Sprintf("%q", *version)
		if r.Header.Get("If-None-Match") == etag {
			return reply(304, "", "Etag", etag, "Date", c.now.UTC().Format(http.TimeFormat))
		}
		return reply(200, "version "+*version, "Etag", etag, "Cache-Control", "max-age=60", "Content-Type", "text/plain", "Age", "5",
			"Last-Modified", "Sun, 22 Nov 2026 11:00:00 GMT")
	}}
	return newEdge(t, site(), o, Options{Now: c.Now}), o
}

func TestPagesStayInTheCache(t *testing.T) {
	t.Run("3.5 Miss, Hit and RefreshHit, with their ages", func(t *testing.T) {
		c, version := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}, "1"
		e, o := pages(t, c, &version)

		wantCache(t, serve(e, ask("GET", "/a.txt")), 200, "Miss")
		c.advance(59 * time.Second)
		w := serve(e, ask("GET", "/a.txt?other=query", "Cookie", "other=cookie"))
		wantCache(t, w, 200, "Hit")
		if w.Header().Get("Age") != "64" || w.Body.String() != "version 1" {
			t.Errorf("a hit has age %q and body %q", w.Header().Get("Age"), w.Body)
		}
		head := serve(e, ask("HEAD", "/a.txt"))
		wantCache(t, head, 200, "Hit")
		if head.Body.Len() != 0 || head.Header().Get("Content-Length") != "9" {
			t.Errorf("HEAD has %d bytes, and length %s", head.Body.Len(), head.Header().Get("Content-Length"))
		}
		wantCache(t, serve(e, ask("GET", "/b.txt")), 200, "Miss")

		c.advance(2 * time.Second)
		wantCache(t, serve(e, ask("GET", "/a.txt")), 200, "RefreshHit")
		if got := o.last(t).Header.Get("If-Modified-Since"); got != "Sun, 22 Nov 2026 11:00:00 GMT" {
			t.Errorf("asked for what is newer than %q", got)
		}
		c.advance(59 * time.Second)
		w = serve(e, ask("GET", "/a.txt"))
		wantCache(t, w, 200, "Hit")
		if w.Header().Get("Age") != "59" {
			t.Errorf("a hit has age %q since it was confirmed", w.Header().Get("Age"))
		}

		version = "2"
		c.advance(2 * time.Second)
		w = serve(e, ask("GET", "/a.txt"))
		wantCache(t, w, 200, "Miss")
		if w.Body.String() != "version 2" {
			t.Errorf("a new version is %q", w.Body)
		}
		wantCache(t, serve(e, ask("GET", "/a.txt")), 200, "Hit")
	})
}

func TestViewersConditions(t *testing.T) {
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"the same ETag":                         {[]string{"If-None-Match", `"1"`}, 304},
		"the same ETag, weak":                   {[]string{"If-None-Match", `W/"1"`}, 304},
		"one of several":                        {[]string{"If-None-Match", `"0", "1"`}, 304},
		"any":                                   {[]string{"If-None-Match", `*`}, 304},
		"another ETag":                          {[]string{"If-None-Match", `"0"`}, 200},
		"not modified since":                    {[]string{"If-Modified-Since", "Sun, 22 Nov 2026 11:00:00 GMT"}, 304},
		"modified since":                        {[]string{"If-Modified-Since", "Sun, 22 Nov 2026 10:59:59 GMT"}, 200},
		"the ETag counts more":                  {[]string{"If-None-Match", `"0"`, "If-Modified-Since", "Sun, 22 Nov 2026 11:00:00 GMT"}, 200},
		"a date that is none":                   {[]string{"If-Modified-Since", "yesterday"}, 200},
		"a range":                               {[]string{"Range", "bytes=0-6"}, 206},
		"a range of what has changed":           {[]string{"Range", "bytes=0-6", "If-Range", `"0"`}, 200},
		"a range beyond the end":                {[]string{"Range", "bytes=100-"}, 416},
		"a range of what the viewer has anyway": {[]string{"Range", "bytes=0-6", "If-None-Match", `"1"`}, 304},
	} {
		t.Run("caching: "+name, func(t *testing.T) {
			version := "1"
			e, _ := pages(t, &clock{now: time.Now()}, &version)
			serve(e, ask("GET", "/a.txt"))
			w := serve(e, ask("GET", "/a.txt", c.headers...))
			if w.Code != c.status || w.Header().Get("X-Cache") != "Hit from cloudfront" {
				t.Fatalf("got %d, %s, want %d", w.Code, w.Header().Get("X-Cache"), c.status)
			}
			want := map[int]string{200: "version 1", 206: "version", 304: "", 416: w.Body.String()}[c.status]
			if w.Body.String() != want {
				t.Errorf("the body is %q, want %q", w.Body, want)
			}
			if c.status == 304 && w.Header().Get("Content-Type")+w.Header().Get("Content-Length") != "" {
				t.Errorf("304 has a content type or a length: %v", w.Header())
			}
		})
	}
	t.Run("caching: they are not the origin's to answer", func(t *testing.T) {
		version := "1"
		e, o := pages(t, &clock{now: time.Now()}, &version)
		w := serve(e, ask("GET", "/a.txt", "If-None-Match", `"1"`))
		wantCache(t, w, 304, "Miss")
		if got := o.last(t).Header.Get("If-None-Match"); got != "" {
			t.Errorf("the origin got %q", got)
		}
		wantCache(t, serve(e, ask("GET", "/a.txt")), 200, "Miss")
	})
	t.Run("caching: without a cache they are", func(t *testing.T) {
		version := "1"
		e, o := pages(t, &clock{now: time.Now()}, &version)
		wantCache(t, serve(e, ask("GET", "/api/x", "If-None-Match", `"1"`)), 304, "Miss")
		if got := o.last(t).Header.Get("If-None-Match"); got != `"1"` {
			t.Errorf("the origin got %q", got)
		}
	})
	t.Run("caching: a range that is not cached is the origin's", func(t *testing.T) {
		version := "1"
		e, o := pages(t, &clock{now: time.Now()}, &version)
		wantCache(t, serve(e, ask("GET", "/a.txt", "Range", "bytes=0-1", "If-Range", `"1"`)), 200, "Miss")
		if h := o.last(t).Header; h.Get("Range") != "bytes=0-1" || h.Get("If-Range") != `"1"` {
			t.Errorf("the origin got %v", h)
		}
	})
}

func TestWhatIsNotKept(t *testing.T) {
	large := strings.Repeat("x", 200)
	for name, c := range map[string]struct {
		method, path string
		reply        func() *http.Response
	}{
		"HEAD":                       {"HEAD", "/x", func() *http.Response { r := reply(200, ""); r.ContentLength = -1; return r }},
		"POST":                       {"POST", "/api/x", func() *http.Response { return reply(200, "ok") }},
		"with CachingDisabled":       {"GET", "/api/x", func() *http.Response { return reply(200, "ok", "Cache-Control", "max-age=60") }},
		"parts":                      {"GET", "/x", func() *http.Response { return reply(206, "ok", "Content-Range", "bytes 0-1/5") }},
		"what is too large":          {"GET", "/x", func() *http.Response { return reply(200, large) }},
		"what is too large, unknown": {"GET", "/x", func() *http.Response { r := reply(200, large); r.ContentLength = -1; return r }},
		"an error with no minimum":   {"GET", "/x", func() *http.Response { return reply(404, "no") }},
		"403 that is not asked for":  {"GET", "/x", func() *http.Response { return reply(403, "no") }},
	} {
		t.Run("caching: "+name, func(t *testing.T) {
			o := &origin{reply: func(*http.Request) *http.Response { return c.reply() }}
			e := newEdge(t, site(), o, Options{CacheBytes: 800})
			serve(e, ask(c.method, c.path))
			serve(e, ask(c.method, c.path))
			if len(o.asked) != 2 {
				t.Errorf("the origin was asked %d times", len(o.asked))
			}
		})
	}
	t.Run("caching: a body that breaks off", func(t *testing.T) {
		o := &origin{reply: func(*http.Request) *http.Response {
			r := reply(200, "half")
			r.ContentLength = 8
			return r
		}}
		e := newEdge(t, site(), o, Options{})
		serve(e, ask("GET", "/x"))
		serve(e, ask("GET", "/x"))
		if len(o.asked) != 2 {
			t.Errorf("the origin was asked %d times", len(o.asked))
		}
	})
}

func TestErrorsStayAsLongAsTheDistributionSays(t *testing.T) {
	t.Run("3.2 an error stays for the rule's minimum", func(t *testing.T) {
		c := &clock{now: time.Now()}
		d := site()
		d.ErrorResponses[404] = ErrorResponse{MinTTL: 5 * time.Second}
		o := &origin{reply: func(*http.Request) *http.Response { return reply(404, "no") }}
		e := newEdge(t, d, o, Options{Now: c.Now})
		for range 2 {
			wantCache(t, serve(e, ask("GET", "/api/x")), 404, "Error")
			c.advance(3 * time.Second)
		}
		if len(o.asked) != 1 {
			t.Errorf("3.2 the origin was asked %d times within the minimum", len(o.asked))
		}
		serve(e, ask("GET", "/api/x"))
		if len(o.asked) != 2 {
			t.Errorf("3.2 the origin was asked %d times after the minimum", len(o.asked))
		}
	})
}

func TestAnExpiredPageIsBetterThanAnError(t *testing.T) {
	for name, broken := range map[string]func() (*http.Response, error){
		"an error of the origin":      func() (*http.Response, error) { return reply(500, "broken"), nil },
		"an origin that is not there": func() (*http.Response, error) { return nil, refused() },
	} {
		t.Run("caching: "+name, func(t *testing.T) {
			c, down := &clock{now: time.Now()}, false
			e := newEdge(t, site(), originFunc(func(*http.Request) (*http.Response, error) {
				if down {
					return broken()
				}
				return reply(200, "page", "Cache-Control", "max-age=60"), nil
			}), Options{Now: c.Now})
			serve(e, ask("GET", "/a.txt"))
			c.advance(2 * time.Minute)
			down = true
			w := serve(e, ask("GET", "/a.txt"))
			wantCache(t, w, 200, "Hit")
			if w.Body.String() != "page" {
				t.Errorf("the body is %q", w.Body)
			}
		})
	}
}

func TestEncodingsAreCachedApart(t *testing.T) {
	o := &origin{reply: func(*http.Request) *http.Response { return reply(200, page, "Content-Type", "text/html") }}
	e := newEdge(t, site(), o, Options{})
	for _, c := range []struct{ accept, cache string }{{"br, gzip", "Miss"}, {"gzip", "Miss"}, {"", "Miss"}, {"gzip;q=1.0, br", "Hit"}, {"gzip, zstd", "Hit"}, {"identity", "Hit"}} {
		r := ask("GET", "/a.html")
		if c.accept != "" {
			r.Header.Set("Accept-Encoding", c.accept)
		}
		w := serve(e, r)
		wantCache(t, w, 200, c.cache)
		if decoded(t, w) != page {
			t.Errorf("%s: not the page", c.accept)
		}
	}
}

func TestEqualRequestsAreOne(t *testing.T) {
	t.Run("3.7 equal requests at once are one to the origin", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			answer := make(chan struct{})
			o := &origin{reply: func(*http.Request) *http.Response {
				<-answer
				return reply(200, "ok")
			}}
			e := newEdge(t, site(), o, Options{})
			responses := make(chan *httptest.ResponseRecorder)
			for range 10 {
				go func() { responses <- serve(e, ask("GET", "/a.txt")) }()
			}
			synctest.Wait() // until one waits for the origin, and nine for that one
			close(answer)
			for range 10 {
				if w := <-responses; w.Code != 200 || w.Body.String() != "ok" {
					t.Errorf("3.7 got %d, %q", w.Code, w.Body)
				}
			}
			if len(o.asked) != 1 {
				t.Errorf("3.7 the origin was asked %d times", len(o.asked))
			}
			if len(e.cache.flights) != 0 {
				t.Errorf("%d requests never ended", len(e.cache.flights))
			}
		})
	})
}

func TestARequestDoesNotWaitForeverForAnEqualOne(t *testing.T) {
	t.Run("3.7 a request does not wait forever for an equal one [?]", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			stuck := make(chan struct{})
			o := &origin{}
			o.reply = func(*http.Request) *http.Response {
				if len(o.asked) == 1 {
					<-stuck
				}
				return reply(200, "ok")
			}
			e := newEdge(t, site(), o, Options{})
			ended := make(chan struct{})
			go func() {
				serve(e, ask("GET", "/a.txt"))
				close(ended)
			}()
			synctest.Wait()
			began := time.Now()
			wantCache(t, serve(e, ask("GET", "/a.txt")), 200, "Miss")
			if waited := time.Since(began); waited != collapseWait {
				t.Errorf("3.7 it waited %v", waited)
			}
			close(stuck)
			<-ended
		})
	})
}
