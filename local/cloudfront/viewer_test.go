package cloudfront

import (
	"net/http"
	"strings"
	"testing"
)

func TestDefaultRootObject(t *testing.T) {
	for name, c := range map[string]struct{ method, path, want string }{
		"3.2 the root":                      {"GET", "/", "/index.html"},
		"3.2 the root, by any method":       {"HEAD", "/", "/index.html"},
		"3.2 not a folder":                  {"GET", "/basket/", "/basket/"},
		"3.2 not the root of another path":  {"GET", "/api/", "/api/"},
		"3.2 the query does not matter":     {"GET", "/?q=mug", "/index.html"},
		"3.2 the object itself stays as is": {"GET", "/index.html", "/index.html"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &origin{}
			serve(newEdge(t, site(), o, Options{}), ask(c.method, c.path))
			if got := o.last(t).URL.Path; got != c.want {
				t.Errorf("%s %s asked the origin for %s, want %s", c.method, c.path, got, c.want)
			}
		})
	}
	t.Run("3.2 without one the bucket is asked for the root", func(t *testing.T) {
		o, d := &origin{}, site()
		d.DefaultRootObject = ""
		serve(newEdge(t, d, o, Options{}), ask("GET", "/"))
		if got := o.last(t).URL.Path; got != "/" {
			t.Errorf("asked for %s", got)
		}
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	plain := func(r *http.Request) *http.Request {
		r.TLS = nil
		return r
	}
	old := func(r *http.Request) *http.Request {
		r.ProtoMajor, r.ProtoMinor = 1, 0
		return plain(r)
	}
	withBody := func(r *http.Request) *http.Request {
		r.ContentLength = 2
		return r
	}
	d := site()
	d.Behaviours[0].ViewerProtocolPolicy = "redirect-to-https"
	for name, c := range map[string]struct {
		request         *http.Request
		status          int
		cache, location string
	}{
		"3.3 a method that is not allowed":       {ask("POST", "/index.html"), 403, "Error", ""},
		"3.3 a method that there is not":         {ask("BREW", "/api/x"), 403, "Error", ""},
		"3.3 GET with a body":                    {withBody(ask("GET", "/api/x")), 403, "Error", ""},
		"3.3 https-only by HTTP":                 {plain(ask("GET", "/shop/x")), 403, "Error", ""},
		"3.3 redirect of GET":                    {plain(ask("GET", "/a%2Fb?x=1")), 301, "Redirect", "https://www.dev.example.com/a%2Fb?x=1"},
		"3.3 redirect of HEAD":                   {plain(ask("HEAD", "/a")), 301, "Redirect", "https://www.dev.example.com/a"},
		"3.3 redirect of POST keeps it one":      {plain(ask("POST", "/api/x")), 307, "Redirect", "https://www.dev.example.com/api/x"},
		"3.3 redirect of POST by HTTP/1.0":       {old(ask("POST", "/api/x")), 403, "Error", ""},
		"3.3 a URL of more than 8,192 bytes":     {ask("GET", "/"+strings.Repeat("a", 8200)), 413, "Error", ""},
		"3.3 a request of more than 20,480":      {ask("GET", "/", "X-Long", strings.Repeat("a", 20480)), 413, "Error", ""},
		"3.3 a WebSocket is not forwarded":       {ask("GET", "/api/x", "Upgrade", "websocket"), 501, "Error", ""},
		"3.3 a request of just below 20,480":     {ask("GET", "/", "X-Long", strings.Repeat("a", 20000)), 200, "Miss", ""},
		"3.3 another upgrade is just left out":   {ask("GET", "/api/x", "Upgrade", "h2c"), 200, "Miss", ""},
		"3.3 every method where all are allowed": {ask("DELETE", "/api/x"), 200, "Miss", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(newEdge(t, d, &origin{}, Options{}), c.request)
			wantCache(t, w, c.status, c.cache)
			if got := w.Header().Get("Location"); got != c.location {
				t.Errorf("location is %q, want %q", got, c.location)
			}
			if c.status >= 300 && w.Header().Get("Server") != "CloudFront" {
				t.Errorf("server is %q", w.Header().Get("Server"))
			}
		})
	}
}

func TestWhatCannotBeServedSaysWhy(t *testing.T) {
	d := site()
	d.Behaviours[0].Unsupported = "it runs Lambda@Edge, which local mode does not have"
	d.ErrorResponses[501] = ErrorResponse{PagePath: "/index.html", ResponseCode: 200}
	o := &origin{}
	w := serve(newEdge(t, d, o, Options{}), ask("GET", "/api/x"))
	wantCache(t, w, 501, "Error")
	if !strings.Contains(w.Body.String(), "Lambda@Edge") {
		t.Errorf("the page does not say why: %s", w.Body)
	}
	if len(o.asked) > 0 {
		t.Error("the origin was asked")
	}
}
