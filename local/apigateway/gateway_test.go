package apigateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"annex/local/lambda"
)

func now() time.Time { return time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC) }

// reply is a response whose body was read.
type reply struct {
	StatusCode int
	Header     http.Header
}

// handOver hands a request to the gateway in this process, as the edge does.
func handOver(t testing.TB, g *Gateway, r *http.Request) (got reply, body string) {
	t.Helper()
	resp, err := g.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // in memory
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header}, string(data)
}

// fails is a Lambda that gives an error instead of a result.
func fails(err error) invokerFunc {
	return func(context.Context, string, []byte) (*lambda.Result, error) { return nil, err }
}

// functionError is a function that failed.
func functionError(payload string) invokerFunc {
	return func(context.Context, string, []byte) (*lambda.Result, error) {
		return &lambda.Result{Payload: []byte(payload), FunctionError: "Unhandled"}, nil
	}
}

func TestErrors(t *testing.T) {
	const (
		get      = "GET /cart HTTP/1.1\nHost: api.dev.example.com"
		endpoint = "cart0000.execute-api.eu-west-1.amazonaws.com"
		internal = `{"message":"Internal Server Error"}`
		missing  = `{"message":"Not Found"}`
	)
	ok := returns(`{"statusCode":200,"body":"fine"}`)
	same := func(*Config) {}
	for _, c := range []struct {
		fact    string
		change  func(*Config)
		invoker Invoker
		request string
		status  int
		body    string
		reason  string // a part of the Exchange's Err
	}{
		{"1.1 no mapping", same, ok, "GET /orders HTTP/1.1\nHost: api.dev.example.com", 404, missing, "no API mapping for /orders"},
		{"1.1 a host that is not there [?]", same, ok, "GET /cart HTTP/1.1\nHost: www.dev.example.com", 403, `{"message":"Forbidden"}`, `called "www.dev.example.com"`},
		{"1.1 no stage", func(c *Config) { c.APIs[0].Stages = nil }, ok, "GET / HTTP/1.1\nHost: " + endpoint, 404, missing, "has no stage for /"},
		{"1.1 a stage without a deployment", func(c *Config) { c.APIs[0].Stages[0].Deployed = false }, ok, get, 404, missing, "stage $default of API \"cart\" has no deployment"},
		{"1.1 the generated endpoint", same, ok, "GET / HTTP/1.1\nHost: " + endpoint, 200, "fine", ""},
		{"1.1 disableExecuteApiEndpoint [?]", func(c *Config) { c.APIs[0].EndpointDisabled = true }, ok, "GET / HTTP/1.1\nHost: " + endpoint, 404, missing, "DisableExecuteApiEndpoint"},
		{"1.1 disableExecuteApiEndpoint leaves the domain", func(c *Config) { c.APIs[0].EndpointDisabled = true }, ok, get, 200, "fine", ""},
		{"1.3 a path that cannot be decoded [?]", same, ok, "GET /cart/a%25do HTTP/1.1\nHost: api.dev.example.com", 400, `{"message":"Bad Request"}`, "decodes twice"},
		{"1.6 no route", same, ok, "DELETE /cart/c1 HTTP/1.1\nHost: api.dev.example.com", 404, missing, `API "cart" has no route for DELETE /c1`},
		{"1.6 a function error", same, functionError(`{"errorMessage":"boom"}`), get, 500, internal, `failed (Unhandled): {"errorMessage":"boom"}`},
		{"1.6 a function that timed out", same, functionError(`{"errorType":"Sandbox.Timedout"}`), get, 500, internal, "Sandbox.Timedout"},
		{"1.6 a malformed response", same, returns(`{"statusCode":"ok"}`), get, 500, internal, `statusCode "ok"`},
		{"1.6 no permission", func(c *Config) { c.Permissions = nil }, ok, get, 500, internal, "it has none for API Gateway; add an AWS::Lambda::Permission"},
		{"1.6 a permission for the function but not its alias", func(c *Config) {
			c.Permissions[0].FunctionARN = strings.TrimSuffix(functionLive, ":live")
		}, ok, get, 500, internal, "it has none for API Gateway"},
		{"1.6 an event over 6 MB [?]", same, fails(&lambda.RequestTooLargeError{}), get, 413, `{"message":"Request Entity Too Large"}`, "invoking " + functionLive},
		{"1.6 a function that local mode cannot run", same, fails(&lambda.UnsupportedError{ARN: "arn:x", Reason: "a container image"}), get, 501, `{"message":"local mode cannot serve this: local mode cannot run arn:x: a container image"}`, "a container image"},
		{"1.6 Lambda throttles [?]", same, fails(fmt.Errorf("wrapped: %w", &lambda.TooManyRequestsError{})), get, 503, `{"message":"Service Unavailable"}`, "wrapped"},
		{"1.6 no such function [?]", same, fails(&lambda.ResourceNotFoundError{}), get, 500, internal, "no function of this app"},
		{"1.6 Lambda cannot start the function", same, fails(errors.New("fork failed")), get, 500, internal, "fork failed"},
		{"1.7 request line and headers over 10,240 bytes [?]", same, ok, get + "\nX-Big: " + strings.Repeat("a", 10_240), 431, `{"message":"Request Header Fields Too Large"}`, "API Gateway takes 10240"},
		{"1.7 a long path counts too [?]", same, ok, "GET /cart?q=" + strings.Repeat("a", 10_240) + " HTTP/1.1\nHost: api.dev.example.com", 431, `{"message":"Request Header Fields Too Large"}`, "API Gateway takes 10240"},
		{"1.7 request line and headers of 10,000 bytes", same, ok, get + "\nX-Big: " + strings.Repeat("a", 10_000), 200, "fine", ""},
		{"1.7 a body over 10 MB [?]", same, ok, "POST /cart HTTP/1.1\nHost: api.dev.example.com\n\n" + strings.Repeat("a", 10<<20+1), 413, `{"message":"Request Entity Too Large"}`, "has 10485761 bytes, API Gateway takes 10485760"},
		{"1.7 a chunked body over 10 MB [?]", same, ok, "POST /cart HTTP/1.1\nHost: api.dev.example.com\nTransfer-Encoding: chunked\n\na00001\r\n" + strings.Repeat("a", 10<<20+1) + "\r\n0\r\n\r\n", 413, `{"message":"Request Entity Too Large"}`, "more bytes"},
		{"1.7 a body of 10 MB", same, ok, "POST /cart HTTP/1.1\nHost: api.dev.example.com\n\n" + strings.Repeat("a", 10<<20), 200, "fine", ""},
		{"what is not served is 501: a domain", func(c *Config) { c.Domains[0].Unsupported = "no mutual TLS" }, ok, get, 501, `{"message":"local mode cannot serve this: no mutual TLS"}`, "no mutual TLS"},
		{"what is not served is 501: a mapping", func(c *Config) { c.Domains[0].Mappings[0].Unsupported = "not here" }, ok, get, 501, `{"message":"local mode cannot serve this: not here"}`, "not here"},
		{"what is not served is 501: an API", func(c *Config) { c.APIs[0].Unsupported = "no WebSocket" }, ok, get, 501, `{"message":"local mode cannot serve this: no WebSocket"}`, "no WebSocket"},
		{"what is not served is 501: an API on its endpoint", func(c *Config) { c.APIs[0].Unsupported = "no WebSocket" }, ok, "GET / HTTP/1.1\nHost: " + endpoint, 501, `{"message":"local mode cannot serve this: no WebSocket"}`, "no WebSocket"},
		{"what is not served is 501: a stage", func(c *Config) { c.APIs[0].Stages[0].Unsupported = "no variables" }, ok, get, 501, `{"message":"local mode cannot serve this: no variables"}`, "no variables"},
		{"what is not served is 501: a route", func(c *Config) { c.APIs[0].Routes[0].Unsupported = "no authorizers" }, ok, get, 501, `{"message":"local mode cannot serve this: no authorizers"}`, "no authorizers"},
		{"what is not served leaves the other routes", func(c *Config) { c.APIs[0].Routes[1].Unsupported = "no authorizers" }, ok, get, 200, "fine", ""},
	} {
		t.Run(c.fact, func(t *testing.T) {
			config := cartAPI(t, "GET /", "POST /", "GET /{cart}")
			c.change(&config)
			var done Exchange
			g := New(config, c.invoker, Options{Done: func(_ context.Context, x Exchange) { done = x }})
			resp, body := answer(t, g, parse(t, c.request))
			if resp.StatusCode != c.status || body != c.body {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, c.status, c.body)
			}
			if c.status != 200 && resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("1.6 Content-Type is %q", resp.Header.Get("Content-Type"))
			}
			if done.Status != c.status {
				t.Errorf("the exchange has status %d", done.Status)
			}
			if c.reason == "" && done.Err != nil || c.reason != "" && (done.Err == nil || !strings.Contains(done.Err.Error(), c.reason)) {
				t.Errorf("the exchange says %v, want %q", done.Err, c.reason)
			}
		})
	}
}

