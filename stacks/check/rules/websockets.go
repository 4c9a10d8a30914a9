package rules

import (
	"regexp"
	"strings"
)

const (
	routeResponseType       = "AWS::ApiGatewayV2::RouteResponse"
	integrationResponseType = "AWS::ApiGatewayV2::IntegrationResponse"
)

var webSockets = []Rule{
	{
		ID:     "AX120",
		Title:  "a domain name has a WebSocket API and another kind of API",
		Fix:    "map the WebSocket API onto a domain name of its own, such as ws.example.com",
		Source: "API Gateway, Map API stages to a custom domain name for WebSocket APIs",
		check:  mixedDomainName,
	},
	{
		ID:     "AX121",
		Title:  "the WebSocket API cannot tell its messages' routes",
		Fix:    "give it a RouteSelectionExpression of a field of the messages: $request.body.action",
		Source: "CloudFormation, AWS::ApiGatewayV2::Api: RouteSelectionExpression; API Gateway, WebSocket selection expressions",
		check:  each(routeSelection, apiType),
	},
	{
		ID:     "AX122",
		Title:  "a route of a WebSocket API other than $connect is to ask who calls",
		Fix:    "take AuthorizationType and AuthorizerId away, and have $connect ask: whoever sends a message has passed it",
		Source: "API Gateway, Control access to WebSocket APIs with AWS Lambda REQUEST authorizers; awsdocs/amazon-api-gateway-developer-guide issue 121 (IAM)",
		check:  each(authorizedMessage, routeType),
	},
	{
		ID:     "AX123",
		Title:  "the authorizer of a WebSocket API has what HTTP APIs alone have",
		Fix:    "make it a REQUEST authorizer without EnableSimpleResponses, AuthorizerPayloadFormatVersion and AuthorizerResultTtlInSeconds; its function verifies tokens, and answers a policy",
		Source: "CloudFormation, AWS::ApiGatewayV2::Authorizer",
		check:  each(httpAuthorizer, authorizerType),
	},
	{
		ID:     "AX124",
		Title:  "an identity source is written as another kind of API has it",
		Fix:    "write route.request.header.Name and route.request.querystring.name for a WebSocket API, $request.header.name and $request.querystring.name for an HTTP API",
		Source: "CloudFormation, AWS::ApiGatewayV2::Authorizer: IdentitySource",
		check:  each(foreignIdentitySource, authorizerType),
	},
	{
		ID:     "AX125",
		Title:  "a route of a WebSocket API answers nothing, though it is to",
		Fix:    "give the route RouteResponseSelectionExpression $default and an AWS::ApiGatewayV2::RouteResponse $default, or neither; where its integration is no proxy, an IntegrationResponse too",
		Source: "API Gateway, Set up route responses for WebSocket APIs in API Gateway; Set up a WebSocket API integration responses in API Gateway",
		check:  each(halfTwoWay, routeType),
	},
	{
		ID:     "AX126",
		Title:  "a function is given API Gateway's own address of an API that does not answer there",
		Fix:    "give it the address on the API's domain name, in which the mapping's key stands for the stage; with DisableExecuteApiEndpoint, @connections is closed at the other one too",
		Source: "API Gateway, API reference: CreateApi (disableExecuteApiEndpoint); aws/aws-sdk-net issue 1860",
		check:  each(closedAddress, functionType),
	},
	{
		ID:     "AX127",
		Title:  "the execution log of a WebSocket API is to have all messages",
		Fix:    "set DataTraceEnabled to false, or leave it out: query strings and messages have tokens and what is personal",
		Source: "API Gateway, Set up CloudWatch logging for REST APIs in API Gateway (data tracing)",
		check:  each(tracedMessages, stageType),
	},
}

// isWebSocket tells of a resource that belongs to an API whether that is a
// WebSocket API of these templates.
func isWebSocket(r *Resource) bool {
	api := r.target("ApiId")
	return api != nil && api.Type == apiType && api.text("ProtocolType") == "WEBSOCKET"
}

// mixedDomainName compares each mapping with those of the other kind on its host.
func mixedDomainName(set *Set) (findings []Finding) {
	others := map[string]*Resource{} // a mapping of an API of another kind, by host
	place := func(mapping *Resource) string {
		host := mapping.text("DomainName")
		if domain := domainOf(mapping); domain != nil {
			host = domain.text("DomainName")
		}
		return mapping.Stack.place() + " " + strings.ToLower(host)
	}
	for _, mapping := range set.all(mappingType) {
		if mapping.target("ApiId") != nil && !isWebSocket(mapping) {
			others[place(mapping)] = mapping
		}
	}
	for _, mapping := range set.all(mappingType) {
		if other := others[place(mapping)]; other != nil && isWebSocket(mapping) {
			findings = append(findings, mapping.finding("DomainName", "%s maps another kind of API onto it", other.Path))
		}
	}
	return findings
}

