package cloudfront

import (
	"io"
	"net/http"
	"testing"
)

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkServe(b *testing.B) {
	fake := originFunc(func(*http.Request) (*http.Response, error) {
		return reply(200, page, "Content-Type", "text/html", "Cache-Control", "max-age=60"), nil
	})
	browser := []string{
		"User-Agent", "Mozilla/5.0", "Accept", "text/html,*/*;q=0.8", "Accept-Encoding", "gzip, deflate, br, zstd", "Accept-Language", "en",
		"Cookie", "a=1; b=2", "Sec-Fetch-Mode", "navigate", "Referer", "https://www.dev.example.com/",
	}
	withFunction := site()
	withFunction.Behaviours[2].ViewerRequest = function(b, cleanURLs)
	for _, c := range []struct {
		name, path string
		d          Distribution
	}{
		{"a miss through CachingDisabled", "/api/cart", site()},
		{"a hit", "/index.html", site()},
		{"a hit behind a function", "/", withFunction},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := newEdge(b, c.d, fake, Options{})
			r := ask("GET", c.path, browser...)
			r.Body = io.NopCloser(http.NoBody)
			b.ReportAllocs()
			for b.Loop() {
				e.ServeHTTP(&sink{http.Header{}}, r)
			}
		})
	}
}
