package cloudfront

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFunctionsThatFail(t *testing.T) {
	const execution, validation = "FunctionExecutionError", "FunctionValidationError"
	change := func(code string) string { return "function handler(event) { " + code + "; return event.request; }" }
	for name, c := range map[string]struct{ code, cache, reason string }{
		"3.8 it throws":                         {change("throw new Error('oh no')"), execution, "oh no"},
		"3.8 it throws something":               {change("throw 'oh no'"), execution, "oh no"},
		"3.8 it uses what is not there":         {change("event.request.headers.nothing.value.length"), execution, "TypeError"},
		"3.8 it calls what the runtime has not": {change("[1, [2]].flat()"), execution, "TypeError"},
		"3.8 its promise is rejected":           {"async function handler() { throw new Error('oh no'); }", execution, "oh no"},
		"3.8 its promise stays open":            {"function handler() { return new Promise(() => {}); }", execution, "never settled"},
		"3.8 its result throws":                 {"function handler() { return {get method() { throw new Error('oh no'); }}; }", execution, "oh no"},
		"3.8 it never ends":                     {change("while (true) {}"), execution, "ran longer"},
		"3.8 it never ends when it is read":     {"function handler() { return {get method() { while (true) {} }}; }", execution, "ran longer"},
		"3.8 it calls itself for ever":          {change("(function f() { f(); })()"), execution, "nested too deep"},
		"3.8 its top level throws":              {"null.x; " + change(""), execution, "TypeError"},
		"3.8 it has no handler":                 {"function other() {}", execution, "handler"},
		"3.8 it returns nothing":                {"function handler() {}", validation, "undefined"},
		"3.8 it returns no object":              {"function handler() { return 'x'; }", validation, "request or a response"},
		"3.8 it changes the method":             {change("event.request.method = 'PUT'"), validation, "method"},
		"3.8 its URI has no slash":              {change("event.request.uri = 'x'"), validation, "slash"},
		"3.8 its URI is no string":              {change("event.request.uri = 5"), validation, "uri"},
		"3.8 its URI is too long":               {change("event.request.uri = '/' + 'x'.repeat(9000)"), validation, "8192"},
		"3.8 its query has a space":             {change("event.request.querystring.q = {value: 'a b'}"), validation, "querystring"},
		"3.8 its query is no object":            {change("event.request.querystring = 'q=1'"), validation, "querystring"},
		"3.8 a header is no object":             {change("event.request.headers['x-a'] = '1'"), validation, "x-a"},
		"3.8 a header has no value":             {change("event.request.headers['x-a'] = {}"), validation, "x-a"},
		"3.8 a value is a number":               {change("event.request.headers['x-a'] = {value: 1}"), validation, "x-a"},
		"3.8 a header in capitals":              {change("event.request.headers['X-A'] = {value: '1'}"), validation, "lower case"},
		"3.8 a header that cannot be":           {change("event.request.headers['x a'] = {value: '1'}"), validation, "x a"},
		"3.8 a header of two lines":             {change("event.request.headers['x-a'] = {value: '1\\r\\nx-b: 2'}"), validation, "control"},
		"3.8 a disallowed header":               {change("event.request.headers['x-forwarded-proto'] = {value: 'https'}"), validation, "x-forwarded-proto"},
		"3.8 a disallowed header by prefix":     {change("event.request.headers['x-amz-cf-thing'] = {value: '1'}"), validation, "x-amz-cf-thing"},
		"3.8 a read-only header":                {change("event.request.headers.host.value = 'evil.example'"), validation, "host"},
		"3.8 a read-only header that is new":    {change("event.request.headers.via = {value: '1.1 x'}"), validation, "via"},
		"3.8 the cookie header":                 {change("event.request.headers.cookie = {value: 'a=1'}"), validation, "cookie"},
		"3.8 a cookie that is two":              {change("event.request.cookies.a = {value: '1; b=2'}"), validation, "cookies"},
		"3.8 a status that is no number":        {"function handler() { return {statusCode: '302'}; }", validation, "statusCode"},
		"3.8 a status that there is not":        {"function handler() { return {statusCode: 99}; }", validation, "statusCode"},
		"3.8 a body that is not what it says":   {"function handler() { return {statusCode: 200, body: {encoding: 'base64', data: '*'}}; }", validation, "body"},
		"3.8 a body of another encoding":        {"function handler() { return {statusCode: 200, body: {encoding: 'gzip', data: ''}}; }", validation, "encoding"},
		"3.8 a disallowed header, in response":  {"function handler() { return {statusCode: 200, headers: {connection: {value: 'close'}}}; }", validation, "connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, d := &origin{}, withFunctions(t, c.code, "")
			d.ErrorResponses = map[int]ErrorResponse{502: {PagePath: "/index.html"}, 503: {PagePath: "/index.html"}}
			var reported error
			w := serve(newEdge(t, d, o, Options{Done: func(_ context.Context, x Exchange) { reported = x.Err }}), ask("GET", "/api/x"))
			wantCache(t, w, map[string]int{execution: 503, validation: 502}[c.cache], c.cache)
			if !strings.Contains(w.Body.String(), c.reason) {
				t.Errorf("the page does not say %q: %s", c.reason, w.Body)
			}
			if reported == nil || len(o.asked) > 0 {
				t.Errorf("reported %v, asked the origin %d times", reported, len(o.asked))
			}
		})
	}
}

// FuzzFunctionResult: whatever a function returns, the edge does not crash, and
// what it takes for a request keeps the rules.
func FuzzFunctionResult(f *testing.F) {
	f.Add(`{"method":"GET","uri":"/x","headers":{"a":{"value":"1"}},"cookies":{},"querystring":{"q":{"value":"","multiValue":[{"value":"1"}]}}}`)
	f.Add(`{"statusCode":200,"body":{"encoding":"base64","data":"YQ=="},"cookies":{"a":{"value":"1","attributes":"Path=/"}}}`)
	f.Add(`{"method":"GET","uri":"/x","headers":{"host":{"value":"evil"},"x-amz-cf-a":{"multiValue":[null]}}}`)
	f.Add(`[[],{"statusCode":{}},5,null]`)
	fn := function(f, "function handler(event) { return JSON.parse(event.context.requestId); }")
	before := functionRequest{method: "GET", uri: "/", headers: []field{{"host", []fieldValue{{value: "www"}}}}}
	f.Fuzz(func(t *testing.T, text string) {
		result, err := fn.run(functionEvent{requestID: text, request: before}, time.Now(), func(string) {})
		switch {
		case err != nil:
			if _, ok := errors.AsType[*executionError](err); !ok {
				t.Errorf("the error is a %T", err)
			}
		case result.response != nil:
			if checkResponse(nil, *result.response) == nil {
				_ = generatedByFunction(*result.response)
			}
		case checkRequest(before, *result.request) == nil:
			v := (&viewer{method: "GET", path: "/", header: http.Header{}, host: "www"}).rewritten(before, *result.request)
			if v.method != "GET" || v.host != "www" || !strings.HasPrefix(v.path, "/") || strings.ContainsAny(v.query, " #\r\n") {
				t.Errorf("the request is %+v", v)
			}
			for name, values := range v.header {
				if isDisallowed(strings.ToLower(name)) || strings.ContainsAny(name+strings.Join(values, ""), "\r\n") {
					t.Errorf("the header is %v", v.header)
				}
			}
		}
	})
}
