package rules

import (
	"fmt"
	"testing"
)

// called is an API with one route, and its function behind an alias.
func called(key, permissions string) string {
	return resources(api, stage,
		fmt.Sprintf(`Route ApiGatewayV2::Route {"ApiId": {"Ref": "API"}, "RouteKey": %q, "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]}}`, key),
		`Integration ApiGatewayV2::Integration {"ApiId": {"Ref": "API"}, "IntegrationUri": {"Ref": "Live"}}`,
		`Live Lambda::Alias {"FunctionName": {"Ref": "Function"}}`,
		`Function Lambda::Function {}`,
		`Permission Lambda::Permission {"FunctionName": {"Ref": "Live"}, "Principal": "apigateway.amazonaws.com", "SourceArn": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":execute-api:eu-west-1:111122223333:", {"Ref": "API"}, "`+permissions+`"]]}}`)
}

var integrationExamples = []example{
	{name: "a permission for all routes", stacks: []*Stack{in("eu-west-1", "cart", called("GET /{cart}", "/*"))}},
	{name: "a permission for all routes takes in $default", stacks: []*Stack{in("eu-west-1", "cart", called("$default", "/*"))}},
	{name: "a permission for all with methods", stacks: []*Stack{in("eu-west-1", "cart", called("GET /{cart}", "/*/*/*"))}},
	{name: "a permission for the route", stacks: []*Stack{in("eu-west-1", "cart", called("GET /{cart}", "/$default/GET/*"))}},
	{
		name:   "a permission for all with methods leaves $default out",
		stacks: []*Stack{in("eu-west-1", "cart", called("$default", "/*/*/*"))},
		want:   []string{"AX037 cart/Route: $default to cart/Live"},
	},
	{
		name:   "a permission for another route",
		stacks: []*Stack{in("eu-west-1", "cart", called("GET /{cart}", "/*/PUT/*"))},
		want:   []string{"AX037 cart/Route: GET /{cart} to cart/Live"},
	},
	{
		name: "a function by its name",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api, find,
			`Function Lambda::Function {}`,
			`Integration ApiGatewayV2::Integration {"ApiId": {"Ref": "API"}, "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]}}`,
			`Authorizer ApiGatewayV2::Authorizer {"ApiId": {"Ref": "API"}, "AuthorizerUri": {"Fn::Sub": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"}}`,
			`Stream Lambda::EventSourceMapping {"FunctionName": {"Ref": "Function"}}`,
			`WarmUp Scheduler::Schedule {"Target": {"Arn": {"Fn::GetAtt": ["Function", "Arn"]}}}`,
			`Live Lambda::Alias {"FunctionName": {"Ref": "Function"}}`,
			`Nightly Scheduler::Schedule {"Target": {"Arn": {"Ref": "Live"}}}`))},
		want: []string{
			"AX036 cart/Integration: cart/Function",
			"AX036 cart/Authorizer: cart/Function",
			"AX036 cart/Stream: cart/Function",
			"AX036 cart/WarmUp: cart/Function",
		},
	},
	{
		name: "issuers",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A ApiGatewayV2::Authorizer {"AuthorizerType": "JWT", "JwtConfiguration": {"Issuer": "https://id.example.com"}}`,
			`B ApiGatewayV2::Authorizer {"AuthorizerType": "JWT", "JwtConfiguration": {"Issuer": "id.example.com"}}`,
			`C ApiGatewayV2::Authorizer {"AuthorizerType": "JWT", "JwtConfiguration": {"Issuer": {"Fn::GetAtt": ["Pool", "ProviderURL"]}}}`))},
		want: []string{`AX038 cart/B: "id.example.com"`},
	},
	{
		name: "simple responses",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A ApiGatewayV2::Authorizer {"EnableSimpleResponses": true, "AuthorizerPayloadFormatVersion": "2.0"}`,
			`B ApiGatewayV2::Authorizer {"EnableSimpleResponses": true, "AuthorizerPayloadFormatVersion": "1.0"}`))},
		want: []string{`AX039 cart/B: it is "1.0"`},
	},
}

func TestWildcard(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"a/*", "a/b/c", true},
		{"a/*", "b/c", false},
		{"a/*/c", "a/b/b/c", true},
		{"a/*/c", "a/c", false},
		{"*", "", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"a*b*", "ab", true},
		{"*b*a", "ab", false},
		{"ab*ba", "aba", false},
	} {
		if got := wildcard(test.pattern, test.text); got != test.want {
			t.Errorf("wildcard(%q, %q) is %v", test.pattern, test.text, got)
		}
	}
}
