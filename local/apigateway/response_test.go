package apigateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func TestResponse(t *testing.T) {
	const text, jsonType = "text/plain; charset=utf-8", "application/json"
	for _, c := range []struct {
		fact   string
		result string // what the function returned
		status int
		body   string
		header []string // "Name: value", "Name: " for an absent one, "Name: *" for the gateway's
	}{
		{"1.5 a response as given", `{"statusCode":201,"headers":{"Content-Type":"text/html","X-A":"1"},"body":"<p>"}`, 201, "<p>", []string{"Content-Type: text/html", "X-A: 1"}},
		{"1.5 statusCode as a string of digits", `{"statusCode":"404","body":"no"}`, 404, "no", nil},
		{"1.5 no content-type is text/plain", `{"statusCode":200,"body":"{}"}`, 200, "{}", []string{"Content-Type: " + text}},
		{"1.5 a content-type in lower case replaces the default", `{"statusCode":200,"headers":{"content-type":"application/problem+json"}}`, 200, "", []string{"Content-Type: application/problem+json"}},
		{"1.5 no body is empty", `{"statusCode":200}`, 200, "", nil},

		{"1.5 no statusCode: 200 and the whole object", `{"message": "hi","body":"x"}`, 200, `{"message": "hi","body":"x"}`, []string{"Content-Type: " + jsonType}},
		{"1.5 a statusCode of null is none", `{"statusCode":null,"a":1}`, 200, `{"statusCode":null,"a":1}`, []string{"Content-Type: " + jsonType}},
		{"1.5 a field in another case is none", `{"StatusCode":404}`, 200, `{"StatusCode":404}`, []string{"Content-Type: " + jsonType}},
		{"1.5 a string is sent unquoted", `"Hello from \"Lambda\"!"`, 200, `Hello from "Lambda"!`, []string{"Content-Type: " + jsonType}},
		{"1.5 an empty string is an empty body", `""`, 200, "", []string{"Content-Type: " + jsonType}},
		{"1.5 no return is null", `null`, 200, "null", []string{"Content-Type: " + jsonType}},
		{"1.5 an array is JSON", `[1, 2]`, 200, "[1, 2]", []string{"Content-Type: " + jsonType}},
		{"1.5 a number is JSON", `42`, 200, "42", []string{"Content-Type: " + jsonType}},
		{"1.5 a boolean is JSON", ` true`, 200, " true", []string{"Content-Type: " + jsonType}},

		{"1.5 isBase64Encoded is decoded", `{"statusCode":200,"body":"AP8=","isBase64Encoded":true,"headers":{"content-type":"image/png"}}`, 200, "\x00\xff", []string{"Content-Type: image/png"}},
		{"1.5 isBase64Encoded false is as given", `{"statusCode":200,"body":"AP8=","isBase64Encoded":false}`, 200, "AP8=", nil},
		{"1.5 one Set-Cookie for each cookie", `{"statusCode":200,"cookies":["a=1; HttpOnly","b=2"]}`, 200, "", []string{"Set-Cookie: a=1; HttpOnly|b=2"}},
		{"1.5 cookies come before a set-cookie header", `{"statusCode":200,"headers":{"set-cookie":"c=3"},"cookies":["a=1"]}`, 200, "", []string{"Set-Cookie: a=1|c=3"}},
		{"1.5 nulls of a Go function are absent", `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":"ok","cookies":null}`, 200, "ok", []string{"Content-Type: " + text, "Set-Cookie: "}},
		{"1.5 a null body and a null flag are absent", `{"statusCode":200,"body":null,"isBase64Encoded":null,"headers":{"x-a":null}}`, 200, "", []string{"X-A: "}},
		{"1.5 multiValueHeaders are ignored", `{"statusCode":200,"multiValueHeaders":{"X-A":["1","2"]}}`, 200, "", []string{"X-A: "}},
		{"1.5 Connection is dropped", `{"statusCode":200,"headers":{"connection":"close"}}`, 200, "", []string{"Connection: keep-alive"}},
		{"1.5 Content-Length is dropped", `{"statusCode":200,"headers":{"content-length":"7"},"body":"abc"}`, 200, "abc", []string{"Content-Length: 3"}},
		{"1.5 Date is dropped", `{"statusCode":200,"headers":{"DATE":"now"}}`, 200, "", []string{"Date: *"}},
		{"1.5 Upgrade is dropped", `{"statusCode":200,"headers":{"upgrade":"h2c"}}`, 200, "", []string{"Upgrade: "}},
		{"1.5 Transfer-Encoding is dropped", `{"statusCode":200,"headers":{"Transfer-Encoding":"chunked"}}`, 200, "", []string{"Transfer-Encoding: "}},
		{"1.5 a number in a header is its text [?]", `{"statusCode":200,"headers":{"x-count":3,"x-ok":true}}`, 200, "", []string{"X-Count: 3", "X-Ok: true"}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			got, body := answer(t, New(cartAPI(t, "$default"), returns(c.result), Options{}), parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com"))
			if got.StatusCode != c.status || body != c.body {
				t.Errorf("got %d %q, want %d %q", got.StatusCode, body, c.status, c.body)
			}
			for _, line := range c.header {
				name, want, _ := strings.Cut(line, ": ")
				if value := strings.Join(got.Header.Values(name), "|"); value != want && (want != "*" || value == "now") {
					t.Errorf("header %s is %q, want %q", name, value, want)
				}
			}
		})
	}
}