// selection is an expression of a field of a message, in braces or not.
var selection = regexp.MustCompile(`^(\$request\.body(\.[A-Za-z0-9_]+)+|\$\{request\.body(\.[A-Za-z0-9_]+)+\})$`)

func routeSelection(api *Resource) []Finding {
	expression := api.text("RouteSelectionExpression")
	unknown := !literal(expression) && !strings.HasPrefix(expression, "${request.") // the braces are those of what the template does not know
	if api.text("ProtocolType") != "WEBSOCKET" || selection.MatchString(expression) || unknown {
		return nil
	}
	if expression == "" {
		return []Finding{api.finding("RouteSelectionExpression", "there is none")}
	}
	return []Finding{api.finding("RouteSelectionExpression", "%q", expression)}
}

func authorizedMessage(route *Resource) []Finding {
	if !isWebSocket(route) || open(route) || route.text("RouteKey") == "$connect" {
		return nil
	}
	return []Finding{route.finding("AuthorizationType", "%s has %s", route.text("RouteKey"), route.text("AuthorizationType"))}
}

func httpAuthorizer(authorizer *Resource) (findings []Finding) {
	if !isWebSocket(authorizer) {
		return nil
	}
	if kind := authorizer.text("AuthorizerType"); kind != "REQUEST" {
		findings = append(findings, authorizer.finding("AuthorizerType", "it is %s", kind))
	}
	for _, property := range []string{"EnableSimpleResponses", "AuthorizerPayloadFormatVersion", "AuthorizerResultTtlInSeconds", "JwtConfiguration"} {
		if value, given := authorizer.Properties[property]; given && value != false {
			findings = append(findings, authorizer.finding(property, "%s", property))
		}
	}
	return findings
}

func foreignIdentitySource(authorizer *Resource) (findings []Finding) {
	webSocket := isWebSocket(authorizer)
	if !webSocket && (authorizer.target("ApiId") == nil || authorizer.target("ApiId").text("ProtocolType") != "HTTP") {
		return nil
	}
	for _, source := range texts(authorizer.property("IdentitySource")) {
		if webSocket && strings.HasPrefix(source, "$") || !webSocket && strings.HasPrefix(source, "route.") {
			findings = append(findings, authorizer.finding("IdentitySource", "%s", source))
		}
	}
	return findings
}

// halfTwoWay finds a route with only one of what makes it answer.
func halfTwoWay(route *Resource) []Finding {
	if !isWebSocket(route) {
		return nil
	}
	const property = "RouteResponseSelectionExpression"
	selects, responds := route.property(property) != nil, false
	for _, response := range route.Stack.all(routeResponseType) {
		responds = responds || response.target("RouteId") == route
	}
	key := route.text("RouteKey")
	switch {
	case selects && !responds:
		return []Finding{route.finding(property, "%s has no RouteResponse", key)}
	case responds && !selects:
		return []Finding{route.finding(property, "%s has a RouteResponse, and does not select it", key)}
	case !selects:
		return nil
	}
	integration := route.Stack.target(strings.TrimPrefix(route.text("Target"), "integrations/"))
	if integration == nil || strings.HasSuffix(integration.text("IntegrationType"), "_PROXY") {
		return nil
	}
	for _, response := range route.Stack.all(integrationResponseType) {
		if response.target("IntegrationId") == integration {
			return nil
		}
	}
	return []Finding{route.finding("Target", "the integration of %s has no IntegrationResponse", key)}
}

// closedAddress looks for the address in a function's environment.
func closedAddress(function *Resource) (findings []Finding) {
	variables, _ := function.property("Environment", "Variables").(map[string]any)
	for _, api := range function.Stack.set.all(apiType) {
		if api.text("DisableExecuteApiEndpoint") != "true" {
			continue
		}
		for name, value := range variables {
			named := false
			for _, target := range function.Stack.targets(value) {
				named = named || target == api
			}
			if named && strings.Contains(function.Stack.Text(value), ".execute-api.") {
				findings = append(findings, function.finding("Environment.Variables."+name, "%s, of %s", name, api.Path))
			}
		}
	}
	return findings
}

func tracedMessages(stage *Resource) (findings []Finding) {
	if !isWebSocket(stage) {
		return nil
	}
	if stage.text("DefaultRouteSettings", "DataTraceEnabled") == "true" {
		findings = append(findings, stage.finding("DefaultRouteSettings.DataTraceEnabled", "of every route"))
	}
	keys, _ := routeSettings(stage)
	for _, key := range keys {
		if stage.text("RouteSettings", key, "DataTraceEnabled") == "true" {
			findings = append(findings, stage.finding("RouteSettings", "of %s", key))
		}
	}
	return findings
}
