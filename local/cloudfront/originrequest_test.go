package cloudfront

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOriginRequestHeaders(t *testing.T) {
	const nothing = "\x00"
	api, pages := "/api/x", "/x.css"
	for name, c := range map[string]struct {
		path, header, sent, want string
	}{
		"3.4 a policy forwards any header":                {api, "X-Shop", "1", "1"},
		"3.4 a policy forwards Accept":                    {api, "Accept", "application/json", "application/json"},
		"3.4 a policy forwards Authorization":             {api, "Authorization", "Bearer x", "Bearer x"},
		"3.4 a policy forwards the user agent":            {api, "User-Agent", "curl/8", "curl/8"},
		"3.4 a policy forwards cookies":                   {api, "Cookie", "a=1; b=2", "a=1; b=2"},
		"3.4 a policy forwards conditions":                {api, "If-None-Match", `"1"`, `"1"`},
		"3.4 a policy forwards Referer":                   {api, "Referer", "https://x/", "https://x/"},
		"3.4 a policy forwards Origin":                    {api, "Origin", "https://x", "https://x"},
		"3.4 encodings are normalised":                    {api, "Accept-Encoding", "gzip, deflate, br, zstd", "br,gzip"},
		"3.4 an encoding of no quality is not wanted":     {api, "Accept-Encoding", "gzip;q=0, br;q=0.5", "br"},
		"3.4 without a policy no user agent":              {pages, "User-Agent", "curl/8", "Amazon CloudFront"},
		"3.4 without a policy no Accept":                  {pages, "Accept", "text/css", nothing},
		"3.4 without a policy no Accept-Language":         {pages, "Accept-Language", "de", nothing},
		"3.4 without a policy no Referer":                 {pages, "Referer", "https://x/", nothing},
		"3.4 without a policy no cookies":                 {pages, "Cookie", "a=1", nothing},
		"3.4 without a policy no Authorization":           {pages, "Authorization", "Bearer x", nothing},
		"3.4 without a policy no other header":            {pages, "X-Shop", "1", nothing},
		"3.4 a range goes to the origin":                  {pages, "Range", "bytes=0-1", "bytes=0-1"},
		"3.4 encodings in the key are sent":               {pages, "Accept-Encoding", "br, gzip", "br,gzip"},
		"3.4 encodings that the viewer cannot take":       {pages, "Accept-Encoding", "deflate", "identity"},
		"3.4 Expect is removed":                           {api, "Expect", "100-continue", nothing},
		"3.4 Connection is removed":                       {api, "Connection", "close", nothing},
		"3.4 Proxy-Authorization is removed":              {api, "Proxy-Authorization", "x", nothing},
		"3.4 TE is removed":                               {api, "Te", "trailers", nothing},
		"3.4 Trailer is removed":                          {api, "Trailer", "X", nothing},
		"3.4 Upgrade is removed":                          {api, "Upgrade", "h2c", nothing},
		"3.4 X-Edge-* is removed":                         {api, "X-Edge-Thing", "x", nothing},
		"3.4 X-Forwarded-Proto is removed":                {api, "X-Forwarded-Proto", "http", nothing},
		"3.4 X-HTTP-Method-Override is removed":           {api, "X-Http-Method-Override", "PUT", nothing},
		"3.4 X-Real-IP is removed":                        {api, "X-Real-Ip", "1.2.3.4", nothing},
		"3.4 the viewer's address is appended":            {api, "X-Forwarded-For", "198.51.100.1", "198.51.100.1, 192.0.2.1"},
		"3.4 the viewer's address alone":                  {api, "X-Forwarded-For", "", "192.0.2.1"},
		"3.4 X-Amz-Cf-Id is not the viewer's":             {api, "X-Amz-Cf-Id", "forged", "ID"},
		"3.4 Via is appended to":                          {api, "Via", "1.1 proxy", "1.1 proxy, 1.1 VIA (CloudFront)"},
		"3.4 the content type goes with the body, always": {pages, "Content-Type", "text/plain", "text/plain"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &origin{}
			e := newEdge(t, site(), o, Options{})
			r := ask("GET", c.path)
			if c.sent != "" {
				r.Header.Set(c.header, c.sent)
			}
			w := serve(e, r)
			got := nothing
			if values := o.last(t).Header.Values(c.header); len(values) > 0 {
				got = strings.Join(values, "|")
			}
			want := strings.Replace(c.want, "VIA", e.via, 1)
			if c.want == "ID" {
				want = w.Header().Get("X-Amz-Cf-Id")
			}
			if got != want {
				t.Errorf("%s: %q reached the origin as %q, want %q", c.header, c.sent, got, want)
			}
		})
	}
}