func TestHeadersOfEveryResponse(t *testing.T) {
	for _, c := range []struct {
		fact    string
		invoker Invoker
		request string
		length  string
		body    string
	}{
		{"1.5 of a function's response", returns(`{"statusCode":200,"headers":{"apigw-requestid":"mine"},"body":"fine"}`), "GET /cart", "4", "fine"},
		{"1.5 of the gateway's own", returns(`null`), "PUT /nowhere", "23", `{"message":"Not Found"}`},
		{"1.5 of a HEAD", returns(`{"statusCode":200,"body":"fine"}`), "HEAD /cart", "4", ""},
		{"1.5 of a 204", returns(`{"statusCode":204,"body":"fine"}`), "GET /cart", "", ""},
		{"1.5 of an empty body", returns(`{"statusCode":200}`), "GET /cart", "0", ""},
	} {
		t.Run(c.fact, func(t *testing.T) {
			var done Exchange
			g := New(cartAPI(t, "GET /", "HEAD /"), c.invoker, Options{Done: func(_ context.Context, x Exchange) { done = x }})
			resp, body := answer(t, g, parse(t, c.request+" HTTP/1.1\nHost: api.dev.example.com"))
			if id := resp.Header.Get("Apigw-Requestid"); !regexp.MustCompile(`^[A-Za-z0-9_-]{15}=$`).MatchString(id) || id != done.RequestID {
				t.Errorf("Apigw-Requestid is %q, the exchange's %q", id, done.RequestID)
			}
			if _, err := http.ParseTime(resp.Header.Get("Date")); err != nil {
				t.Error(err)
			}
			if got := resp.Header.Get("Connection"); got != "keep-alive" {
				t.Errorf("Connection is %q", got)
			}
			if got := resp.Header.Get("Content-Length"); got != c.length || body != c.body {
				t.Errorf("got Content-Length %q and body %q, want %q and %q", got, body, c.length, c.body)
			}
		})
	}
}

