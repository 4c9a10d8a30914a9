package cloudfront

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func function(t testing.TB, code string) *Function {
	t.Helper()
	f, err := NewFunction("test", runtime2, code)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// cleanURLs is the function of the site's stack.
const cleanURLs = `// Serves a folder's index.html for the folder's address.
function handler(event) {
  const request = event.request;
  if (request.uri.endsWith('/')) {
    request.uri += 'index.html';
  } else if (!request.uri.split('/').pop().includes('.')) {
    request.uri += '/index.html';
  }
  return request;
}
`

func withFunctions(t testing.TB, request, response string) Distribution {
	d := site()
	for i := range d.Behaviours {
		if request != "" {
			d.Behaviours[i].ViewerRequest = function(t, request)
		}
		if response != "" {
			d.Behaviours[i].ViewerResponse = function(t, response)
		}
	}
	return d
}

func TestFunctionsRewriteRequests(t *testing.T) {
	for name, c := range map[string]struct {
		code      string
		request   *http.Request
		url       string
		header    string
		wantValue string
	}{
		"3.8 the site's own, a folder":               {cleanURLs, ask("GET", "/basket"), "/basket/index.html", "", ""},
		"3.8 the site's own, the root":               {cleanURLs, ask("GET", "/"), "/index.html", "", ""},
		"3.8 the site's own, a file":                 {cleanURLs, ask("GET", "/a/b.css"), "/a/b.css", "", ""},
		"3.8 an async handler":                       {"async function handler(event) { await null; event.request.uri = '/y.css'; return event.request; }", ask("GET", "/x"), "/y.css", "", ""},
		"3.8 a handler in a variable":                {"var handler = (event) => event.request;", ask("GET", "/x"), "/x", "", ""},
		"3.8 a new URI does not change the origin":   {"function handler(event) { event.request.uri = '/index.html'; return event.request; }", ask("GET", "/api/x"), "/index.html", "", ""},
		"3.8 a URI is encoded where it must be":      {"function handler(event) { event.request.uri = '/a b?c#é'; return event.request; }", ask("GET", "/api/x"), "/a%20b%3Fc%23%C3%A9", "", ""},
		"3.8 what it leaves alone stays as it was":   {"function handler(event) { return event.request; }", ask("GET", "/api/a%2fb?z=%41&a&z=2&&=x"), "/api/a%2fb?z=%41&a&z=2&&=x", "", ""},
		"3.8 a new query":                            {"function handler(event) { event.request.querystring.b = {value: '2'}; return event.request; }", ask("GET", "/api/?a=1&c&a=3"), "/api/?a=1&a=3&c=&b=2", "", ""},
		"3.8 a query that is removed":                {"function handler(event) { delete event.request.querystring.a; return event.request; }", ask("GET", "/api/?a=1&b=2"), "/api/?b=2", "", ""},
		"3.8 a query of several values, the first":   {"function handler(event) { event.request.querystring.a.value = '9'; return event.request; }", ask("GET", "/api/?a=1&a=2"), "/api/?a=9&a=2", "", ""},
		"3.8 a query of several values, all":         {"function handler(event) { event.request.querystring.a.multiValue.push({value: '3'}); return event.request; }", ask("GET", "/api/?a=1&a=2"), "/api/?a=1&a=2&a=3", "", ""},
		"3.8 a new header":                           {"function handler(event) { event.request.headers['x-shop'] = {value: '1'}; return event.request; }", ask("GET", "/api/x"), "/api/x", "X-Shop", "1"},
		"3.8 a header that is changed":               {"function handler(event) { event.request.headers.accept.value += ';q=1'; return event.request; }", ask("GET", "/api/x", "Accept", "a/b"), "/api/x", "Accept", "a/b;q=1"},
		"3.8 a header that is removed":               {"function handler(event) { delete event.request.headers.accept; return event.request; }", ask("GET", "/api/x", "Accept", "a/b"), "/api/x", "Accept", ""},
		"3.8 a header of several lines":              {"function handler(event) { event.request.headers.accept.multiValue[1].value = 'e/f'; return event.request; }", ask("GET", "/api/x", "Accept", "a/b", "Accept", "c/d"), "/api/x", "Accept", "a/b|e/f"},
		"3.8 the bytes of another header stay":       {"function handler(event) { event.request.headers['x-new'] = {value: '1'}; return event.request; }", ask("GET", "/api/x", "X-Latin", "caf\xe9"), "/api/x", "X-Latin", "caf\xe9"},
		"3.8 cookies are apart":                      {"function handler(event) { if (event.request.headers.cookie) throw 1; event.request.cookies.b.value = '3'; return event.request; }", ask("GET", "/api/x", "Cookie", "a=1; b=2"), "/api/x", "Cookie", "a=1; b=3"},
		"3.8 cookies that are removed":               {"function handler(event) { event.request.cookies = {}; return event.request; }", ask("GET", "/api/x", "Cookie", "a=1; b=2"), "/api/x", "Cookie", ""},
		"3.8 removing a read-only header changes no": {"function handler(event) { delete event.request.headers.via; delete event.request.headers.host; return event.request; }", ask("GET", "/api/x", "Via", "1.1 proxy"), "/api/x", "Via", "1.1 proxy, 1.1 VIA (CloudFront)"},
		"3.8 the language of 2.0":                    {"const x = 1_000; let y = 2 ** 3; function handler(event) { const f = (...a) => a.length; event.request.uri = `/${x}-${y}-${f(1, 2)}-${'aa'.replaceAll('a', 'b')}`; return event.request; }", ask("GET", "/api/x"), "/1000-8-2-bb", "", ""},
		"3.8 what is not there can be asked for":     {"function handler(event) { event.request.uri = '/' + typeof Map + '/' + typeof Buffer; return event.request; }", ask("GET", "/api/x"), "/undefined/undefined", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := &origin{}
			e := newEdge(t, withFunctions(t, c.code, ""), o, Options{})
			w := serve(e, c.request)
			if w.Code != 200 {
				t.Fatalf("got %d: %s", w.Code, w.Body)
			}
			got := o.last(t)
			if got.URL.RequestURI() != c.url {
				t.Errorf("the origin was asked for %s, want %s", got.URL.RequestURI(), c.url)
			}
			if want := strings.Replace(c.wantValue, "VIA", e.via, 1); c.header != "" && strings.Join(got.Header.Values(c.header), "|") != want {
				t.Errorf("%s is %q, want %q", c.header, got.Header.Values(c.header), want)
			}
			if got.URL.Host != "api.dev.example.com" && got.URL.Host != "site.s3.us-east-1.amazonaws.com" {
				t.Errorf("the origin is %s", got.URL.Host)
			}
		})
	}
}

