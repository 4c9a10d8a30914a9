package apigateway

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"annex/local/lambda"
)

// The names of the cases in the tables of this package begin with the section
// of the notes that they hold the gateway to, so that they can be counted and
// one that fails says which fact is not met. A trailing [?] says that the
// notes leave it open and that this is the choice that was made.

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
