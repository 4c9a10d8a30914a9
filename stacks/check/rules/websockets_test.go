package rules

import "fmt"

// The parts of a WebSocket API that works.
const (
	socket        = `Socket ApiGatewayV2::Api {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action", "DisableExecuteApiEndpoint": true}`
	socketStage   = `SocketStage ApiGatewayV2::Stage {"ApiId": {"Ref": "Socket"}, "StageName": "live"}`
	socketMapping = `SocketMapping ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "Socket"}, "Stage": {"Ref": "SocketStage"}, "DomainName": "ws.example.com", "ApiMappingKey": "updates"}`
	connect       = `Connect ApiGatewayV2::Route {"ApiId": {"Ref": "Socket"}, "RouteKey": "$connect", "AuthorizationType": "CUSTOM"}`
	pages         = `Pages ApiGatewayV2::Authorizer {"ApiId": {"Ref": "Socket"}, "AuthorizerType": "REQUEST", "IdentitySource": ["route.request.header.Origin"]}`
)

// message is a route of the WebSocket API with more properties.
func message(id, key, more string) string {
	return fmt.Sprintf(`%s ApiGatewayV2::Route {"ApiId": {"Ref": "Socket"}, "RouteKey": %q, %s}`, id, key, more)
}

// ofSocket are the stacks of an app that has the WebSocket API and more.
func ofSocket(more ...string) []*Stack {
	return []*Stack{in("eu-west-1", "updates", resources(append([]string{socket, socketStage, connect}, more...)...))}
}

