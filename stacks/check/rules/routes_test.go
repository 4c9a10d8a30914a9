package rules

import (
	"fmt"
	"strings"
)

// route is one route of the API, whom it lets in said by its type.
func route(id, key, authorization string) string {
	return fmt.Sprintf(`%s ApiGatewayV2::Route {"ApiId": {"Ref": "API"}, "RouteKey": %q, "AuthorizationType": %q}`, id, key, authorization)
}

// many gives n lines, in each of which %d is another number.
func many(n int, line string) (lines []string) {
	for i := range n {
		lines = append(lines, strings.ReplaceAll(line, "%d", fmt.Sprint(i)))
	}
	return lines
}

var routeExamples = []example{
	{
		name: "a key twice, and one under another name",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api,
			route("A", "GET /{cart}", "NONE"), route("B", "GET /{cart}", "NONE"), route("C", "GET /{id}", "NONE"),
			route("D", "GET /{rest+}", "NONE"), route("E", "PUT /{cart}", "NONE")))},
		want: []string{
			`AX030 cart/B: cart/A is "GET /{cart}" too`,
			`AX030 cart/C: cart/A is "GET /{cart}", this "GET /{id}"`,
		},
	},
	{
		name: "settings of routes",
		stacks: []*Stack{in("eu-west-1", "cart", `{
			"API": {"Type": "AWS::ApiGatewayV2::Api"},
			"A": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "API"}, "RouteKey": "GET /"}},
			"B": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "API"}, "RouteKey": "PUT /"}},
			"Stage": {"Type": "AWS::ApiGatewayV2::Stage", "DependsOn": "A", "Properties": {"ApiId": {"Ref": "API"}, "StageName": "$default",
				"RouteSettings": {"GET /": {"ThrottlingRateLimit": 1}, "PUT /": {"ThrottlingRateLimit": 1}, "POST /": {"ThrottlingRateLimit": 1}}}}}`)},
		want: []string{"AX031 cart/Stage: POST /", "AX032 cart/Stage: PUT /"},
	},
	{
		name:   "as many as there may be",
		stacks: []*Stack{in("eu-west-1", "cart", resources(append(many(300, route("R%d", "GET /%d", "NONE")), api)...))},
	},
	{
		name: "more than there may be",
		stacks: []*Stack{in("eu-west-1", "cart", resources(append(append(
			many(301, route("R%d", "GET /%d", "NONE")),
			many(11, `A%d ApiGatewayV2::Authorizer {"ApiId": {"Ref": "API"}, "AuthorizerType": "REQUEST"}`)...), api)...))},
		want: []string{
			"AX033 cart/API: 301 routes, want at most 300",
			"AX033 cart/API: 11 authorizers, want at most 10",
		},
	},
	{
		name:   "none",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`API ApiGatewayV2::Api {"ProtocolType": "HTTP", "Name": "cart"}`, stage))},
		want:   []string{"AX034 cart/API: cart"},
	},
	{
		name: "preflights caught",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api,
			route("A", "$default", "JWT"), route("B", "ANY /{cart}", "CUSTOM"), route("C", "OPTIONS /x", "AWS_IAM"), route("D", "GET /y", "JWT"),
			route("E", "ANY /open", "NONE")))},
		want: []string{
			"AX035 cart/A: $default has JWT",
			"AX035 cart/B: ANY /{cart} has CUSTOM",
			"AX035 cart/C: OPTIONS /x has AWS_IAM",
		},
	},
	{
		name: "preflights let by",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api,
			route("A", "$default", "JWT"), route("B", "OPTIONS /{all+}", "NONE"),
			route("C", "ANY /{cart}", "CUSTOM"), route("D", "OPTIONS /{id}", "NONE")))},
	},
}