func TestOriginRequestTargets(t *testing.T) {
	custom := func(change func(*Behaviour)) Distribution {
		d := site()
		change(&d.Behaviours[0])
		return d
	}
	query := func(cache, request Selection) Distribution {
		return custom(func(b *Behaviour) {
			b.CachePolicy.QueryStrings = cache
			b.OriginRequestPolicy = &OriginRequestPolicy{QueryStrings: request}
		})
	}
	none := Selection{Mode: None}
	for name, c := range map[string]struct {
		d                 Distribution
		target, url, host string
	}{
		"3.4 the host is the origin's":       {site(), "/api/x", "https://api.dev.example.com/api/x", "api.dev.example.com"},
		"3.4 the query goes with the policy": {site(), "/api/x?b=2&a=%20&&", "https://api.dev.example.com/api/x?b=2&a=%20&&", "api.dev.example.com"},
		"3.4 the query stays without one":    {site(), "/x?a=1", "https://site.s3.us-east-1.amazonaws.com/x", "site.s3.us-east-1.amazonaws.com"},
		"3.4 the path is sent as it came":    {site(), "/api/a%2fb/%61/../c", "https://api.dev.example.com/api/a%2fb/%61/../c", "api.dev.example.com"},
		"3.4 AllViewer forwards the host": {custom(func(b *Behaviour) {
			b.OriginRequestPolicy = managedOriginRequestPolicies()["216adef6-5c7f-47e4-b989-5492eafa07d3"]
		}), "/api/x", "https://api.dev.example.com/api/x", "www.dev.example.com"},
		"3.4 a cache key with Host forwards it":  {custom(func(b *Behaviour) { b.CachePolicy.Headers = Selection{Whitelist, []string{"host"}} }), "/api/x", "https://api.dev.example.com/api/x", "www.dev.example.com"},
		"3.4 the origin path is put before":      {custom(func(b *Behaviour) { b.Origin.Path = "/v1" }), "/api/x", "https://api.dev.example.com/v1/api/x", "api.dev.example.com"},
		"3.4 http-only":                          {custom(func(b *Behaviour) { b.Origin.ProtocolPolicy = "http-only" }), "/api/x", "http://api.dev.example.com/api/x", "api.dev.example.com"},
		"3.4 match-viewer":                       {custom(func(b *Behaviour) { b.Origin.ProtocolPolicy = "match-viewer" }), "/api/x", "https://api.dev.example.com/api/x", "api.dev.example.com"},
		"3.4 another port":                       {custom(func(b *Behaviour) { b.Origin.HTTPSPort = 8443 }), "/api/x", "https://api.dev.example.com:8443/api/x", "api.dev.example.com"},
		"3.4 queries of the key are forwarded":   {query(Selection{Whitelist, []string{"q"}}, none), "/api/?q=1&x=2&q=3", "https://api.dev.example.com/api/?q=1&q=3", "api.dev.example.com"},
		"3.4 queries of both are forwarded":      {query(Selection{Whitelist, []string{"q"}}, Selection{Whitelist, []string{"x"}}), "/api/?x=2&y=3&q=1", "https://api.dev.example.com/api/?x=2&q=1", "api.dev.example.com"},
		"3.4 all queries but some are forwarded": {query(none, Selection{AllExcept, []string{"x"}}), "/api/?x=2&y=3", "https://api.dev.example.com/api/?y=3", "api.dev.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &origin{}
			serve(newEdge(t, c.d, o, Options{}), ask("GET", c.target))
			if got := o.last(t); got.URL.String() != c.url || got.Host != c.host {
				t.Errorf("asked %s of %s, want %s of %s", got.URL, got.Host, c.url, c.host)
			}
		})
	}
}

