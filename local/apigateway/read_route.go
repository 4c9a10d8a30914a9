package apigateway

import (
	"cmp"
	"fmt"
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
		in := Integration{Timeout: time.Duration(p.TimeoutInMillis) * time.Millisecond, Unsupported: rd.notices.Unknown(r, unknown)}
		if in.Timeout != 0 && (in.Timeout < minIntegrationTimeout || in.Timeout > maxIntegrationTimeout) {
			return fmt.Errorf("%s: TimeoutInMillis: %d, want 50 to 30000", r, p.TimeoutInMillis)
		}
		in.Unsupported = cmp.Or(in.Unsupported, rd.integrationLimits(r, p))
		if in.Unsupported == "" {
			if in.FunctionARN, err = FunctionARN(p.IntegrationURI); err != nil {
				in.Unsupported = rd.notices.Add(r, "IntegrationUri", err.Error())
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
		reason = rd.notices.Add(r, "IntegrationType", p.IntegrationType+": local mode has AWS_PROXY only")
	}
	reason = cmp.Or(reason,
		rd.notices.Unserved(r, "local mode integrates functions only", map[string]any{"IntegrationSubtype": p.IntegrationSubtype, "TlsConfig": p.TLSConfig}),
		rd.notices.Unserved(r, "local mode has no VPC links", map[string]any{"ConnectionId": p.ConnectionID}),
		rd.notices.Unserved(r, "local mode invokes by the function's permissions only", map[string]any{"CredentialsArn": p.CredentialsARN}),
		rd.notices.Unserved(r, "local mode has no parameter mapping", map[string]any{"RequestParameters": p.RequestParameters, "ResponseParameters": p.ResponseParameters}))
	if p.ConnectionType != "" && p.ConnectionType != "INTERNET" {
		reason = cmp.Or(reason, rd.notices.Add(r, "ConnectionType", p.ConnectionType+": local mode has no VPC links"))
	}
	if p.PayloadFormatVersion != "2.0" {
		reason = cmp.Or(reason, rd.notices.Add(r, "PayloadFormatVersion",
			cmp.Or(p.PayloadFormatVersion, "not given, so 1.0")+": local mode has 2.0 only"))
	}
	return reason
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
		route := Route{Key: key, Unsupported: rd.notices.Unknown(r, unknown)}
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
