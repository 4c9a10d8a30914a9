package apigateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"annex/local/lambda"
)

// manyRoutes is as many as an API may have (§1.7).
func manyRoutes() []string {
	keys := []string{"$default", "ANY /{proxy+}"}
	for i := range 100 {
		keys = append(keys, fmt.Sprintf("GET /thing%d", i), fmt.Sprintf("GET /thing%d/{id}", i), fmt.Sprintf("PUT /thing%d/{id}/items/{item}", i))
	}
	return keys[:300]
}

func BenchmarkMatchAmong300Routes(b *testing.B) {
	table := tableOf(b, manyRoutes()...)
	for _, path := range []string{"/thing0", "/thing97/a/items/b", "/nowhere/at/all"} {
		b.Run(path[1:], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if table.find(http.MethodPut, path) < 0 {
					b.Fatal("nothing found")
				}
			}
		})
	}
}

func BenchmarkEvent(b *testing.B) {
	r := benchRequest(b)
	key := mustKey(b, "PUT /{cart}/items/{product}")
	api := &API{ID: "cart0000", Account: "111111111111"}
	b.ReportAllocs()
	for b.Loop() {
		now := time.Now()
		e := newEvent(api, "$default", key, &request{
			ID: NewRequestID(), Time: now, Trace: NewTraceID(now), SourceIP: "203.0.113.7", Host: "api.dev.example.com",
			Method: r.Method, Path: "/c1/items/mug", RawQuery: "a=1&b=2", Header: r.Header, Body: []byte(`{"quantity":2}`),
		})
		if _, err := e.marshal(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResponse(b *testing.B) {
	result := []byte(`{"statusCode":200,"headers":{"content-type":"application/json","etag":"\"3\""},"multiValueHeaders":null,"body":"{\"id\":\"c1\",\"version\":3,\"items\":[]}","cookies":null}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newResponse(result); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRoundTrip is the gateway's whole share of a warm request, with CORS
// and a throttle.
func BenchmarkRoundTrip(b *testing.B) {
	config := cartAPI(b, manyRoutes()...)
	config.APIs[0].Routes = append(config.APIs[0].Routes, Route{Key: mustKey(b, "PUT /{cart}/items/{product}"), FunctionARN: functionLive})
	config.APIs[0].CORS = &CORS{AllowOrigins: []string{"https://www.dev.example.com"}}
	config.APIs[0].Stages[0].Throttle = &Throttle{Rate: 1e9, Burst: 1e9}
	result := &lambda.Result{Payload: []byte(`{"statusCode":200,"headers":{"content-type":"application/json"},"body":"{}"}`)}
	invoker := invokerFunc(func(context.Context, string, []byte) (*lambda.Result, error) { return result, nil })
	g := New(config, invoker, Options{})
	r := benchRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		resp, err := g.RoundTrip(r)
		if err != nil || resp.StatusCode != 200 {
			b.Fatal(resp, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

func benchRequest(b *testing.B) *http.Request {
	return parse(b, `PUT /api/cart/c1/items/mug?a=1&b=2 HTTP/1.1
Host: api.dev.example.com
Accept: application/json
Accept-Encoding: gzip, deflate, br
Accept-Language: en-GB,en;q=0.5
Cookie: session=abc; theme=dark
Origin: https://www.dev.example.com
Referer: https://www.dev.example.com/
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
X-Forwarded-For: 198.51.100.2
Via: 2.0 abc.cloudfront.net (CloudFront)`)
}
