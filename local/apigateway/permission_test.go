package apigateway

import (
	"context"
	"strings"
	"testing"
)

func TestPermission(t *testing.T) {
	const api = "arn:aws:execute-api:eu-west-1:111111111111:cart0000"
	for _, c := range []struct {
		fact    string
		source  string // the permission's SourceArn
		route   string
		request string
		want    bool
	}{
		{"3 */*/* covers a route with a path", api + "/*/*/*", "GET /{cart}/items/{product}", "GET", true},
		{"3 */*/* covers the root", api + "/*/*/*", "GET /", "GET", true},
		{"3 */*/* does not cover $default", api + "/*/*/*", "$default", "GET", false},
		{"3 /* covers $default", api + "/*", "$default", "GET", true},
		{"3 */$default covers $default", api + "/*/$default", "$default", "POST", true},
		{"3 */$default covers nothing else", api + "/*/$default", "GET /", "GET", false},
		{"3 the CDK's permission for a route", api + "/*/*/{cart}/items/{product}", "PUT /{cart}/items/{product}", "PUT", true},
		{"3 the CDK's permission for another route", api + "/*/*/{cart}", "PUT /{cart}/items/{product}", "PUT", false},
		{"3 a permission for the method", api + "/*/GET/{cart}", "GET /{cart}", "GET", true},
		{"3 a permission for another method", api + "/*/GET/{cart}", "PUT /{cart}", "PUT", false},
		{"3 ANY has the method of the request [?]", api + "/*/GET/{cart}", "ANY /{cart}", "GET", true},
		{"3 ANY with another method [?]", api + "/*/GET/{cart}", "ANY /{cart}", "PUT", false},
		{"3 a permission for the stage", api + "/$default/*", "GET /", "GET", true},
		{"3 a permission for another stage", api + "/dev/*", "GET /", "GET", false},
		{"3 a permission for another API", "arn:aws:execute-api:eu-west-1:111111111111:other000/*", "GET /", "GET", false},
		{"3 a permission for another region", "arn:aws:execute-api:us-east-1:111111111111:cart0000/*", "GET /", "GET", false},
		{"3 a permission for any API", "arn:aws:execute-api:*:111111111111:*", "GET /", "GET", true},
		{"3 a permission without a source", "", "$default", "GET", true},
		{"3 a star alone is no ARN, which Lambda refuses [?]", "*", "$default", "GET", false},
		{"3 a wildcard does not cross the colons of an ARN", "arn:aws:execute-api:*", "GET /", "GET", false},
	} {
		t.Run(c.fact, func(t *testing.T) {
			config := cartAPI(t, c.route)
			source := sourceARN(&config.APIs[0], "$default", mustKey(t, c.route), c.request, functionLive)
			if got := Permitted([]Permission{{SourceARN: c.source}}, "111111111111", source); got != c.want {
				t.Errorf("%s for %s: got %v, want %v", c.source, source, got, c.want)
			}
		})
	}
}

func TestPermissionOfAnotherAccount(t *testing.T) {
	if Permitted([]Permission{{SourceAccount: "222222222222"}}, "111111111111", "x") {
		t.Error("SourceAccount is not looked at")
	}
	if !Permitted([]Permission{{SourceAccount: "111111111111"}}, "111111111111", "x") {
		t.Error("the own account is refused")
	}
}

func TestAMissingPermissionIsNamed(t *testing.T) {
	config := cartAPI(t, "$default")
	config.Permissions = []Permission{{FunctionARN: functionLive, SourceARN: sourceAny}}
	var done Exchange
	g := New(config, returns(`null`), Options{Done: func(_ context.Context, x Exchange) { done = x }})
	resp, _ := answer(t, g, parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com"))
	if resp.StatusCode != 500 || done.Err == nil {
		t.Fatalf("got %d and %v", resp.StatusCode, done.Err)
	}
	for _, part := range []string{`route "$default"`, functionLive, "it only allows " + sourceAny, "SourceArn that covers arn:aws:execute-api:eu-west-1:111111111111:cart0000/$default/$default"} {
		if !strings.Contains(done.Err.Error(), part) {
			t.Errorf("%q does not say %q", done.Err, part)
		}
	}
}

func TestTheSourceHasTheFunctionsPartition(t *testing.T) {
	api := &API{ID: "a", Account: "1", Region: "cn-north-1"}
	got := sourceARN(api, "$default", mustKey(t, "GET /"), "GET", "arn:aws-cn:lambda:cn-north-1:1:function:f")
	if want := "arn:aws-cn:execute-api:cn-north-1:1:a/$default/GET/"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
