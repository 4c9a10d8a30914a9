package apigateway

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"annex/local/assembly"
)

// integrationProperties are those of AWS::ApiGatewayV2::Integration.
type integrationProperties struct {
	APIID                string `json:"ApiId"`
	IntegrationType      string
	IntegrationURI       any `json:"IntegrationUri"` // a string, unless it cannot be resolved
	PayloadFormatVersion string
	TimeoutInMillis      int64

	ConnectionID        any `json:"ConnectionId"`
	CredentialsARN      any `json:"CredentialsArn"`
	IntegrationSubtype  any
	RequestParameters   any
	ResponseParameters  any
	TLSConfig           any `json:"TlsConfig"`
	ConnectionType      string
	IntegrationMethod   any // a function is always invoked by POST
	Description         any // for people
	PassthroughBehavior any // this and the rest: WebSocket APIs only

	ContentHandlingStrategy, RequestTemplates, TemplateSelectionExpression any
}

// integration is what routes lead to.
type integration struct {
	functionARN string
	timeout     time.Duration
	unsupported string
}

// maxIntegrations are those of an API. Unlike most quotas of its kind, that of
// routes among them, it cannot be raised ("Quotas for configuring and running
// an HTTP API").
const maxIntegrations = 300

func (rd *reader) readIntegrations() error {
	count := map[*API]int{}
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Integration") {
		var p integrationProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		api, ok := rd.api(r, p.APIID)
		if !ok {
			continue
		}
		if count[api]++; count[api] > maxIntegrations {
			return fmt.Errorf("%s: API %q has more than %d integrations: let routes to the same function share one", r, api.Name, maxIntegrations)
		}
		in := integration{timeout: time.Duration(p.TimeoutInMillis) * time.Millisecond, unsupported: rd.unknown(r, unknown)}
		if in.timeout != 0 && (in.timeout < minIntegrationTimeout || in.timeout > maxIntegrationTimeout) {
			return fmt.Errorf("%s: TimeoutInMillis: %d, want 50 to 30000", r, p.TimeoutInMillis)
		}
		in.unsupported = cmp.Or(in.unsupported, rd.integrationLimits(r, p))
		if in.unsupported == "" {
			if in.functionARN, err = FunctionARN(p.IntegrationURI); err != nil {
				in.unsupported = rd.unsupported(r, "IntegrationUri", err.Error())
			}
		}
		rd.integrations[api.ID+"/"+r.Ref()] = in
	}
	return nil
}

// integrationLimits notes what is not a Lambda proxy integration of the kind
// that is served.
func (rd *reader) integrationLimits(r *assembly.Resource, p integrationProperties) string {
	var reason string
	if p.IntegrationType != "AWS_PROXY" {
		reason = rd.unsupported(r, "IntegrationType", p.IntegrationType+": local mode has AWS_PROXY only")
	}
	reason = cmp.Or(reason, rd.features(r,
		feature{"IntegrationSubtype", p.IntegrationSubtype, "local mode integrates functions only"},
		feature{"ConnectionId", p.ConnectionID, "local mode has no VPC links"},
		feature{"CredentialsArn", p.CredentialsARN, "local mode invokes by the function's permissions only"},
		feature{"RequestParameters", p.RequestParameters, "local mode has no parameter mapping"},
		feature{"ResponseParameters", p.ResponseParameters, "local mode has no parameter mapping"},
		feature{"TlsConfig", p.TLSConfig, "local mode integrates functions only"},
	))
	if p.ConnectionType != "" && p.ConnectionType != "INTERNET" {
		reason = cmp.Or(reason, rd.unsupported(r, "ConnectionType", p.ConnectionType+": local mode has no VPC links"))
	}
	if p.PayloadFormatVersion != "2.0" {
		reason = cmp.Or(reason, rd.unsupported(r, "PayloadFormatVersion",
			cmp.Or(p.PayloadFormatVersion, "not given, so 1.0")+": local mode has 2.0 only"))
	}
	return reason
}

// FunctionARN reads a function's ARN from an integration's URI, which is the
// ARN itself or the path of Lambda's Invoke with the ARN in it.
func FunctionARN(uri any) (string, error) {
	text, ok := uri.(string)
	if !ok {
		return "", fmt.Errorf("local mode cannot tell what it is: %v", uri)
	}
	arn := text
	if _, after, found := strings.Cut(text, ":lambda:path/2015-03-31/functions/"); found {
		arn = strings.TrimSuffix(after, "/invocations")
	}
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function" || strings.Contains(arn, "${") {
		return "", fmt.Errorf("%s is not a function's ARN", text)
	}
	return arn, nil
}

// routeProperties are those of AWS::ApiGatewayV2::Route.
type routeProperties struct {
	APIID             string `json:"ApiId"`
	RouteKey          string
	Target            string
	AuthorizationType string

	AuthorizationScopes []string
	AuthorizerID        string `json:"AuthorizerId"`

	// For people or for WebSocket APIs.
	APIKeyRequired any `json:"ApiKeyRequired"`

	ModelSelectionExpression, OperationName, RequestModels, RequestParameters, RouteResponseSelectionExpression any
}

func (rd *reader) readRoutes() error {
	shapes := map[string]*assembly.Resource{}
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Route") {
		var p routeProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		api, ok := rd.api(r, p.APIID)
		if !ok {
			continue
		}
		key, err := ParseRouteKey(p.RouteKey)
		if err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		shape := api.ID + " " + key.shape()
		if other := shapes[shape]; other != nil {
			return fmt.Errorf("%s: route key %q: API %q has that route already, in %s", r, key, api.Name, other)
		}
		shapes[shape] = r
		route := Route{Key: key, Unsupported: rd.unknown(r, unknown)}
		if err := rd.protect(&route, api, p); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		if err := rd.connect(&route, r, api, p.Target); err != nil {
			return err
		}
		api.Routes = append(api.Routes, route)
	}
	return nil
}

// connect gives the route its integration.
func (rd *reader) connect(route *Route, r *assembly.Resource, api *API, target string) error {
	if target == "" {
		route.Unsupported = cmp.Or(route.Unsupported, rd.unsupported(r, "Target", "the route has no integration, so a request has nowhere to go"))
		return nil
	}
	in, ok := rd.integrations[api.ID+"/"+strings.TrimPrefix(target, "integrations/")]
	if !ok {
		return fmt.Errorf("%s: Target: %q is no integration of its API, want integrations/ and the ID of one", r, target)
	}
	route.FunctionARN, route.Timeout = in.functionARN, in.timeout
	route.Unsupported = cmp.Or(route.Unsupported, in.unsupported)
	return nil
}
