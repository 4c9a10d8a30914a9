package apigateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// apiProperties are those of AWS::ApiGatewayV2::Api.
type apiProperties struct {
	Name             string
	ProtocolType     string
	EndpointDisabled bool            `json:"DisableExecuteApiEndpoint"`
	CORS             *corsProperties `json:"CorsConfiguration"`

	Body, BodyS3Location, Target any

	// Target's companions; then what is for a deployment, for people, or for
	// WebSocket APIs only.
	RouteKey       any
	CredentialsARN any `json:"CredentialsArn"`

	BasePath, Description, DisableSchemaValidation, FailOnWarnings, Tags, Version any
	APIKeySelectionExpression                                                     any `json:"ApiKeySelectionExpression"`
	IPAddressType                                                                 any `json:"IpAddressType"` // of the endpoint at AWS
	RouteSelectionExpression                                                      any // HTTP APIs have one only
}

type corsProperties struct {
	AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders []string
	AllowCredentials                                        bool
	MaxAge                                                  *int
}

// WebSocket is the ProtocolType of the APIs that are not this package's: package
// websocket reads them, with all that belongs to them but for their domains.
const WebSocket = "WEBSOCKET"

func (rd *reader) readAPIs() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Api") {
		var p apiProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		if p.ProtocolType == WebSocket {
			rd.sockets[r.Ref()] = &socket{name: cmp.Or(p.Name, r.LogicalID)}
			continue
		}
		endpoint, err := r.Att("ApiEndpoint")
		if err != nil {
			return err
		}
		api := &API{
			ID: r.Ref(), Name: cmp.Or(p.Name, r.LogicalID), Account: r.Stack.Account, Region: r.Stack.Region,
			Endpoint: strings.TrimPrefix(endpoint, "https://"), EndpointDisabled: p.EndpointDisabled,
			Unsupported: rd.notices.Unknown(r, unknown),
		}
		if p.ProtocolType != "HTTP" {
			api.Unsupported = cmp.Or(api.Unsupported, rd.notices.Add(r, "ProtocolType",
				fmt.Sprintf("%s: local mode has HTTP and WEBSOCKET only", cmp.Or(p.ProtocolType, "not given"))))
		}
		api.Unsupported = cmp.Or(api.Unsupported, rd.notices.Unserved(r, "local mode reads an API's routes from AWS::ApiGatewayV2::Route resources only",
			map[string]any{"Body": p.Body, "BodyS3Location": p.BodyS3Location, "Target": p.Target}))
		if api.CORS, err = p.CORS.resolve(); err != nil {
			return fmt.Errorf("%s: CorsConfiguration: %w", r, err)
		}
		rd.apis[api.ID] = api
		rd.apiOrder = append(rd.apiOrder, api.ID)
	}
	return nil
}

// resolve refuses what a deployment does (§1.8).
func (p *corsProperties) resolve() (*CORS, error) {
	if p == nil {
		return nil, nil
	}
	if p.AllowCredentials && slices.Contains(p.AllowOrigins, "*") {
		return nil, fmt.Errorf("allow-credentials is not supported if 'allow-origin' is *: name the origins")
	}
	return &CORS{
		AllowOrigins: p.AllowOrigins, AllowMethods: p.AllowMethods, AllowHeaders: p.AllowHeaders, ExposeHeaders: p.ExposeHeaders,
		AllowCredentials: p.AllowCredentials, MaxAge: p.MaxAge,
	}, nil
}

// stageProperties are those of AWS::ApiGatewayV2::Stage.
type stageProperties struct {
	APIID                string `json:"ApiId"`
	StageName            string
	AutoDeploy           bool
	DeploymentID         string                   `json:"DeploymentId"`
	DefaultRouteSettings RouteSettings            // for each route that RouteSettings does not name
	RouteSettings        map[string]RouteSettings // by route key

	StageVariables      any
	ClientCertificateID any `json:"ClientCertificateId"`

	// Where AWS logs to and how resources are listed. The gateway reports
	// each request to its Options.Done instead.
	AccessLogSettings, Description, Tags any
	AccessPolicyID                       any `json:"AccessPolicyId"`
}

func (rd *reader) readStages() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Stage") {
		var p stageProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		if socket := rd.sockets[p.APIID]; socket != nil {
			socket.stages = append(socket.stages, p.StageName)
			continue
		}
		api, ok := rd.api(r, p.APIID)
		if !ok {
			continue
		}
		stage := Stage{Name: p.StageName, Deployed: p.AutoDeploy || p.DeploymentID != "", Unsupported: rd.notices.Unknown(r, unknown)}
		if stage.Name != defaultRouteKey {
			stage.Unsupported = cmp.Or(stage.Unsupported, rd.notices.Add(r, "StageName",
				fmt.Sprintf("%s: local mode has the stage $default only", p.StageName)))
		}
		stage.Unsupported = cmp.Or(stage.Unsupported,
			rd.notices.Unserved(r, "local mode has no stage variables", map[string]any{"StageVariables": p.StageVariables}),
			rd.notices.Unserved(r, "local mode has no client certificates", map[string]any{"ClientCertificateId": p.ClientCertificateID}))
		if !stage.Deployed {
			rd.notices.Add(r, "AutoDeploy", "the stage has neither AutoDeploy nor a deployment: it answers 404, as at AWS")
		}
		hasRoute := func(key string) bool {
			return slices.ContainsFunc(api.Routes, func(route Route) bool { return route.Key.String() == key })
		}
		if stage.Throttles, err = ReadThrottles(p.DefaultRouteSettings, p.RouteSettings, api.Name, hasRoute); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		api.Stages = append(api.Stages, stage)
	}
	return nil
}
