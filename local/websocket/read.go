package websocket

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"annex/local/apigateway"
	"annex/local/assembly"
)

// Read reads the WebSocket APIs of an assembly; their domains and permissions are
// those that package apigateway has read of it. Notices name what cannot be
// served; a client that needs it gets 501. An error is a template that a
// deployment would refuse, and names the resource.
func Read(a *assembly.Assembly, shared apigateway.Config) (Config, []assembly.Notice, error) {
	rd := &reader{
		assembly: a, apis: map[string]*API{}, integrations: apigateway.Integrations{}, authorizers: map[string]*Authorizer{}, twoWay: map[string]bool{},
	}
	for _, step := range []func() error{
		rd.readAPIs, rd.readIntegrations, rd.readAuthorizers, rd.readResponses, rd.readRoutes, rd.readStages,
	} {
		if err := step(); err != nil {
			return Config{}, nil, err
		}
	}
	config := Config{Domains: shared.SocketDomains, Permissions: shared.Permissions}
	for _, id := range rd.order {
		config.APIs = append(config.APIs, *rd.apis[id])
	}
	return config, rd.notices, nil
}

// reader resolves the references between resources, which it finds by what
// Ref gives for them.
type reader struct {
	assembly *assembly.Assembly
	notices  assembly.Notices

	apis         map[string]*API // by ID
	order        []string
	integrations apigateway.Integrations
	authorizers  map[string]*Authorizer // by API ID and authorizer ID
	twoWay       map[string]bool        // by route ID
}

// owner is the API that a resource belongs to; nil for one that is not a
// WebSocket API of the assembly.
func (rd *reader) owner(r *assembly.Resource) (*API, error) {
	var p struct {
		APIID string `json:"ApiId"`
	}
	if _, err := r.Decode(&p); err != nil {
		return nil, err
	}
	return rd.apis[p.APIID], nil
}

// apiProperties are those of AWS::ApiGatewayV2::Api.
type apiProperties struct {
	Name                     string
	ProtocolType             string
	EndpointDisabled         bool `json:"DisableExecuteApiEndpoint"`
	RouteSelectionExpression string

	Body, BodyS3Location      any
	DisableSchemaValidation   any // of models, which only validate where a route names them
	APIKeySelectionExpression any `json:"ApiKeySelectionExpression"` // of keys, which only count where a route wants one
	IPAddressType             any `json:"IpAddressType"`             // of the endpoint at AWS
	Description, Tags         any
}

func (rd *reader) readAPIs() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Api") {
		var kind struct{ ProtocolType any }
		if _, err := r.Decode(&kind); err != nil {
			return err
		}
		if kind.ProtocolType != apigateway.WebSocket {
			continue // package apigateway's
		}
		var p apiProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		endpoint, err := r.Att("ApiEndpoint")
		if err != nil {
			return err
		}
		api := &API{
			ID: r.Ref(), Name: cmp.Or(p.Name, r.LogicalID), Account: r.Stack.Account, Region: r.Stack.Region,
			Endpoint:         strings.TrimPrefix(strings.TrimPrefix(endpoint, "https://"), "wss://"),
			EndpointDisabled: p.EndpointDisabled, Unsupported: rd.notices.Unknown(r, unknown),
		}
		api.Unsupported = cmp.Or(api.Unsupported, rd.notices.Unserved(r, "local mode reads an API's routes from AWS::ApiGatewayV2::Route resources only",
			map[string]any{"Body": p.Body, "BodyS3Location": p.BodyS3Location}))
		if api.Selection, err = ParseExpression(p.RouteSelectionExpression); err != nil {
			api.Unsupported = cmp.Or(api.Unsupported, rd.notices.Add(r, "RouteSelectionExpression", err.Error()))
		}
		rd.apis[api.ID] = api
		rd.order = append(rd.order, api.ID)
	}
	return nil
}

// stageProperties are those of AWS::ApiGatewayV2::Stage.
type stageProperties struct {
	APIID                string `json:"ApiId"`
	StageName            string
	AutoDeploy           bool
	DeploymentID         string                              `json:"DeploymentId"`
	DefaultRouteSettings apigateway.RouteSettings            // for each route that RouteSettings does not name
	RouteSettings        map[string]apigateway.RouteSettings // by route key
	StageVariables       map[string]string

	ClientCertificateID any `json:"ClientCertificateId"`

	// Where AWS logs to, and how resources are listed.
	AccessLogSettings, Description, Tags any
}

func (rd *reader) readStages() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Stage") {
		api, err := rd.owner(r)
		if err != nil {
			return err
		}
		if api == nil {
			continue
		}
		var p stageProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		stage := Stage{Name: p.StageName, Deployed: p.AutoDeploy || p.DeploymentID != "", Variables: p.StageVariables, Unsupported: rd.notices.Unknown(r, unknown)}
		stage.Unsupported = cmp.Or(stage.Unsupported, rd.notices.Unserved(r, "local mode has no client certificates", map[string]any{"ClientCertificateId": p.ClientCertificateID}))
		if !stage.Deployed {
			rd.notices.Add(r, "AutoDeploy", "the stage has neither AutoDeploy nor a deployment: nobody can connect, as at AWS")
		}
		hasRoute := func(key string) bool {
			return slices.ContainsFunc(api.Routes, func(route Route) bool { return route.Key == key })
		}
		if stage.Throttles, err = apigateway.ReadThrottles(p.DefaultRouteSettings, p.RouteSettings, api.Name, hasRoute); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		api.Stages = append(api.Stages, stage)
	}
	return nil
}