func TestIntegrationTimeout(t *testing.T) {
	for _, c := range []struct {
		fact    string
		timeout time.Duration // of the integration
		takes   time.Duration
		status  int
	}{
		{"1.6 an integration that takes too long [?]", 0, 31 * time.Second, 503},
		{"1.7 the integration timeout is 30 s", 0, 29999 * time.Millisecond, 200},
		{"1.7 TimeoutInMillis", 50 * time.Millisecond, 60 * time.Millisecond, 503},
	} {
		t.Run(c.fact, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := cartAPI(t, "GET /")
				config.APIs[0].Routes[0].Timeout = c.timeout
				slow := invokerFunc(func(ctx context.Context, _ string, _ []byte) (*lambda.Result, error) {
					select {
					case <-ctx.Done():
						return nil, ctx.Err()
					case <-time.After(c.takes):
						return &lambda.Result{Payload: []byte(`{"statusCode":200}`)}, nil
					}
				})
				resp, body := handOver(t, New(config, slow, Options{}), parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com"))
				if resp.StatusCode != c.status || c.status == 503 && body != `{"message":"Service Unavailable"}` {
					t.Errorf("got %d %s, want %d", resp.StatusCode, body, c.status)
				}
			})
		})
	}
}

func TestAClientThatGoesAwayIsNoResponse(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var done Exchange
	g := New(cartAPI(t, "GET /"), invokerFunc(func(ctx context.Context, _ string, _ []byte) (*lambda.Result, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}), Options{Done: func(_ context.Context, x Exchange) { done = x }})
	resp, err := g.RoundTrip(parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com").WithContext(ctx))
	if err == nil {
		_ = resp.Body.Close()
		t.Fatalf("got %s", resp.Status)
	}
	if !errors.Is(err, context.Canceled) || done.Status != 0 || done.Err == nil {
		t.Errorf("got %v, and exchange %+v", err, done)
	}
}

func TestABodyThatBreaksOffIsNoResponse(t *testing.T) {
	g := New(cartAPI(t, "POST /"), returns(`null`), Options{})
	r := parse(t, "POST /cart HTTP/1.1\nHost: api.dev.example.com\n\nabc")
	r.ContentLength = 4
	resp, err := g.RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatalf("got %s", resp.Status)
	}
	w := httptest.NewRecorder()
	r = parse(t, "POST /cart HTTP/1.1\nHost: api.dev.example.com\n\nabc")
	r.ContentLength = 4
	g.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("ServeHTTP gave %d", w.Code)
	}
}