var webSocketExamples = []example{
	{
		name: "one that works",
		stacks: ofSocket(pages, socketMapping,
			`Function Lambda::Function {"Environment": {"Variables": {"CONNECTIONS_URL": "https://ws.example.com/updates"}}}`,
			`Proxy ApiGatewayV2::Integration {"ApiId": {"Ref": "Socket"}, "IntegrationType": "AWS_PROXY"}`,
			message("Ping", "ping", `"AuthorizationType": "NONE", "RouteResponseSelectionExpression": "$default", "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Proxy"}]]}`),
			`PingResponse ApiGatewayV2::RouteResponse {"ApiId": {"Ref": "Socket"}, "RouteId": {"Ref": "Ping"}, "RouteResponseKey": "$default"}`),
	},
	{
		name: "two kinds of API on one domain name, from two stacks",
		stacks: []*Stack{
			in("eu-west-1", "domain", resources(plainDomain)),
			in("eu-west-1", "cart", resources(api, stage, find, mapping)).after("domain"),
			in("eu-west-1", "updates", resources(socket, socketStage, connect,
				`SocketMapping ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "Socket"}, "Stage": {"Ref": "SocketStage"}, "DomainName": "API.example.com", "ApiMappingKey": "updates"}`)).after("domain"),
		},
		want: []string{"AX120 updates/SocketMapping: cart/Mapping maps another kind of API onto it"},
	},
	{
		name: "on a domain name of its own, and with the same host in another region",
		stacks: []*Stack{
			in("us-east-1", "cart", resources(api, stage, find, mapping)),
			in("eu-west-1", "updates", resources(socket, socketStage, connect,
				`SocketMapping ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "Socket"}, "Stage": {"Ref": "SocketStage"}, "DomainName": "api.example.com", "ApiMappingKey": "updates"}`)),
		},
	},
	{
		name: "messages whose routes cannot be told",
		stacks: []*Stack{in("eu-west-1", "updates", resources(
			`A ApiGatewayV2::Api {"ProtocolType": "WEBSOCKET"}`, `AR ApiGatewayV2::Route {"ApiId": {"Ref": "A"}, "RouteKey": "$connect"}`,
			`B ApiGatewayV2::Api {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "action"}`, `BR ApiGatewayV2::Route {"ApiId": {"Ref": "B"}, "RouteKey": "$connect"}`,
			`C ApiGatewayV2::Api {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "${request.method} ${request.path}"}`, `CR ApiGatewayV2::Route {"ApiId": {"Ref": "C"}, "RouteKey": "$connect"}`,
			`D ApiGatewayV2::Api {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "${request.body.message.kind}"}`, `DR ApiGatewayV2::Route {"ApiId": {"Ref": "D"}, "RouteKey": "$connect"}`))},
		want: []string{
			"AX121 updates/A: there is none",
			`AX121 updates/B: "action"`,
			`AX121 updates/C: "${request.method} ${request.path}"`,
		},
	},
	{
		name: "messages that ask who sends them",
		stacks: ofSocket(
			message("A", "ping", `"AuthorizationType": "AWS_IAM"`), message("B", "$default", `"AuthorizationType": "CUSTOM"`), message("C", "$disconnect", `"AuthorizationType": "NONE"`)),
		want: []string{"AX122 updates/A: ping has AWS_IAM", "AX122 updates/B: $default has CUSTOM"},
	},
	{
		name: "authorizers of HTTP APIs",
		stacks: ofSocket(
			`A ApiGatewayV2::Authorizer {"ApiId": {"Ref": "Socket"}, "AuthorizerType": "JWT", "JwtConfiguration": {"Issuer": "https://login.example.com"}}`,
			`B ApiGatewayV2::Authorizer {"ApiId": {"Ref": "Socket"}, "AuthorizerType": "REQUEST", "EnableSimpleResponses": true, "AuthorizerPayloadFormatVersion": "2.0"}`),
		want: []string{
			"AX123 updates/A: it is JWT", "AX123 updates/A: JwtConfiguration",
			"AX123 updates/B: EnableSimpleResponses", "AX123 updates/B: AuthorizerPayloadFormatVersion",
		},
	},
	{
		name: "identity sources of the other kind",
		stacks: []*Stack{in("eu-west-1", "both", resources(api, stage, find, socket, socketStage, connect,
			`A ApiGatewayV2::Authorizer {"ApiId": {"Ref": "Socket"}, "AuthorizerType": "REQUEST", "IdentitySource": ["$request.header.Origin", "route.request.querystring.cart"]}`,
			`B ApiGatewayV2::Authorizer {"ApiId": {"Ref": "API"}, "AuthorizerType": "REQUEST", "IdentitySource": ["$request.header.origin", "route.request.header.Origin"]}`))},
		want: []string{"AX124 both/A: $request.header.Origin", "AX124 both/B: route.request.header.Origin"},
	},
	{
		name: "answers that go nowhere",
		stacks: ofSocket(
			`Mock ApiGatewayV2::Integration {"ApiId": {"Ref": "Socket"}, "IntegrationType": "MOCK"}`,
			message("A", "a", `"RouteResponseSelectionExpression": "$default"`),
			message("B", "b", `"Target": "integrations/x"`),
			`BResponse ApiGatewayV2::RouteResponse {"ApiId": {"Ref": "Socket"}, "RouteId": {"Ref": "B"}, "RouteResponseKey": "$default"}`,
			message("C", "c", `"RouteResponseSelectionExpression": "$default", "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Mock"}]]}`),
			`CResponse ApiGatewayV2::RouteResponse {"ApiId": {"Ref": "Socket"}, "RouteId": {"Ref": "C"}, "RouteResponseKey": "$default"}`),
		want: []string{
			"AX125 updates/A: a has no RouteResponse",
			"AX125 updates/B: b has a RouteResponse, and does not select it",
			"AX125 updates/C: the integration of c has no IntegrationResponse",
		},
	},
	{
		name: "an address that does not answer",
		stacks: ofSocket(
			`Function Lambda::Function {"Environment": {"Variables": {"URL": {"Fn::Join": ["", ["https://", {"Ref": "Socket"}, ".execute-api.eu-west-1.amazonaws.com/live"]]}, "API": {"Ref": "Socket"}}}}`),
		want: []string{"AX126 updates/Function: URL, of updates/Socket"},
	},
	{
		name: "an execution log with messages",
		stacks: []*Stack{in("eu-west-1", "updates", resources(socket, connect,
			`SocketStage ApiGatewayV2::Stage {"ApiId": {"Ref": "Socket"}, "StageName": "live", "DefaultRouteSettings": {"DataTraceEnabled": true}}`))},
		want: []string{"AX127 updates/SocketStage: of every route"},
	},
}
