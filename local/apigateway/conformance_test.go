package apigateway

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"annex/local/lambda"
)

// The names of the cases in the tables of this package begin with the section
// of the notes that they hold the gateway to, so that they can be counted
// (`make conformance`) and one that fails says which fact is not met. A
// trailing [?] says that the notes leave it open and that this is the choice
// that was made. Facts that are not met are in gaps_test.go, with the reason.

const (
	functionLive = "arn:aws:lambda:eu-west-1:111111111111:function:cart:live"
	sourceAny    = "arn:aws:execute-api:eu-west-1:111111111111:cart0000/*/*/*"
	sourceBase   = "arn:aws:execute-api:eu-west-1:111111111111:cart0000/*"
)

// mustKey is for keys that are known to be right.
func mustKey(t testing.TB, text string) RouteKey {
	t.Helper()
	key, err := ParseRouteKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// cartAPI is an API with the routes, mapped like a service's.
func cartAPI(t testing.TB, routes ...string) Config {
	t.Helper()
	api := API{
		ID: "cart0000", Name: "cart", Account: "111111111111", Region: "eu-west-1",
		Endpoint: "cart0000.execute-api.eu-west-1.amazonaws.com",
		Stages:   []Stage{{Name: "$default", Deployed: true}},
	}
	for _, route := range routes {
		api.Routes = append(api.Routes, Route{Key: mustKey(t, route), FunctionARN: functionLive})
	}
	return Config{
		APIs: []API{api},
		Domains: []Domain{{Name: "api.dev.example.com", Mappings: []Mapping{
			{Key: "cart", API: "cart0000", Stage: "$default"},
			{Key: "api/cart", API: "cart0000", Stage: "$default"},
		}}},
		Permissions: []Permission{{FunctionARN: functionLive, SourceARN: sourceBase}},
	}
}

// invokerFunc is a function in place of Lambda.
type invokerFunc func(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error)

func (f invokerFunc) Invoke(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error) {
	return f(ctx, functionARN, payload)
}

// returns is a function whose result is always the same.
func returns(payload string) invokerFunc {
	return func(context.Context, string, []byte) (*lambda.Result, error) {
		return &lambda.Result{Payload: []byte(payload), RequestID: "6bc28136", Duration: 2 * time.Millisecond}, nil
	}
}

// parse reads a request as it would come over the wire, line by line. Its
// body follows an empty line; Content-Length is added.
func parse(t testing.TB, text string) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	head = strings.ReplaceAll(head, "\n", "\r\n")
	if body != "" && !strings.Contains(head, "Transfer-Encoding") {
		head += "\r\nContent-Length: " + itoa(len(body))
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n" + body)))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	r.RemoteAddr = "203.0.113.7:51234"
	return r
}

// answer sends a request over the wire to a server in front of the gateway, as
// a client at the request's address, and gives what came back. Within
// testing/synctest, where there is no wire, handOver does.
func answer(t testing.TB, g http.Handler, r *http.Request) (got reply, body string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, received *http.Request) {
		received.RemoteAddr = r.RemoteAddr
		g.ServeHTTP(w, received)
	}))
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // the answer is read
	var sent sync.WaitGroup
	sent.Go(func() { write(connection, r) })
	defer sent.Wait()
	defer connection.Close() //nolint:errcheck // so that writing ends, if the gateway does not read
	if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	from := bufio.NewReader(connection)
	for {
		resp, err := http.ReadResponse(from, r)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode >= http.StatusOK { // not 100 Continue
			return reply{resp.StatusCode, resp.Header}, string(data)
		}
	}
}

// write writes a request that parse has read, with the headers and the body
// that it has by now. A gateway that has answered need not read it to its end.
func write(w io.Writer, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // in memory
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.URL.RequestURI(), r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			if name != "Content-Length" {
				head += name + ": " + value + "\r\n"
			}
		}
	}
	switch {
	case len(r.TransferEncoding) > 0:
		var chunk string
		if len(body) > 0 { // one without a byte would be the last
			chunk = fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
		}
		body = []byte(chunk + "0\r\n\r\n")
		head += "Transfer-Encoding: chunked\r\n"
	case len(body) > 0:
		head += "Content-Length: " + itoa(len(body)) + "\r\n"
	}
	_, _ = w.Write(append([]byte(head+"\r\n"), body...))
}

func itoa(n int) string { data, _ := json.Marshal(n); return string(data) }

// at looks a dotted path up in JSON and gives the value as JSON, or "absent".
func at(t testing.TB, document []byte, path string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	for part := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return "absent"
		}
		if value, ok = object[part]; !ok {
			return "absent"
		}
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
