package apigateway

import (
	"net/http"
	"slices"
	"testing"
)

func TestCORS(t *testing.T) {
	maxAge := 600
	shop := &CORS{
		AllowOrigins: []string{"https://www.dev.example.com", "https://shop.example.org"}, AllowMethods: []string{"GET", "PUT"},
		AllowHeaders: []string{"content-type", "if-match"}, ExposeHeaders: []string{"etag"}, AllowCredentials: true, MaxAge: &maxAge,
	}
	open := &CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"*"}}
	scheme := &CORS{AllowOrigins: []string{"https://*", "https://*.example.net"}}
	const (
		origin    = "\nOrigin: https://www.dev.example.com"
		preflight = origin + "\nAccess-Control-Request-Method: PUT\nAccess-Control-Request-Headers: if-match"
		host      = " HTTP/1.1\nHost: api.dev.example.com"
	)
	for _, c := range []struct {
		fact    string
		cors    *CORS
		request string
		status  int
		header  []string // all the CORS headers of the response
	}{
		{"1.8 a preflight is answered without an OPTIONS route", shop, "OPTIONS /cart" + host + preflight, 204, []string{
			"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Headers: content-type,if-match", "Access-Control-Allow-Methods: GET,PUT",
			"Access-Control-Allow-Origin: https://www.dev.example.com", "Access-Control-Max-Age: 600",
		}},
		{"1.8 a preflight is answered for a path without a route", shop, "OPTIONS /cart/no/where" + host + preflight, 204, []string{
			"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Headers: content-type,if-match", "Access-Control-Allow-Methods: GET,PUT",
			"Access-Control-Allow-Origin: https://www.dev.example.com", "Access-Control-Max-Age: 600",
		}},
		{"1.8 a preflight is answered before an OPTIONS route", shop, "OPTIONS /cart/explicit" + host + preflight, 204, []string{
			"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Headers: content-type,if-match", "Access-Control-Allow-Methods: GET,PUT",
			"Access-Control-Allow-Origin: https://www.dev.example.com", "Access-Control-Max-Age: 600",
		}},
		{"1.8 any origin is *", open, "OPTIONS /cart" + host + preflight, 204, []string{"Access-Control-Allow-Methods: *", "Access-Control-Allow-Origin: *"}},
		{"1.8 an origin that is not allowed gets no headers [?]", shop, "OPTIONS /cart" + host + "\nOrigin: https://evil.example\nAccess-Control-Request-Method: PUT", 204, nil},
		{"1.8 an OPTIONS that is no preflight goes to its route [?]", shop, "OPTIONS /cart/explicit" + host + origin, 200, []string{
			"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: https://www.dev.example.com", "Access-Control-Expose-Headers: etag",
		}},
		{"1.8 without CORS a preflight goes to its route", nil, "OPTIONS /cart/explicit" + host + preflight, 200, []string{"Access-Control-Allow-Origin: https://function", "Access-Control-Max-Age: 1"}},
		{"1.8 without CORS and a route a preflight is not found", nil, "OPTIONS /cart" + host + preflight, 404, nil},
		{"1.8 a response gets the configured headers", shop, "GET /cart" + host + origin, 200, []string{
			"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: https://www.dev.example.com", "Access-Control-Expose-Headers: etag",
		}},
		{"1.8 another of the origins", shop, "GET /cart" + host + "\nOrigin: https://shop.example.org", 200, []string{
			"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: https://shop.example.org", "Access-Control-Expose-Headers: etag",
		}},
		{"1.8 the function's own headers are ignored without an Origin", shop, "GET /cart" + host, 200, nil},
		{"1.8 the function's own headers are ignored for an origin that is not allowed", shop, "GET /cart" + host + "\nOrigin: https://evil.example", 200, nil},
		{"1.8 without CORS the function's headers stay", nil, "GET /cart" + host + origin, 200, []string{"Access-Control-Allow-Origin: https://function", "Access-Control-Max-Age: 1"}},
		{"1.8 the gateway's own answers have them too [?]", open, "GET /cart/no/where" + host + origin, 404, []string{"Access-Control-Allow-Origin: *"}},
		{"1.8 an origin by its scheme", scheme, "GET /cart" + host + "\nOrigin: https://any.example", 200, []string{"Access-Control-Allow-Origin: https://any.example"}},
		{"1.8 an origin with another scheme", scheme, "GET /cart" + host + "\nOrigin: http://any.example", 200, nil},
		{"1.8 a wildcard for a sub-domain is none [?]", &CORS{AllowOrigins: []string{"https://*.example.net"}}, "GET /cart" + host + "\nOrigin: https://a.example.net", 200, nil},
	} {
		t.Run(c.fact, func(t *testing.T) {
			config := cartAPI(t, "GET /", "OPTIONS /explicit")
			config.APIs[0].CORS = c.cors
			g := New(config, returns(`{"statusCode":200,"headers":{"access-control-allow-origin":"https://function","access-control-max-age":"1"}}`), Options{})
			resp, _ := answer(t, g, parse(t, c.request))
			if resp.StatusCode != c.status {
				t.Errorf("got %d, want %d", resp.StatusCode, c.status)
			}
			if got := corsOf(resp.Header); !slices.Equal(got, c.header) {
				t.Errorf("got %q\nwant %q", got, c.header)
			}
		})
	}
}

func corsOf(header http.Header) []string {
	var lines []string
	for _, name := range corsHeaders {
		for _, value := range header.Values(name) {
			lines = append(lines, name+": "+value)
		}
	}
	return lines
}
