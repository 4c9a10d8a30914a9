package apigateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"annex/local/lambda"
)

// eventOf sends a request through a gateway and gives the event that the
// function got.
func eventOf(t testing.TB, config Config, r *http.Request) []byte {
	t.Helper()
	var event []byte
	g := New(config, invokerFunc(func(_ context.Context, _ string, payload []byte) (*lambda.Result, error) {
		event = payload
		return &lambda.Result{Payload: []byte(`{"statusCode":204}`)}, nil
	}), Options{})
	if resp, body := answer(t, g, r); event == nil {
		t.Fatalf("%s %s: %d %s without an event", r.Method, r.URL, resp.StatusCode, body)
	}
	return event
}

func TestEvent(t *testing.T) {
	const host = "\nHost: api.dev.example.com"
	get := "GET /cart/c1/items/mug?size=l HTTP/1.1" + host
	post := "POST /cart HTTP/1.1" + host
	for _, c := range []struct {
		fact    string
		request string
		at      string // where in the event
		want    string // JSON, or absent
	}{
		{"1.3 a path parameter is decoded", "GET /cart/c%201/items/m%C3%BCg HTTP/1.1" + host, "pathParameters", `{"cart":"c 1","product":"müg"}`},
		{"1.3 a plus in the path is a plus", "GET /cart/a+b/items/x HTTP/1.1" + host, "pathParameters.cart", `"a+b"`},
		{"1.3 query keys and values are decoded", "GET /cart?na%20me=m%C3%BCg%26co HTTP/1.1" + host, "queryStringParameters", `{"na me":"müg\u0026co"}`},
		{"1.3 rawQueryString stays as it was sent", "GET /cart?b=2&a=%20x&&b=1 HTTP/1.1" + host, "rawQueryString", `"b=2\u0026a=%20x\u0026\u0026b=1"`},
		{"1.3 a plus in the query is a space [?]", "GET /cart?q=a+b&r=a%2Bb HTTP/1.1" + host, "queryStringParameters", `{"q":"a b","r":"a+b"}`},
		{"1.3 an escape that is none stays [?]", "GET /cart?q=100%&r=%zz HTTP/1.1" + host, "queryStringParameters", `{"q":"100%","r":"%zz"}`},
		{"1.3 rawPath is decoded [?]", "GET /cart/a%20b/items/%E2%98%95 HTTP/1.1" + host, "rawPath", `"/a b/items/☕"`},
		{"1.3 an encoded slash parts segments [?]", "GET /cart/c1%2Fitems/mug HTTP/1.1" + host, "routeKey", `"GET /{cart}/items/{product}"`},
		{"1.3 the path is decoded twice [?]", "GET /cart/c1%252Fitems/a%2525b HTTP/1.1" + host, "pathParameters", `{"cart":"c1","product":"a%b"}`},
		{"1.3 the path ends at an encoded question mark [?]", "GET /cart/c1/items/a%3Fb HTTP/1.1" + host, "rawPath", `"/c1/items/a"`},

		{"1.4 version", get, "version", `"2.0"`},
		{"1.4 routeKey", get, "routeKey", `"GET /{cart}/items/{product}"`},
		{"1.4 rawPath is without the mapping key", get, "rawPath", `"/c1/items/mug"`},
		{"1.4 rawPath is without a longer mapping key", "GET /api/cart/c1 HTTP/1.1" + host, "rawPath", `"/c1"`},
		{"1.4 http.path is without it too", get, "requestContext.http.path", `"/c1/items/mug"`},
		{"1.4 rawQueryString is empty, not absent", post, "rawQueryString", `""`},
		{"1.4 header names are in lower case", get + "\nX-Custom-HEADER: Value", "headers.x-custom-header", `"Value"`},
		{"1.4 duplicate headers are joined by a comma", get + "\nX-Tag: first\nx-tag: second", "headers.x-tag", `"first,second"`},
		{"1.4 duplicate query keys are joined by a comma", "GET /cart?a=1&b=2&a=3 HTTP/1.1" + host, "queryStringParameters", `{"a":"1,3","b":"2"}`},
		{"1.4 a query key without a value", "GET /cart?a&b= HTTP/1.1" + host, "queryStringParameters", `{"a":"","b":""}`},
		{"1.4 cookies are an array of their own", get + "\nCookie: session=a=b; theme=dark", "cookies", `["session=a=b","theme=dark"]`},
		{"1.4 cookies of several headers", get + "\nCookie: a=1\nCookie: b=2;c=3", "cookies", `["a=1","b=2","c=3"]`},
		{"1.4 cookies are not in headers", get + "\nCookie: session=1", "headers.cookie", `absent`},
		{"1.4 no multi-value fields", get, "multiValueHeaders", `absent`},

		{"1.4 no cookies: absent", get, "cookies", `absent`},
		{"1.4 no query: absent", post, "queryStringParameters", `absent`},
		{"1.4 an empty query: absent", "GET /cart? HTTP/1.1" + host, "queryStringParameters", `absent`},
		{"1.4 no path parameters: absent", post, "pathParameters", `absent`},
		{"1.4 no stage variables: absent", get, "stageVariables", `absent`},
		{"1.4 no body: absent", get, "body", `absent`},
		{"1.4 no authorizer: absent", get, "requestContext.authorizer", `absent`},
		{"1.4 no mutual TLS: absent", get, "requestContext.authentication", `absent`},

		{"1.4 accept as it was sent", get + "\nAccept: */*", "headers.accept", `"*/*"`},
		{"1.4 content-length 0 on a GET", get, "headers.content-length", `"0"`},
		{"1.4 content-length of a body", post + "\n\nabc", "headers.content-length", `"3"`},
		{"1.4 content-length of a chunked body", post + "\nTransfer-Encoding: chunked\n\n3\r\nabc\r\n0\r\n\r\n", "headers.content-length", `"3"`},
		{"1.4 host", get, "headers.host", `"api.dev.example.com"`},
		{"1.4 x-forwarded-for is the client", get, "headers.x-forwarded-for", `"203.0.113.7"`},
		{"1.4 x-forwarded-for is appended to", get + "\nX-Forwarded-For: 198.51.100.2", "headers.x-forwarded-for", `"198.51.100.2, 203.0.113.7"`},
		{"1.4 x-forwarded-port", get + "\nX-Forwarded-Port: 8080", "headers.x-forwarded-port", `"443"`},
		{"1.4 x-forwarded-proto", get + "\nX-Forwarded-Proto: http", "headers.x-forwarded-proto", `"https"`},
		{"1.4 a client's trace header stays [?]", get + "\nX-Amzn-Trace-Id: Root=1-5e9f0c65-1de4d666d4dd26aced652b6c", "headers.x-amzn-trace-id", `"Root=1-5e9f0c65-1de4d666d4dd26aced652b6c"`},
		{"1.5 Connection is not passed on", get + "\nConnection: keep-alive", "headers.connection", `absent`},
		{"1.5 Expect is not passed on", get + "\nExpect: 100-continue", "headers.expect", `absent`},
		{"1.5 Proxy-Authenticate is not passed on", get + "\nProxy-Authenticate: x", "headers.proxy-authenticate", `absent`},
		{"1.5 TE is not passed on", get + "\nTE: trailers", "headers.te", `absent`},
		{"1.5 Transfer-Encoding is not passed on", post + "\nTransfer-Encoding: chunked\n\n0\r\n\r\n", "headers.transfer-encoding", `absent`},
		{"1.5 Upgrade is not passed on", get + "\nUpgrade: h2c", "headers.upgrade", `absent`},

		{"1.4 accountId", get, "requestContext.accountId", `"111111111111"`},
		{"1.4 apiId", get, "requestContext.apiId", `"cart0000"`},
		{"1.4 domainName", get, "requestContext.domainName", `"api.dev.example.com"`},
		{"1.4 domainName has no port", "GET /cart HTTP/1.1\nHost: API.dev.example.com:8443", "requestContext.domainName", `"api.dev.example.com"`},
		{"1.4 domainPrefix is the first label", get, "requestContext.domainPrefix", `"api"`},
		{"1.4 http.method", get, "requestContext.http.method", `"GET"`},
		{"1.4 http.protocol", get, "requestContext.http.protocol", `"HTTP/1.1"`},
		{"1.4 http.sourceIp", get, "requestContext.http.sourceIp", `"203.0.113.7"`},
		{"1.4 http.userAgent", get + "\nUser-Agent: curl/8.7.1", "requestContext.http.userAgent", `"curl/8.7.1"`},
		{"1.4 requestContext.routeKey", get, "requestContext.routeKey", `"GET /{cart}/items/{product}"`},
		{"1.4 requestContext.stage", get, "requestContext.stage", `"$default"`},

		{"1.4 text/* is text", post + "\nContent-Type: text/csv; charset=utf-8\n\na,b", "body", `"a,b"`},
		{"1.4 application/json is text", post + "\nContent-Type: application/json\n\n{\"a\":\"é\"}", "body", `"{\"a\":\"é\"}"`},
		{"1.4 parameters of the media type are ignored", post + "\nContent-Type: Application/JSON ;charset=utf-8\n\n{}", "isBase64Encoded", `false`},
		{"1.4 application/xml is text", post + "\nContent-Type: application/xml\n\n<a/>", "isBase64Encoded", `false`},
		{"1.4 application/javascript is text", post + "\nContent-Type: application/javascript\n\n1", "isBase64Encoded", `false`},
		{"1.4 no Content-Type is base64", post + "\n\nhello", "body", `"aGVsbG8="`},
		{"1.4 a form is base64", post + "\nContent-Type: application/x-www-form-urlencoded\n\na=b", "isBase64Encoded", `true`},
		{"1.4 multipart is base64", post + "\nContent-Type: multipart/form-data; boundary=x\n\n--x--", "isBase64Encoded", `true`},
		{"1.4 application/octet-stream is base64", post + "\nContent-Type: application/octet-stream\n\n\x00\xff", "body", `"AP8="`},
		{"1.4 application/problem+json is base64", post + "\nContent-Type: application/problem+json\n\n{}", "isBase64Encoded", `true`},
		{"1.4 no body is not base64", post + "\nContent-Type: application/octet-stream", "isBase64Encoded", `false`},
	} {
		t.Run(c.fact, func(t *testing.T) {
			config := cartAPI(t, "POST /", "GET /", "GET /{cart}", "GET /{cart}/items/{product}")
			event := eventOf(t, config, parse(t, c.request))
			if got := at(t, event, c.at); got != c.want {
				t.Errorf("%s is %s, want %s", c.at, got, c.want)
			}
		})
	}
}

