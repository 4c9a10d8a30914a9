package websocket

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"annex/local/apigateway"
	"annex/local/assembly"
)

// integrationProperties are those of AWS::ApiGatewayV2::Integration.
type integrationProperties struct {
	APIID           string `json:"ApiId"`
	IntegrationType string
	IntegrationURI  any `json:"IntegrationUri"` // a string, unless it cannot be resolved
	TimeoutInMillis int64

	ConnectionType              string
	ConnectionID                any `json:"ConnectionId"`
	CredentialsARN              any `json:"CredentialsArn"`
	ContentHandlingStrategy     any
	RequestParameters           any
	RequestTemplates            any
	TemplateSelectionExpression any
	TLSConfig                   any `json:"TlsConfig"`

	// A function is always invoked by POST and with the whole event, and the
	// rest is for people.
	IntegrationMethod, PassthroughBehavior, PayloadFormatVersion, Description any
}

func (rd *reader) readIntegrations() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Integration") {
		api, err := rd.owner(r)
		if err != nil {
			return err
		}
		if api == nil {
			continue
		}
		var p integrationProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		in := apigateway.Integration{Timeout: time.Duration(p.TimeoutInMillis) * time.Millisecond, Unsupported: rd.notices.Unknown(r, unknown)}
		if in.Timeout != 0 && (in.Timeout < minTimeout || in.Timeout > maxTimeout) {
			return fmt.Errorf("%s: TimeoutInMillis: %d, want 50 to 29000", r, p.TimeoutInMillis)
		}
		if p.IntegrationType != "AWS_PROXY" {
			in.Unsupported = cmp.Or(in.Unsupported, rd.notices.Add(r, "IntegrationType", p.IntegrationType+": local mode has AWS_PROXY only"))
		}
		in.Unsupported = cmp.Or(in.Unsupported, rd.notices.Unserved(r, "local mode gives a function the whole event, and takes what it returns", map[string]any{
			"ContentHandlingStrategy": p.ContentHandlingStrategy, "RequestParameters": p.RequestParameters,
			"RequestTemplates": p.RequestTemplates, "TemplateSelectionExpression": p.TemplateSelectionExpression,
		}))
		in.Unsupported = cmp.Or(in.Unsupported, rd.notices.Unserved(r, "local mode invokes functions only, by their own permissions", map[string]any{
			"ConnectionId": p.ConnectionID, "CredentialsArn": p.CredentialsARN, "TlsConfig": p.TLSConfig,
		}))
		if in.Unsupported == "" {
			if in.FunctionARN, err = apigateway.FunctionARN(p.IntegrationURI); err != nil {
				in.Unsupported = rd.notices.Add(r, "IntegrationUri", err.Error())
			}
		}
		rd.integrations[api.ID+"/"+r.Ref()] = in
	}
	return nil
}

// authorizerProperties are those of AWS::ApiGatewayV2::Authorizer.
type authorizerProperties struct {
	APIID          string `json:"ApiId"`
	Name           string
	AuthorizerType string
	IdentitySource []string
	AuthorizerURI  any `json:"AuthorizerUri"`

	CredentialsARN any `json:"AuthorizerCredentialsArn"`

	// Of HTTP APIs: an answer is never kept, and it is always a policy.
	ResultTTL             any `json:"AuthorizerResultTtlInSeconds"`
	PayloadFormatVersion  any `json:"AuthorizerPayloadFormatVersion"`
	EnableSimpleResponses any
	IdentityValidation    any `json:"IdentityValidationExpression"` // "this parameter is not used"
}

func (rd *reader) readAuthorizers() error {
	count := map[string]int{}
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Authorizer") {
		api, err := rd.owner(r)
		if err != nil {
			return err
		}
		if api == nil {
			continue
		}
		var p authorizerProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		if count[api.ID]++; count[api.ID] > maxAuthorizers {
			return fmt.Errorf("%s: API %q has more than %d authorizers", r, api.Name, maxAuthorizers)
		}
		if p.AuthorizerType != "REQUEST" {
			return fmt.Errorf("%s: AuthorizerType: %q, want REQUEST: a WebSocket API has no other", r, p.AuthorizerType)
		}
		a := &Authorizer{ID: r.Ref(), Name: p.Name, Unsupported: rd.notices.Unknown(r, unknown)}
		for _, text := range p.IdentitySource {
			if strings.HasPrefix(text, "context.") {
				a.Unsupported = cmp.Or(a.Unsupported, rd.notices.Add(r, "IdentitySource", text+": local mode looks at headers, the query string and stage variables only"))
				continue
			}
			source, err := ParseSource(text)
			if err != nil {
				return fmt.Errorf("%s: IdentitySource: %w", r, err)
			}
			a.Sources = append(a.Sources, source)
		}
		a.Unsupported = cmp.Or(a.Unsupported, rd.notices.Unserved(r, "local mode invokes by the function's permissions only", map[string]any{"AuthorizerCredentialsArn": p.CredentialsARN}))
		if a.FunctionARN, err = apigateway.FunctionARN(p.AuthorizerURI); err != nil {
			a.Unsupported = cmp.Or(a.Unsupported, rd.notices.Add(r, "AuthorizerUri", err.Error()))
		}
		rd.authorizers[api.ID+"/"+a.ID] = a
	}
	return nil
}

