package cloudfront

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResponseHeaders(t *testing.T) {
	const nothing = "\x00"
	for name, c := range map[string]struct{ path, header, sent, want string }{
		"3.5 Connection ends at the edge":            {"/api/x", "Connection", "close", nothing},
		"3.5 Trailer is removed":                     {"/api/x", "Trailer", "X", nothing},
		"3.5 Upgrade is removed":                     {"/api/x", "Upgrade", "h2c", nothing},
		"3.5 the origin's server is passed on":       {"/api/x", "Server", "nginx", "nginx"},
		"3.5 no server is made up":                   {"/api/x", "Server", "", nothing},
		"3.5 any other header is passed on":          {"/api/x", "Apigw-Requestid", "x=", "x="},
		"3.5 cookies are passed on where forwarded":  {"/api/x", "Set-Cookie", "a=1", "a=1"},
		"3.5 cookies are removed where not":          {"/x.css", "Set-Cookie", "a=1", nothing},
		"3.5 Vary keeps what is forwarded":           {"/api/x", "Vary", "Origin, Accept", "Origin, Accept"},
		"3.5 Vary keeps encodings and cookies":       {"/x.css", "Vary", "Accept-Encoding, Cookie, Origin", "Accept-Encoding, Cookie"},
		"3.5 Vary without anything to vary is gone":  {"/x.css", "Vary", "Origin", nothing},
		"3.5 X-Cache is CloudFront's own":            {"/api/x", "X-Cache", "HIT", "Miss from cloudfront"},
		"3.5 X-Amz-Cf-Pop is CloudFront's own":       {"/api/x", "X-Amz-Cf-Pop", "other", pop},
		"3.5 Content-Encoding stays as it was":       {"/api/x", "Content-Encoding", "gzip", "gzip"},
		"3.5 a redirect of the origin is passed on":  {"/api/x", "Location", "https://elsewhere.example/", "https://elsewhere.example/"},
		"3.5 Age is passed on when it is the origin": {"/api/x", "Age", "7", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &origin{reply: func(*http.Request) *http.Response {
				if c.sent == "" {
					return reply(200, "ok")
				}
				return reply(200, "ok", c.header, c.sent)
			}}
			w := serve(newEdge(t, site(), o, Options{}), ask("GET", c.path))
			got := nothing
			if values := w.Header().Values(c.header); len(values) > 0 {
				got = strings.Join(values, "|")
			}
			if got != c.want {
				t.Errorf("%s: %q reached the viewer as %q, want %q", c.header, c.sent, got, c.want)
			}
		})
	}
}

func TestResponsesAreMarked(t *testing.T) {
	o := &origin{reply: func(r *http.Request) *http.Response {
		if r.URL.Path == "/api/missing" {
			return reply(404, "no")
		}
		return reply(200, "ok", "Via", "1.1 backend")
	}}
	e := newEdge(t, site(), o, Options{})
	w := serve(e, ask("GET", "/api/x"))
	wantCache(t, w, 200, "Miss")
	for header, pattern := range map[string]string{
		"Via":          `^1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$`,
		"X-Amz-Cf-Id":  `^[A-Za-z0-9_-]{54}==$`,
		"X-Amz-Cf-Pop": `^[A-Z]{3}\d\d-[PC]\d$`,
	} {
		if got := w.Header().Get(header); !regexp.MustCompile(pattern).MatchString(got) {
			t.Errorf("3.5 %s is %q, want it like %s", header, got, pattern)
		}
	}
	wantCache(t, serve(e, ask("GET", "/api/missing")), 404, "Error")
	if again := serve(e, ask("GET", "/api/x")); again.Header().Get("X-Amz-Cf-Id") == w.Header().Get("X-Amz-Cf-Id") {
		t.Error("3.5 two requests have one ID")
	}
}