func TestEventIdentifiersAndTime(t *testing.T) {
	event := eventOf(t, cartAPI(t, "$default"), parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com"))
	for _, c := range []struct{ fact, at, want string }{
		{"1.4 requestId is like LV7fzho-PHcEJPw=", "requestContext.requestId", `^"[A-Za-z0-9_-]{15}="$`},
		{"1.4 time is in the common log format", "requestContext.time", `^"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000"$`},
		{"1.4 timeEpoch is in milliseconds", "requestContext.timeEpoch", `^\d{13}$`},
		{"1.4 a trace header is added", "headers.x-amzn-trace-id", `^"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"$`},
		{"1.4 $default is the route key", "routeKey", `^"\$default"$`},
	} {
		t.Run(c.fact, func(t *testing.T) {
			if got := at(t, event, c.at); !regexp.MustCompile(c.want).MatchString(got) {
				t.Errorf("%s is %s, want %s", c.at, got, c.want)
			}
		})
	}
}

func TestEventTimeIsUTC(t *testing.T) {
	t.Run("1.4 time is UTC, and timeEpoch in milliseconds", func(t *testing.T) {
		when := time.Date(2026, time.March, 5, 0, 8, 9, 10_000_000, time.FixedZone("CET", 3600))
		got := newEvent(&API{}, "$default", mustKey(t, "$default"), &request{Time: when}).RequestContext
		if want := "04/Mar/2026:23:08:09 +0000"; got.Time != want {
			t.Errorf("1.4 time is %s, want %s", got.Time, want)
		}
		if want := int64(1772665689010); got.TimeEpoch != want {
			t.Errorf("1.4 timeEpoch is %d, want %d", got.TimeEpoch, want)
		}
	})
}

// TestEventHasTheFieldsOfARealOne compares with the fields of the capture
// that aws-lambda-go keeps (apigw-v2-request-no-authorizer.json; that one came
// by mutual TLS, so it has an authentication besides).
func TestEventHasTheFieldsOfARealOne(t *testing.T) {
	t.Run("1.4 the fields of a real event, and no others", func(t *testing.T) {
		event := eventOf(t, cartAPI(t, "$default"), parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com\nUser-Agent: curl/7.58.0\nAccept: */*"))
		want := map[string][]string{
			"":                    {"headers", "isBase64Encoded", "rawPath", "rawQueryString", "requestContext", "routeKey", "version"},
			"headers":             {"accept", "content-length", "host", "user-agent", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"},
			"requestContext":      {"accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage", "time", "timeEpoch"},
			"requestContext.http": {"method", "path", "protocol", "sourceIp", "userAgent"},
		}
		for path, fields := range want {
			document := event
			if path != "" {
				document = []byte(at(t, event, path))
			}
			var object map[string]json.RawMessage
			if err := json.Unmarshal(document, &object); err != nil {
				t.Fatal(err)
			}
			var got []string
			for name := range object {
				got = append(got, name)
			}
			slices.Sort(got)
			if diff := cmp.Diff(fields, got); diff != "" {
				t.Errorf("1.4 fields of %q (-want +got):\n%s", path, diff)
			}
		}
	})
}

// TestEventIsWhatAGoFunctionDecodes goes through the type that handlers use,
// which must know every field.
func TestEventIsWhatAGoFunctionDecodes(t *testing.T) {
	t.Run("1.4 the event as a Go function decodes it", func(t *testing.T) {
		r := parse(t, "PUT /api/cart/c%201/items/mug?a=1&a=2 HTTP/1.1\nHost: api.dev.example.com\nCookie: x=1; y=2\nContent-Type: application/json\n\n{\"quantity\":2}")
		decoder := json.NewDecoder(bytes.NewReader(eventOf(t, cartAPI(t, "PUT /{cart}/items/{product}"), r)))
		decoder.DisallowUnknownFields()
		var got events.APIGatewayV2HTTPRequest
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		want := events.APIGatewayV2HTTPRequest{
			Version: "2.0", RouteKey: "PUT /{cart}/items/{product}", RawPath: "/c 1/items/mug", RawQueryString: "a=1&a=2",
			Cookies: []string{"x=1", "y=2"}, Headers: got.Headers,
			QueryStringParameters: map[string]string{"a": "1,2"}, PathParameters: map[string]string{"cart": "c 1", "product": "mug"},
			Body: `{"quantity":2}`,
			RequestContext: events.APIGatewayV2HTTPRequestContext{
				RouteKey: "PUT /{cart}/items/{product}", AccountID: "111111111111", Stage: "$default", APIID: "cart0000",
				DomainName: "api.dev.example.com", DomainPrefix: "api",
				RequestID: got.RequestContext.RequestID, Time: got.RequestContext.Time, TimeEpoch: got.RequestContext.TimeEpoch,
				HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "PUT", Path: "/c 1/items/mug", Protocol: "HTTP/1.1", SourceIP: "203.0.113.7"},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestPathsThatCannotBeDecoded(t *testing.T) {
	for _, c := range []struct{ fact, path string }{
		{"1.3 a percent sign that is no escape after the first decoding [?]", "/percent%25done"},
		{"1.3 a path without a slash", "*"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			if got, err := decodePath(c.path); err == nil {
				t.Errorf("%s became %s, want an error", c.path, got)
			}
		})
	}
}

// FuzzEvent holds every event to what can be said of it whatever the client
// sent: it is valid, no bigger than it must be, and says what was sent.
func FuzzEvent(f *testing.F) {
	f.Add("GET", "/c1/items/a%20b", "a=1&a=2&b=%zz", "X-Tag", "caf\xe9", "a=1; b=2", "application/json", []byte(`{"a":"é"}`))
	f.Add("POST", "//%2F/%3F", "&&=&", "Host", "\x00", ";;", "text/plain", []byte("\xff"))
	f.Add("", "", "", "", "", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query, name, value, cookie, contentType string, body []byte) {
		path, err := decodePath(path)
		if err != nil {
			return
		}
		key := mustKey(t, "ANY /{cart}/{rest+}")
		if !key.matches(method, splitPath(nil, path)) {
			key = mustKey(t, "$default")
		}
		r := &request{
			ID: NewRequestID(), Time: time.Now(), Trace: NewTraceID(time.Now()), SourceIP: "203.0.113.7",
			Host: "api.dev.example.com", Method: method, Path: path, RawQuery: query, Body: body,
			Header: http.Header{http.CanonicalHeaderKey(name): {value, value}, "Cookie": {cookie}, "Content-Type": {contentType}},
		}
		event, err := newEvent(&API{ID: "cart0000", Account: "111111111111"}, "$default", key, r).marshal()
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(event) || !json.Valid(event) || bytes.ContainsAny(event, "\n") {
			t.Fatalf("not one line of JSON: %q", event)
		}
		var got events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(event, &got); err != nil {
			t.Fatal(err)
		}
		sent := []byte(got.Body)
		if got.IsBase64Encoded {
			if sent, err = base64.StdEncoding.DecodeString(got.Body); err != nil {
				t.Fatal(err)
			}
		}
		if utf8.Valid(body) && !bytes.Equal(sent, body) {
			t.Errorf("body %q became %q", body, sent)
		}
		if utf8.ValidString(path) && got.RawPath != path {
			t.Errorf("path %q became %q", path, got.RawPath)
		}
		for header := range got.Headers {
			if header != strings.ToLower(header) {
				t.Errorf("header %q is not in lower case", header)
			}
		}
		if bytes.Contains(event, []byte(":null")) && !strings.Contains(method+path+query+name+value+cookie+contentType+string(body), ":null") {
			t.Errorf("an event has no nulls: %s", event)
		}
	})
}

func FuzzDecodePath(f *testing.F) {
	for _, seed := range []string{"/a%20b", "/a%2Fb", "/a%252Fb", "/a%3Fb", "/a%25do", "", "*", "/%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		path, err := decodePath(escaped)
		if err == nil && !strings.HasPrefix(path, "/") {
			t.Errorf("%q became %q", escaped, path)
		}
		// What is encoded twice is itself again.
		if path, err := decodePath(url.PathEscape(url.PathEscape("/" + escaped))); err != nil || path != "/"+escaped {
			t.Errorf("%q, encoded twice, became %q, %v", "/"+escaped, path, err)
		}
	})
}