func TestExchangeSaysWhatHappened(t *testing.T) {
	type key struct{}
	var done Exchange
	g := New(cartAPI(t, "GET /{cart}"), invokerFunc(func(context.Context, string, []byte) (*lambda.Result, error) {
		return &lambda.Result{Payload: []byte(`{"statusCode":201}`), RequestID: "6bc28136", Version: "2", Cold: true, Init: 3 * time.Millisecond, Duration: 2 * time.Millisecond}, nil
	}), Options{Done: func(ctx context.Context, x Exchange) {
		if ctx.Value(key{}) != "mine" {
			t.Error("the context is not the request's")
		}
		done = x
	}})
	handOver(t, g, parse(t, "GET /api/cart/a%20b?x=1 HTTP/1.1\nHost: api.dev.example.com:8443").WithContext(context.WithValue(t.Context(), key{}, "mine")))
	if done.Time.IsZero() || done.Latency <= 0 || done.RequestID == "" {
		t.Errorf("got %+v", done)
	}
	done.Time, done.Latency, done.RequestID = time.Time{}, 0, ""
	want := Exchange{
		Host: "api.dev.example.com", Method: "GET", Path: "/api/cart/a%20b", API: "cart", RouteKey: "GET /{cart}", Function: functionLive,
		Status: 201, Version: "2", Cold: true, Init: 3 * time.Millisecond, Duration: 2 * time.Millisecond, InvocationID: "6bc28136",
	}
	if done != want {
		t.Errorf("got  %+v\nwant %+v", done, want)
	}
}

func TestHeaderBytesCountTheRequestLineAndTheValues(t *testing.T) {
	t.Run("1.7 the request line counts, and the values of headers", func(t *testing.T) {
		header := http.Header{"Accept": {"*/*"}, "X-Tag": {"first", "second"}}
		if got, want := headerBytes("GET", "/cart?a=1", "api.dev.example.com", header), len("GET /cart?a=1 HTTP/1.1"+"api.dev.example.com"+"*/*"+"first"+"second"); got != want {
			t.Errorf("1.7 got %d, want %d", got, want)
		}
	})
}

func TestHosts(t *testing.T) {
	config := cartAPI(t, "$default")
	if got, want := New(config, nil, Options{}).Hosts(), []string{"api.dev.example.com", "cart0000.execute-api.eu-west-1.amazonaws.com"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	config.APIs[0].EndpointDisabled = true
	if got, want := New(config, nil, Options{}).Hosts(), []string{"api.dev.example.com"}; !slices.Equal(got, want) {
		t.Errorf("1.1 disableExecuteApiEndpoint: got %q, want %q", got, want)
	}
}

// TestServerAndRoundTripperAgree sends the same request over real HTTP and in
// process, where the host may be in the URL alone.
func TestServerAndRoundTripperAgree(t *testing.T) {
	g := New(cartAPI(t, "PUT /{cart}/items/{product}"), invokerFunc(func(_ context.Context, _ string, payload []byte) (*lambda.Result, error) {
		return &lambda.Result{Payload: fmt.Appendf(nil, `{"statusCode":200,"cookies":["a=1","b=2"],"body":%q}`, at(t, payload, "body")+at(t, payload, "headers.host"))}, nil
	}), Options{})
	server := httptest.NewServer(g)
	defer server.Close()
	send := func(transport http.RoundTripper, url, host string) (http.Header, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/cart/c1/items/mug", strings.NewReader(`{"quantity":2}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Host = host
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close() //nolint:errcheck // read to its end
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Header, string(body)
	}
	over, bodyOver := send(server.Client().Transport, server.URL, "api.dev.example.com")
	inside, bodyInside := send(g, "https://api.dev.example.com", "")
	if want := `"{\"quantity\":2}""api.dev.example.com"`; bodyOver != want || bodyInside != want {
		t.Errorf("got %s over HTTP and %s in process, want %s", bodyOver, bodyInside, want)
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Set-Cookie"} {
		if a, b := over.Values(name), inside.Values(name); !slices.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s is %q over HTTP and %q in process", name, a, b)
		}
	}
}