func TestResponseHeadersPolicy(t *testing.T) {
	seconds := 600
	cors := func(override bool, origins ...string) *ResponseHeadersPolicy {
		return &ResponseHeadersPolicy{CORS: &CORS{
			AllowCredentials: true, AllowHeaders: []string{"X-A", "X-B"}, AllowMethods: []string{"GET", "PUT"}, AllowOrigins: origins,
			ExposeHeaders: []string{"X-C"}, MaxAge: &seconds, OriginOverride: override,
		}}
	}
	header := func(override bool) *ResponseHeadersPolicy {
		return &ResponseHeadersPolicy{Headers: []PolicyHeader{{Name: "X-Frame-Options", Value: "DENY", Override: override}}}
	}
	for name, c := range map[string]struct {
		policy          *ResponseHeadersPolicy
		method          string
		request, origin http.Header
		want            http.Header
	}{
		"a header is added": {
			header(false), "GET", nil, nil, http.Header{"X-Frame-Options": {"DENY"}},
		},
		"the origin's header stays without override": {
			header(false), "GET", nil, http.Header{"X-Frame-Options": {"SAMEORIGIN"}}, http.Header{"X-Frame-Options": {"SAMEORIGIN"}},
		},
		"the origin's header goes with override": {
			header(true), "GET", nil, http.Header{"X-Frame-Options": {"SAMEORIGIN"}}, http.Header{"X-Frame-Options": {"DENY"}},
		},
		"removed headers go": {
			&ResponseHeadersPolicy{Remove: []string{"x-powered-by"}}, "GET", nil, http.Header{"X-Powered-By": {"PHP"}, "X-A": {"1"}}, http.Header{"X-A": {"1"}},
		},
		"a header that is removed and added is sent": {
			&ResponseHeadersPolicy{Remove: []string{"X-A"}, Headers: []PolicyHeader{{Name: "X-A", Value: "2"}}}, "GET", nil, http.Header{"X-A": {"1"}}, http.Header{"X-A": {"2"}},
		},
		"a removed Server is CloudFront": {
			&ResponseHeadersPolicy{Remove: []string{"Server"}}, "GET", nil, http.Header{"Server": {"nginx"}}, http.Header{"Server": {"CloudFront"}},
		},
		"no CORS without an Origin": {
			cors(true, "*"), "GET", nil, nil, http.Header{},
		},
		"CORS for any origin": {
			cors(true, "*"), "GET",
			http.Header{"Origin": {"https://a.example"}},
			nil,
			http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Expose-Headers": {"X-C"}},
		},
		"CORS for a listed origin": {
			cors(true, "https://b.example", "https://a.example"), "GET",
			http.Header{"Origin": {"https://a.example"}},
			nil,
			http.Header{"Access-Control-Allow-Origin": {"https://a.example"}, "Vary": {"Origin"}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Expose-Headers": {"X-C"}},
		},
		"CORS for a subdomain": {
			cors(true, "https://*.a.example"), "GET",
			http.Header{"Origin": {"https://www.a.example"}},
			nil,
			http.Header{"Access-Control-Allow-Origin": {"https://www.a.example"}, "Vary": {"Origin"}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Expose-Headers": {"X-C"}},
		},
		"no CORS for another origin": {
			cors(true, "https://a.example"), "GET", http.Header{"Origin": {"https://evil.example"}}, nil, http.Header{},
		},
		"no CORS for another scheme": {
			cors(true, "https://a.example"), "GET", http.Header{"Origin": {"http://a.example"}}, nil, http.Header{},
		},
		"a preflight gets the rest": {
			cors(true, "*"), "OPTIONS",
			http.Header{"Origin": {"https://a.example"}, "Access-Control-Request-Method": {"PUT"}},
			nil,
			http.Header{
				"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Expose-Headers": {"X-C"},
				"Access-Control-Allow-Headers": {"X-A,X-B"}, "Access-Control-Allow-Methods": {"GET,PUT"}, "Access-Control-Max-Age": {"600"},
			},
		},
		"another method is no preflight": {
			&ResponseHeadersPolicy{CORS: &CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"ALL"}}}, "GET",
			http.Header{"Origin": {"https://a.example"}, "Access-Control-Request-Method": {"PUT"}},
			nil,
			http.Header{"Access-Control-Allow-Origin": {"*"}},
		},
		"every method": {
			&ResponseHeadersPolicy{CORS: &CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"ALL"}}}, "OPTIONS",
			http.Header{"Origin": {"https://a.example"}, "Access-Control-Request-Method": {"PUT"}},
			nil,
			http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Methods": {"GET,DELETE,HEAD,OPTIONS,PATCH,POST,PUT"}},
		},
		"the origin's CORS stays without override": {
			&ResponseHeadersPolicy{CORS: &CORS{AllowOrigins: []string{"*"}}}, "GET",
			http.Header{"Origin": {"https://a.example"}},
			http.Header{"Access-Control-Allow-Origin": {"https://a.example"}},
			http.Header{"Access-Control-Allow-Origin": {"https://a.example"}},
		},
		"no policy changes nothing": {
			nil, "GET", nil, http.Header{"X-A": {"1"}}, http.Header{"X-A": {"1"}},
		},
	} {
		t.Run("3.5 "+name, func(t *testing.T) {
			got := http.Header{}
			maps.Copy(got, c.origin)
			c.policy.apply(got, c.request, c.method)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPoliciesAreForWhatOriginsSend(t *testing.T) {
	d := site()
	d.Behaviours[0].ResponseHeadersPolicy = managedResponseHeadersPolicies()["67f7725c-6f97-4210-82d7-5512b31e9d03"]
	e := newEdge(t, d, &origin{reply: func(*http.Request) *http.Response { return reply(404, "no") }}, Options{})
	if got := serve(e, ask("GET", "/api/x")).Header().Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("3.5 an origin's error has X-Content-Type-Options %q", got)
	}
	if got := serve(e, ask("BREW", "/api/x")).Header().Get("X-Content-Type-Options"); got != "" {
		t.Errorf("3.5 CloudFront's own error has X-Content-Type-Options %q", got)
	}
}