// responseProperties are those of AWS::ApiGatewayV2::RouteResponse.
type responseProperties struct {
	APIID            string `json:"ApiId"`
	RouteID          string `json:"RouteId"`
	RouteResponseKey string

	// Of what a function returns nothing is chosen or changed here.
	ModelSelectionExpression, ResponseModels, ResponseParameters any
}

// readResponses reads which routes are two-way: "You can only define the
// $default route response for WebSocket APIs."
func (rd *reader) readResponses() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::RouteResponse") {
		var p responseProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		if p.RouteResponseKey != defaultKey {
			return fmt.Errorf("%s: RouteResponseKey: %q, want %s: a WebSocket API has no other", r, p.RouteResponseKey, defaultKey)
		}
		rd.notices.Unknown(r, unknown)
		rd.notices.Unserved(r, "local mode sends what the function returns as it is", map[string]any{
			"ModelSelectionExpression": p.ModelSelectionExpression, "ResponseModels": p.ResponseModels, "ResponseParameters": p.ResponseParameters,
		})
		rd.twoWay[p.RouteID] = true
	}
	return nil
}

// routeProperties are those of AWS::ApiGatewayV2::Route.
type routeProperties struct {
	APIID             string `json:"ApiId"`
	RouteKey          string
	Target            string
	AuthorizationType string
	AuthorizerID      string `json:"AuthorizerId"`

	RouteResponseSelectionExpression string

	APIKeyRequired                          any `json:"ApiKeyRequired"`
	ModelSelectionExpression, RequestModels any
	RequestParameters, AuthorizationScopes  any
	OperationName                           any // for people
}

func (rd *reader) readRoutes() error {
	seen := map[string]*assembly.Resource{}
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Route") {
		api, err := rd.owner(r)
		if err != nil {
			return err
		}
		if api == nil {
			continue
		}
		var p routeProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		if other := seen[api.ID+" "+p.RouteKey]; other != nil {
			return fmt.Errorf("%s: route key %q: API %q has that route already, in %s", r, p.RouteKey, api.Name, other)
		}
		seen[api.ID+" "+p.RouteKey] = r
		if p.RouteKey == "" || strings.HasPrefix(p.RouteKey, "$") && p.RouteKey != connectKey && p.RouteKey != disconnectKey && p.RouteKey != defaultKey {
			return fmt.Errorf("%s: RouteKey: %q, want %s, %s, %s or a key that does not begin with $", r, p.RouteKey, connectKey, disconnectKey, defaultKey)
		}
		// The CDK's returnResponse sets the expression and the response.
		route := Route{Key: p.RouteKey, TwoWay: rd.twoWay[r.Ref()], Unsupported: rd.notices.Unknown(r, unknown)}
		route.Unsupported = cmp.Or(route.Unsupported, rd.notices.Unserved(r, "local mode has no API keys and validates no messages", map[string]any{
			"ApiKeyRequired": p.APIKeyRequired, "ModelSelectionExpression": p.ModelSelectionExpression, "RequestModels": p.RequestModels, "RequestParameters": p.RequestParameters,
		}))
		if p.RouteResponseSelectionExpression != "" && p.RouteResponseSelectionExpression != defaultKey {
			return fmt.Errorf("%s: RouteResponseSelectionExpression: %q, want %s", r, p.RouteResponseSelectionExpression, defaultKey)
		}
		if err := rd.protect(&route, api, p); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		in, err := rd.integrations.Target(r, api.ID, p.Target, &rd.notices)
		if err != nil {
			return err
		}
		route.FunctionARN, route.Timeout, route.Unsupported = in.FunctionARN, in.Timeout, cmp.Or(route.Unsupported, in.Unsupported)
		api.Routes = append(api.Routes, route)
	}
	return nil
}

// protect gives the route its authorizer. Errors are what CreateRoute refuses.
func (rd *reader) protect(route *Route, api *API, p routeProperties) error {
	route.Authorization = cmp.Or(p.AuthorizationType, apigateway.None)
	if route.Authorization != apigateway.None && route.Key != connectKey {
		return fmt.Errorf("AuthorizationType: %s: a WebSocket API asks who comes on %s alone", route.Authorization, connectKey)
	}
	switch route.Authorization {
	case apigateway.None, apigateway.IAM:
		return nil
	case apigateway.Custom:
	default:
		return fmt.Errorf("AuthorizationType: %q, want %s, %s or %s", route.Authorization, apigateway.None, apigateway.Custom, apigateway.IAM)
	}
	a, ok := rd.authorizers[api.ID+"/"+p.AuthorizerID]
	if !ok {
		return fmt.Errorf("AuthorizerId: %q is no authorizer of its API", p.AuthorizerID)
	}
	route.Authorizer = a
	route.Unsupported = cmp.Or(route.Unsupported, a.Unsupported)
	return nil
}
