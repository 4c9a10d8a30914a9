package web

import (
	"testing"

	"github.com/dop251/goja"
	"github.com/google/go-cmp/cmp"
)

// TestPreflight runs the function as CloudFront does: what it returns either is
// the request, which goes on, or a response.
func TestPreflight(t *testing.T) {
	runtime := goja.New()
	if _, err := runtime.RunString(corsFunction([]string{"https://admin.example.com", "http://localhost:5173"})); err != nil {
		t.Fatal(err)
	}
	handler, ok := goja.AssertFunction(runtime.Get("handler"))
	if !ok {
		t.Fatal("there is no handler")
	}
	preflight := func(origin string) map[string]string {
		return map[string]string{"origin": origin, "access-control-request-method": "PUT"}
	}
	answer := func(origin string) map[string]string {
		return map[string]string{
			"access-control-allow-origin":  origin,
			"access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
			"access-control-max-age":       "86400",
			"strict-transport-security":    "max-age=63072000",
			"vary":                         "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
		}
	}
	withHeaders := preflight("https://admin.example.com")
	withHeaders["access-control-request-headers"] = "authorization,x-shop"
	allowed := answer("https://admin.example.com")
	allowed["access-control-allow-headers"] = "authorization,x-shop"

	for _, test := range []struct {
		name, method string
		headers      map[string]string
		want         map[string]string // nil: the request goes on
	}{
		{"of an allowed origin", "OPTIONS", preflight("https://admin.example.com"), answer("https://admin.example.com")},
		{"of another allowed origin", "OPTIONS", preflight("http://localhost:5173"), answer("http://localhost:5173")},
		{"with the headers that it wants to send", "OPTIONS", withHeaders, allowed},
		{"of an origin that is not allowed", "OPTIONS", preflight("https://evil.example"), nil},
		{"of an origin that begins like one", "OPTIONS", preflight("https://admin.example.com.evil.example"), nil},
		{"of one by another scheme", "OPTIONS", preflight("http://admin.example.com"), nil},
		{"of one at another port", "OPTIONS", preflight("https://admin.example.com:8443"), nil},
		{"of no origin at all", "OPTIONS", preflight("null"), nil},
		{"an OPTIONS that asks for no method", "OPTIONS", map[string]string{"origin": "https://admin.example.com"}, nil},
		{"an OPTIONS without an origin", "OPTIONS", map[string]string{"access-control-request-method": "PUT"}, nil},
		{"the request itself", "PUT", preflight("https://admin.example.com"), nil},
		{"a request of the site", "GET", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			headers := map[string]any{}
			for name, value := range test.headers {
				headers[name] = map[string]any{"value": value}
			}
			request := map[string]any{"method": test.method, "uri": "/shop/products", "headers": headers}
			result, err := handler(goja.Undefined(), runtime.ToValue(map[string]any{"request": request}))
			if err != nil {
				t.Fatal(err)
			}
			returned, _ := result.Export().(map[string]any)
			if test.want == nil {
				if returned["method"] != test.method {
					t.Errorf("it was answered with %v", returned)
				}
				return
			}
			got := map[string]string{}
			sent, _ := returned["headers"].(map[string]any)
			for name, header := range sent {
				got[name], _ = header.(map[string]any)["value"].(string)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || returned["statusCode"] != int64(204) {
				t.Errorf("status %v (-want +got):\n%s", returned["statusCode"], diff)
			}
		})
	}
}