func TestOriginRequestPolicies(t *testing.T) {
	t.Run("3.4 a policy's own selection, CloudFront's headers and the origin's", func(t *testing.T) {
		b := site().Behaviours[0]
		b.CachePolicy.Cookies = Selection{Whitelist, []string{"session"}}
		b.OriginRequestPolicy = &OriginRequestPolicy{
			Headers: Selection{Whitelist, []string{"x-shop", "CloudFront-Forwarded-Proto", "CloudFront-Viewer-Address", "CloudFront-Viewer-Country"}},
			Cookies: Selection{AllExcept, []string{"tracking"}},
		}
		b.Origin.CustomHeaders = http.Header{"X-Origin-Verify": {"secret"}, "X-Shop": {"mine"}}
		o := &origin{}
		d := site()
		d.Behaviours[0] = b
		serve(newEdge(t, d, o, Options{}), ask("GET", "/api/x",
			"X-Shop", "viewer's", "X-Other", "1", "CloudFront-Viewer-Address", "forged", "Cookie", "session=1; tracking=2; theme=dark", "X-Origin-Verify", "forged"))
		got := o.last(t).Header
		got.Del("X-Amz-Cf-Id")
		got.Del("Via")
		want := http.Header{
			"User-Agent":                 {"Amazon CloudFront"},
			"X-Forwarded-For":            {"192.0.2.1"},
			"X-Shop":                     {"mine"},
			"X-Origin-Verify":            {"secret"},
			"Cookie":                     {"session=1; theme=dark"},
			"Cloudfront-Forwarded-Proto": {"https"},
			"Cloudfront-Viewer-Address":  {"192.0.2.1:1234"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("3.4 the policies' headers (-want +got):\n%s", diff)
		}
	})
}

func TestCredentialsWithoutAPolicy(t *testing.T) {
	d := site()
	d.Behaviours[0].OriginRequestPolicy = nil
	for method, want := range map[string]string{
		"GET": "", "HEAD": "", "OPTIONS": "", "DELETE": "Bearer x", "PATCH": "Bearer x", "POST": "Bearer x", "PUT": "Bearer x",
	} {
		o := &origin{}
		serve(newEdge(t, d, o, Options{}), ask(method, "/api/x", "Authorization", "Bearer x"))
		if got := o.last(t).Header.Get("Authorization"); got != want {
			t.Errorf("3.4 %s: Authorization is %q, want %q", method, got, want)
		}
	}
}

func TestBucketsGetNeitherTheHostNorCredentials(t *testing.T) {
	t.Run("3.4 a bucket gets neither the host nor credentials", func(t *testing.T) {
		d, o := site(), &origin{}
		d.Behaviours[2].OriginRequestPolicy = managedOriginRequestPolicies()["216adef6-5c7f-47e4-b989-5492eafa07d3"]
		serve(newEdge(t, d, o, Options{}), ask("GET", "/x", "Authorization", "Bearer x", "X-Other", "1"))
		if got := o.last(t); got.Host != "site.s3.us-east-1.amazonaws.com" || got.Header.Get("Authorization") != "" || got.Header.Get("X-Other") != "1" {
			t.Errorf("3.4 %s was asked with %v", got.Host, got.Header)
		}
	})
}

func TestOriginRequestBodies(t *testing.T) {
	o := &origin{reply: func(r *http.Request) *http.Response {
		body := new(strings.Builder)
		if _, err := io.Copy(body, r.Body); err != nil {
			return reply(500, err.Error())
		}
		return reply(201, body.String())
	}}
	r := ask("POST", "/api/cart", "Content-Type", "application/json", "Authorization", "Bearer x")
	r.Body, r.ContentLength = readCloser(`{"quantity":2}`), 14
	w := serve(newEdge(t, site(), o, Options{}), r)
	if w.Code != 201 || w.Body.String() != `{"quantity":2}` {
		t.Errorf("got %d, %s", w.Code, w.Body)
	}
	if got := o.last(t); got.ContentLength != 14 || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the origin got %d bytes of %q", got.ContentLength, got.Header.Get("Content-Type"))
	}
}
