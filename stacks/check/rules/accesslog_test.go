package rules

import (
	"fmt"
	"strings"
)

func logging(format string) string {
	return fmt.Sprintf(`Stage ApiGatewayV2::Stage {"AccessLogSettings": {"Format": %q}}`, format)
}

// loggingOf is the stage of an API in the template.
func loggingOf(api, format string) string {
	return fmt.Sprintf(`Stage ApiGatewayV2::Stage {"ApiId": {"Ref": %q}, "AccessLogSettings": {"Format": %q}}`, api, format)
}

var accessLogExamples = []example{
	{name: "quoted", stacks: []*Stack{in("eu-west-1", "cart", resources(logging(`{"requestId":"$context.requestId","path":"$context.path"}`)))}},
	{name: "numbers", stacks: []*Stack{in("eu-west-1", "cart", resources(logging(`{"id":"$context.extendedRequestId","status":$context.status}`)))}},
	{name: "none", stacks: []*Stack{in("eu-west-1", "cart", resources(`Stage ApiGatewayV2::Stage {}`))}},
	{
		name:   "without a request's ID",
		stacks: []*Stack{in("eu-west-1", "cart", resources(logging(`{"path":"$context.path"}`)))},
		want:   []string{`AX045 cart/Stage: {"path":"$context.path"}`},
	},
	{
		name:   "too long",
		stacks: []*Stack{in("eu-west-1", "cart", resources(logging(`{"requestId":"$context.requestId","note":"`+strings.Repeat("x", 3072)+`"}`)))},
		want:   []string{"AX046 cart/Stage: 3116 bytes"},
	},
	{
		name:   "no JSON",
		stacks: []*Stack{in("eu-west-1", "cart", resources(logging(`$context.requestId $context.status`)))},
		want:   []string{"AX047 cart/Stage: $context.requestId $context.status"},
	},
	{
		name: "every kind of variable",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`API ApiGatewayV2::Api {"ProtocolType": "HTTP", "Name": "cart"}`,
			loggingOf("API", `{"requestId":"$context.requestId","sub":"$context.authorizer.claims.sub","ip":"$context.identity.sourceIp"}`), find))},
	},
	{
		name: "variables of REST APIs",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`API ApiGatewayV2::Api {"ProtocolType": "HTTP", "Name": "cart"}`,
			loggingOf("API", `{"requestId":"$context.requestId","tls":"$context.tlsVersion","trace":"$context.xrayTraceId"}`), find))},
		want: []string{"AX048 cart/Stage: $context.tlsVersion", "AX048 cart/Stage: $context.xrayTraceId"},
	},
	{
		name: "a WebSocket API's own",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`API ApiGatewayV2::Api {"ProtocolType": "WEBSOCKET", "Name": "cart", "RouteSelectionExpression": "$request.body.action"}`,
			loggingOf("API", `{"requestId":"$context.requestId","connection":"$context.connectionId"}`), find))},
	},
}
