package cloudfront

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestInvalidate(t *testing.T) {
	for name, c := range map[string]struct{ path, invalidated, cache string }{
		"everything":             {"/a.txt", "/*", "Miss"},
		"the page":               {"/a.txt", "/a.txt", "Miss"},
		"its folder":             {"/docs/a.txt", "/docs/*", "Miss"},
		"another page":           {"/a.txt", "/b.txt", "Hit"},
		"another folder":         {"/a.txt", "/docs/*", "Hit"},
		"the object of the root": {"/", "/index.html", "Miss"},
	} {
		t.Run("caching: "+name, func(t *testing.T) {
			version := "1"
			e, _ := pages(t, &clock{now: time.Now()}, &version)
			wantCache(t, serve(e, ask("GET", c.path)), 200, "Miss")
			wantCache(t, serve(e, ask("GET", c.path)), 200, "Hit")
			e.Invalidate("/nothing", c.invalidated)
			wantCache(t, serve(e, ask("GET", c.path)), 200, c.cache)
		})
	}
}

func TestAPageThatIsInvalidatedOnItsWayIsNotKept(t *testing.T) {
	var e *Edge
	e = newEdge(t, site(), &origin{reply: func(*http.Request) *http.Response {
		e.Invalidate("/*")
		return reply(200, "old")
	}}, Options{})
	serve(e, ask("GET", "/a.txt"))
	wantCache(t, serve(e, ask("GET", "/a.txt")), 200, "Miss")
}

func TestTheLeastRecentlyUsedLeave(t *testing.T) {
	body := strings.Repeat("x", 90)
	e := newEdge(t, site(), &origin{reply: func(*http.Request) *http.Response { return reply(200, body) }}, Options{CacheBytes: 1000})
	for i := range 30 {
		serve(e, ask("GET", fmt.Sprintf("/%d", i)))
		wantCache(t, serve(e, ask("GET", "/0")), 200, "Hit")
	}
	wantCache(t, serve(e, ask("GET", "/1")), 200, "Miss")
	if e.cache.size > e.cache.limit || len(e.cache.byKey) != e.cache.recent.Len() {
		t.Errorf("the cache has %d bytes, %d keys and %d entries", e.cache.size, len(e.cache.byKey), e.cache.recent.Len())
	}
}