func TestResultsThatAreNoResponse(t *testing.T) {
	for _, c := range []struct{ fact, result, want string }{
		{"1.6 a statusCode that is no number", `{"statusCode":"ok"}`, `statusCode "ok"`},
		{"1.6 a statusCode of 0", `{"statusCode":0,"body":"x"}`, "statusCode 0"},
		{"1.6 a statusCode of 200.5", `{"statusCode":200.5}`, "statusCode 200.5"},
		{"1.6 a statusCode that is not final [?]", `{"statusCode":101}`, "statusCode 101"},
		{"1.6 a statusCode that HTTP has not [?]", `{"statusCode":600}`, "statusCode 600"},
		{"1.6 a statusCode that is an object", `{"statusCode":{}}`, "statusCode {}"},
		{"1.6 a body that is no string", `{"statusCode":200,"body":{"a":1}}`, `body {"a":1}, want a string`},
		{"1.6 a body that is not base64", `{"statusCode":200,"body":"%","isBase64Encoded":true}`, "not base64"},
		{"1.6 a flag that is none", `{"statusCode":200,"isBase64Encoded":"yes"}`, `isBase64Encoded "yes"`},
		{"1.6 headers that are no object", `{"statusCode":200,"headers":["a"]}`, `headers ["a"]`},
		{"1.6 a header that is a list", `{"statusCode":200,"headers":{"a":["b"]}}`, `header a: value ["b"]`},
		{"1.6 a header name that is none", `{"statusCode":200,"headers":{"a b":"c"}}`, `"a b" is not a token`},
		{"1.6 a header with a line break", `{"statusCode":200,"headers":{"a":"b\r\nc: d"}}`, "control character"},
		{"1.6 a cookie with a line break", `{"statusCode":200,"cookies":["a\nb"]}`, "control character"},
		{"1.6 cookies that are no list", `{"statusCode":200,"cookies":"a=b"}`, `cookies "a=b"`},
		{"1.6 a result that is not JSON [?]", `Hello`, `"Hello"`},
		{"1.6 a result that is cut off", `{"statusCode":200,`, `not JSON`},
		{"1.6 no result at all [?]", ``, `not JSON`},
	} {
		t.Run(c.fact, func(t *testing.T) {
			got, err := newResponse([]byte(c.result))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %+v and error %v, want an error with %q", got, err, c.want)
			}
		})
	}
}

// TestResponseOfAGoFunction goes through the type that handlers return.
func TestResponseOfAGoFunction(t *testing.T) {
	t.Run("1.5 the response as a Go function encodes it", func(t *testing.T) {
		result, err := json.Marshal(events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "ok"})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(result, []byte(`"cookies":null`)) {
			t.Fatalf("1.5 %s has no nulls any more: this test shows nothing", result)
		}
		got, err := newResponse(result)
		if err != nil || got.status != 200 || string(got.body) != "ok" || got.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("1.5 got %+v, %v", got, err)
		}
	})
}

// FuzzResponse: whatever a function returns, there is an error or a response
// that can go out over HTTP.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		`{"statusCode":200,"headers":{"a":"b"},"cookies":["c"],"body":"AP8=","isBase64Encoded":true}`,
		`"text"`, `null`, ``, `{"statusCode":"201","headers":null}`, `{"statusCode":304,"body":"x"}`, `[`, `{"statusCode":1e2}`,
	} {
		f.Add([]byte(seed))
	}
	request, _ := http.NewRequest(http.MethodGet, "https://api.dev.example.com/", http.NoBody)
	f.Fuzz(func(t *testing.T, result []byte) {
		r, err := newResponse(result)
		if err != nil {
			return
		}
		resp := r.http(request, "id", now())
		defer resp.Body.Close() //nolint:errcheck // in memory
		if resp.StatusCode < 200 || resp.StatusCode > 599 {
			t.Errorf("status %d of %q", resp.StatusCode, result)
		}
		if resp.Header.Get("Content-Type") == "" && !bytes.Contains(result, []byte("ontent-")) {
			t.Errorf("no Content-Type of %q", result)
		}
		var wire bytes.Buffer
		if err := resp.Write(&wire); err != nil {
			t.Fatalf("%q cannot be written: %v", result, err)
		}
		read, err := http.ReadResponse(bufio.NewReader(&wire), request)
		if err != nil {
			t.Fatalf("%q is no HTTP response: %v", result, err)
		}
		defer read.Body.Close() //nolint:errcheck // in memory
		body, err := io.ReadAll(read.Body)
		if err != nil || !bytes.Equal(body, r.body) && resp.StatusCode != 204 && resp.StatusCode != 304 {
			t.Errorf("body %q became %q (%v)", r.body, body, err)
		}
	})
}