func TestFunctionsMakeResponses(t *testing.T) {
	for name, c := range map[string]struct {
		code   string
		status int
		body   string
		header http.Header
	}{
		"3.8 a redirect": {
			"function handler() { return {statusCode: 302, statusDescription: 'Found', headers: {location: {value: '/new'}}}; }",
			302, "",
			http.Header{"Location": {"/new"}},
		},
		"3.8 a body of text": {
			"function handler() { return {statusCode: 200, body: 'hello', headers: {'content-type': {value: 'text/plain'}}}; }",
			200, "hello",
			http.Header{"Content-Type": {"text/plain"}},
		},
		"3.8 a body with its encoding": {
			"function handler() { return {statusCode: 200, body: {encoding: 'base64', data: 'aGVsbG8='}}; }",
			200, "hello",
			http.Header{},
		},
		"3.8 cookies": {
			"function handler() { return {statusCode: 204, cookies: {a: {value: '1', attributes: 'Path=/; Secure', multiValue: [{value: '1', attributes: 'Path=/'}, {value: '2'}]}}}; }",
			204, "",
			http.Header{"Set-Cookie": {"a=1; Path=/", "a=2"}},
		},
		"3.8 an error, which has no error page": {
			"function handler() { return {statusCode: 403, body: 'no'}; }",
			403, "no",
			http.Header{},
		},
		"3.8 a preflight": {
			"function handler(event) { if (event.request.method === 'OPTIONS') return {statusCode: 204, headers: {'access-control-allow-origin': {value: '*'}}}; return event.request; }",
			204, "",
			http.Header{"Access-Control-Allow-Origin": {"*"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, d := &origin{}, withFunctions(t, c.code, "")
			d.ErrorResponses[403] = ErrorResponse{PagePath: "/index.html"}
			w := serve(newEdge(t, d, o, Options{}), ask("OPTIONS", "/api/x"))
			wantCache(t, w, c.status, "FunctionGeneratedResponse")
			if len(o.asked) > 0 {
				t.Error("the origin was asked")
			}
			if w.Body.String() != c.body {
				t.Errorf("the body is %q, want %q", w.Body, c.body)
			}
			for name := range c.header {
				if diff := cmp.Diff(c.header[name], w.Header()[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestFunctionsAtViewerResponse(t *testing.T) {
	response := func(code string) string {
		return "function handler(event) { var response = event.response; " + code + "; return response; }"
	}
	for name, c := range map[string]struct {
		code        string
		sent        int // the origin's status
		sentHeaders []string
		status      int
		body        string
		header      http.Header
	}{
		"3.8 a new header": {
			response("response.headers['x-shop'] = {value: '1'}"), 200, nil, 200, "sent", http.Header{"X-Shop": {"1"}},
		},
		"3.8 another status and body": {
			response("response.statusCode = 203; response.body = 'mine'"), 200, nil, 203, "mine", http.Header{"Content-Length": {"4"}},
		},
		"3.8 it sees what came": {
			response("response.headers['x-saw'] = {value: [response.statusCode, response.statusDescription, response.headers.etag.value, response.cookies.a.attributes, event.request.uri].join()}"),
			200,
			[]string{"Etag", `"1"`, "Set-Cookie", "a=1; Path=/"},
			200, "sent",
			http.Header{"X-Saw": {`200,OK,"1",Path=/,/api/x`}, "Set-Cookie": {"a=1; Path=/"}},
		},
		"3.8 it changes a cookie": {
			response("response.cookies.a.value = '2'; response.cookies.b = {value: '3'}"),
			200,
			[]string{"Set-Cookie", "a=1; Path=/"},
			200, "sent",
			http.Header{"Set-Cookie": {"a=2; Path=/", "b=3"}},
		},
		"3.8 it is spared the origin's errors": {
			response("throw 1"), 404, nil, 404, "sent", http.Header{},
		},
		"3.8 it throws": {
			response("throw 1"), 200, nil, 503, "", http.Header{"X-Cache": {"FunctionExecutionError from cloudfront"}},
		},
		"3.8 it returns a request": {
			"function handler(event) { return event.request; }", 200, nil, 502, "", http.Header{"X-Cache": {"FunctionValidationError from cloudfront"}},
		},
		"3.8 a read-only header": {
			response("response.headers.via = {value: '1.1 x'}"), 200, nil, 502, "", http.Header{"X-Cache": {"FunctionValidationError from cloudfront"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(newEdge(t, withFunctions(t, "", c.code), &origin{reply: func(*http.Request) *http.Response { return reply(c.sent, "sent", c.sentHeaders...) }}, Options{}), ask("GET", "/api/x"))
			if w.Code != c.status || c.body != "" && w.Body.String() != c.body {
				t.Errorf("got %d, %q, want %d, %q", w.Code, w.Body, c.status, c.body)
			}
			for name := range c.header {
				if diff := cmp.Diff(c.header[name], w.Header()[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestFunctionEvent(t *testing.T) {
	t.Run("3.8 the event", func(t *testing.T) {
		code := "function handler(event) { return {statusCode: 200, body: JSON.stringify(event)}; }"
		e := newEdge(t, withFunctions(t, code, ""), &origin{}, Options{})
		r := ask("GET", "/a%20b?x=1&x=2&y&z=%C3%A9", "Accept", "a/b", "Accept", "c/d", "X-Forwarded-Proto", "http", "X-Edge-A", "1", "Cookie", "a=1; b=2", "Cookie", "a=3")
		w := serve(e, r)
		want := fmt.Sprintf(`{"version":"1.0","context":{"distributionDomainName":"d111111abcdef8.cloudfront.net","distributionId":"EDFDVBD6EXAMPLE",`+
			`"eventType":"viewer-request","requestId":%q},"viewer":{"ip":"192.0.2.1"},"request":{"method":"GET","uri":"/a%%20b",`+
			`"querystring":{"x":{"value":"1","multiValue":[{"value":"1"},{"value":"2"}]},"y":{"value":""},"z":{"value":"%%C3%%A9"}},`+
			`"headers":{"accept":{"value":"a/b","multiValue":[{"value":"a/b"},{"value":"c/d"}]},"host":{"value":"www.dev.example.com"}},`+
			`"cookies":{"a":{"value":"1","multiValue":[{"value":"1"},{"value":"3"}]},"b":{"value":"2"}}}}`, w.Header().Get("X-Amz-Cf-Id"))
		if got := w.Body.String(); got != want {
			t.Errorf("3.8 the event is\n%s\nwant\n%s", got, want)
		}
	})
}

func TestFunctionsStartAnewForEveryRequest(t *testing.T) {
	t.Run("3.8 nothing is kept from one request to the next, and time stands still", func(t *testing.T) {
		c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
		var lines []string
		e := newEdge(t, withFunctions(t, `
var count = 0;
function handler(event) {
  count++;
  var start = Date.now();
  for (var i = 0; i < 10000; i++) {}
  console.log('count ' + count, 'ignored');
  return {statusCode: 200, body: count + ' ' + (Date.now() - start) + ' ' + new Date().toISOString()};
}`, ""), &origin{}, Options{Now: c.Now, FunctionLog: func(function, id, line string) { lines = append(lines, function+" "+line) }})
		for range 2 {
			if got := serve(e, ask("GET", "/api/x")).Body.String(); got != "1 0 2026-11-22T12:00:00.000Z" {
				t.Errorf("3.8 the function says %q", got)
			}
		}
		if diff := cmp.Diff([]string{"test count 1", "test count 1"}, lines); diff != "" {
			t.Errorf("3.8 logged (-want +got):\n%s", diff)
		}
	})
}

func TestMessagesNameTheLineOfTheCode(t *testing.T) {
	f := function(t, "var a = 1;\nfunction handler(event) {\n  return `${event.request.uri}` + missing;\n}\n")
	_, err := f.run(functionEvent{}, time.Now(), func(string) {})
	if err == nil || !strings.Contains(err.Error(), "missing is not defined") || !strings.Contains(err.Error(), "test.js:3:") {
		t.Errorf("3.8 the message is %v", err)
	}
}
