package cloudfront

import (
	"net/http"
	"testing"
	"time"
)

func TestErrorPages(t *testing.T) {
	type rules = map[int]ErrorResponse
	for name, c := range map[string]struct {
		rules   rules
		request *http.Request
		origin  int
		status  int
		body    string
	}{
		"3.2 without a rule the origin's own": {
			nil, ask("GET", "/x"), 404, 404, "the origin's own",
		},
		"3.2 a page in its place, with the status": {
			rules{404: {PagePath: "/errors/404.html"}}, ask("GET", "/x"), 404, 404, "the page /errors/404.html",
		},
		"3.2 a page with another status": {
			rules{403: {PagePath: "/index.html", ResponseCode: 200}}, ask("GET", "/x"), 403, 200, "the page /index.html",
		},
		"3.2 it hides the API's errors as well": {
			rules{404: {PagePath: "/index.html", ResponseCode: 200}}, ask("POST", "/api/x"), 404, 200, "the page /index.html",
		},
		"3.2 another status is left alone": {
			rules{404: {PagePath: "/index.html"}}, ask("GET", "/x"), 500, 500, "the origin's own",
		},
		"3.2 a page that fails gives its own status": {
			rules{500: {PagePath: "/errors/gone.html"}}, ask("GET", "/x"), 500, 403, "denied",
		},
		"3.2 a rule without a page only says how long": {
			rules{404: {}}, ask("GET", "/x"), 404, 404, "the origin's own",
		},
		"3.2 the errors that CloudFront makes have pages": {
			rules{403: {PagePath: "/index.html"}}, ask("BREW", "/x"), 200, 403, "the page /index.html",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := site()
			d.ErrorResponses = c.rules
			e := newEdge(t, d, &origin{reply: func(r *http.Request) *http.Response {
				switch r.URL.Path {
				case "/index.html", "/errors/404.html":
					return reply(200, "the page "+r.URL.Path, "Content-Type", "text/html")
				case "/errors/gone.html":
					return reply(403, "denied")
				}
				return reply(c.origin, "the origin's own")
			}}, Options{})
			for range 2 { // from the origin, and from the cache
				w := serve(e, c.request)
				if w.Body.String() != c.body {
					t.Errorf("the body is %q, want %q", w.Body, c.body)
				}
				wantCache(t, w, c.status, "Error")
			}
		})
	}
}

func TestErrorsBehindPagesStayInTheCache(t *testing.T) {
	t.Run("3.2 an error behind a page stays too", func(t *testing.T) {
		d := site()
		d.ErrorResponses = map[int]ErrorResponse{404: {PagePath: "/404.html", MinTTL: time.Minute}}
		o := &origin{reply: func(r *http.Request) *http.Response {
			if r.URL.Path == "/404.html" {
				return reply(200, "the page")
			}
			return reply(404, "the origin's own")
		}}
		e := newEdge(t, d, o, Options{})
		for range 3 {
			wantCache(t, serve(e, ask("GET", "/x")), 404, "Error")
		}
		if len(o.asked) != 2 {
			t.Errorf("3.2 the origin was asked %d times, want once for the object and once for the page", len(o.asked))
		}
	})
}

func TestErrorPagesComeThroughTheirOwnBehaviour(t *testing.T) {
	t.Run("3.2 a page comes through the behaviour of its own path", func(t *testing.T) {
		d := site()
		d.ErrorResponses[502] = ErrorResponse{PagePath: "/sorry.html"}
		e, err := New(d, func(o *Origin) (http.RoundTripper, error) {
			if o.DomainName == "container.dev.example.com" {
				return originFunc(func(*http.Request) (*http.Response, error) { return nil, refused() }), nil
			}
			return originFunc(func(r *http.Request) (*http.Response, error) {
				if r.Method != http.MethodGet || r.URL.RawQuery != "" || r.Header.Get("Range") != "" {
					t.Errorf("3.2 asked for the page by %s %s %v", r.Method, r.URL, r.Header)
				}
				return reply(200, "sorry from "+o.DomainName), nil
			}), nil
		}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := serve(e, ask("POST", "/shop/orders?x=1", "Range", "bytes=0-1"))
		wantCache(t, w, 502, "Error")
		if got := w.Body.String(); got != "sorry from site.s3.us-east-1.amazonaws.com" {
			t.Errorf("3.2 the page is %q", got)
		}
	})
}
