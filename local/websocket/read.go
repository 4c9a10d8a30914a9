package websocket

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"annex/local/apigateway"
	"annex/local/assembly"
)

// Read reads the WebSocket APIs of an assembly, with their domains. The
// permissions are the caller's to add. Notices name what cannot be served; a
// client that needs it gets 501. An error is a template that a deployment would
// refuse, and names the resource.
func Read(a *assembly.Assembly) (Config, []assembly.Notice, error) {
	rd := &reader{
		assembly: a, apis: map[string]*API{}, integrations: map[string]integration{}, authorizers: map[string]*Authorizer{}, twoWay: map[string]bool{},
	}
	for _, step := range []func() error{
		rd.readAPIs, rd.readIntegrations, rd.readAuthorizers, rd.readResponses, rd.readRoutes, rd.readStages, rd.readMappings,
	} {
		if err := step(); err != nil {
			return Config{}, nil, err
		}
	}
	config := Config{Domains: rd.domains}
	for _, id := range rd.order {
		config.APIs = append(config.APIs, *rd.apis[id])
	}
	return config, rd.notices, nil
}

// reader resolves the references between resources, which it finds by what
// Ref gives for them.
type reader struct {
	assembly *assembly.Assembly
	notices  []assembly.Notice

	apis         map[string]*API // by ID
	order        []string
	integrations map[string]integration // by API ID and integration ID
	authorizers  map[string]*Authorizer // by API ID and authorizer ID
	twoWay       map[string]bool        // by route ID
	domains      []apigateway.Domain
}

// unsupported notes what cannot be served, and returns the sentence that a
// client is answered with.
func (rd *reader) unsupported(r *assembly.Resource, property, reason string) string {
	notice := assembly.Notice{Resource: r, Property: property, Reason: reason}
	rd.notices = append(rd.notices, notice)
	return notice.String()
}

// unknown notes the properties that Decode did not know. Since nobody can say
// what they do, a client that comes past their resource is not served.
func (rd *reader) unknown(r *assembly.Resource, properties []string) string {
	notices := assembly.Unknown(r, properties)
	rd.notices = append(rd.notices, notices...)
	if len(notices) == 0 {
		return ""
	}
	return notices[0].String()
}

// refused notes the first of the properties that is set, which local mode knows
// and does not have.
func (rd *reader) refused(r *assembly.Resource, reason string, properties map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if value := properties[name]; value != nil && value != "" && value != false {
			return rd.unsupported(r, name, reason)
		}
	}
	return ""
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
			EndpointDisabled: p.EndpointDisabled, Unsupported: rd.unknown(r, unknown),
		}
		api.Unsupported = cmp.Or(api.Unsupported, rd.refused(r, "local mode reads an API's routes from AWS::ApiGatewayV2::Route resources only",
			map[string]any{"Body": p.Body, "BodyS3Location": p.BodyS3Location}))
		if api.Selection, err = ParseExpression(p.RouteSelectionExpression); err != nil {
			api.Unsupported = cmp.Or(api.Unsupported, rd.unsupported(r, "RouteSelectionExpression", err.Error()))
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
	DeploymentID         string                   `json:"DeploymentId"`
	DefaultRouteSettings routeSettings            // for each route that RouteSettings does not name
	RouteSettings        map[string]routeSettings // by route key
	StageVariables       map[string]string

	ClientCertificateID any `json:"ClientCertificateId"`

	// Where AWS logs to, and how resources are listed.
	AccessLogSettings, Description, Tags any
}

// routeSettings limit a route. Logging and metrics have no effect here.
type routeSettings struct {
	ThrottlingBurstLimit *int
	ThrottlingRateLimit  *float64

	DataTraceEnabled, DetailedMetricsEnabled, LoggingLevel any
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
		stage := Stage{Name: p.StageName, Deployed: p.AutoDeploy || p.DeploymentID != "", Variables: p.StageVariables, Unsupported: rd.unknown(r, unknown)}
		stage.Unsupported = cmp.Or(stage.Unsupported, rd.refused(r, "local mode has no client certificates", map[string]any{"ClientCertificateId": p.ClientCertificateID}))
		if !stage.Deployed {
			rd.unsupported(r, "AutoDeploy", "the stage has neither AutoDeploy nor a deployment: nobody can connect, as at AWS")
		}
		stage.Throttle = p.DefaultRouteSettings.throttle(nil)
		for _, key := range slices.Sorted(maps.Keys(p.RouteSettings)) {
			if !slices.ContainsFunc(api.Routes, func(route Route) bool { return route.Key == key }) {
				return fmt.Errorf("%s: RouteSettings: API %q has no route %q: use the exact key of one of its routes", r, api.Name, key)
			}
			if t := p.RouteSettings[key].throttle(stage.Throttle); t != nil {
				if stage.RouteThrottles == nil {
					stage.RouteThrottles = map[string]apigateway.Throttle{}
				}
				stage.RouteThrottles[key] = *t
			}
		}
		api.Stages = append(api.Stages, stage)
	}
	return nil
}

// throttle is nil when nothing is limited. What a setting leaves out is that of
// the base, and then of the account ("Amazon API Gateway quotas").
func (s routeSettings) throttle(base *apigateway.Throttle) *apigateway.Throttle {
	if s.ThrottlingRateLimit == nil && s.ThrottlingBurstLimit == nil {
		return base
	}
	t := apigateway.Throttle{Rate: 10_000, Burst: 5_000}
	if base != nil {
		t = *base
	}
	if s.ThrottlingRateLimit != nil {
		t.Rate = *s.ThrottlingRateLimit
	}
	if s.ThrottlingBurstLimit != nil {
		t.Burst = *s.ThrottlingBurstLimit
	}
	return &t
}

// throttleFor is the throttle of one route of a stage.
func (s *Stage) throttleFor(key string) *apigateway.Throttle {
	if t, ok := s.RouteThrottles[key]; ok {
		return &t
	}
	return s.Throttle
}

// mappingProperties are those of AWS::ApiGatewayV2::ApiMapping.
type mappingProperties struct {
	APIID         string `json:"ApiId"`
	APIMappingKey string `json:"ApiMappingKey"`
	DomainName    string
	Stage         string
}

func (rd *reader) readMappings() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::ApiMapping") {
		api, err := rd.owner(r)
		if err != nil {
			return err
		}
		if api == nil {
			continue
		}
		var p mappingProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(api.Stages, func(s Stage) bool { return s.Name == p.Stage }) {
			return fmt.Errorf("%s: Stage: API %q has no stage %q", r, api.Name, p.Stage)
		}
		name := strings.ToLower(p.DomainName)
		at := slices.IndexFunc(rd.domains, func(d apigateway.Domain) bool { return d.Name == name })
		if at < 0 {
			rd.domains, at = append(rd.domains, apigateway.Domain{Name: name}), len(rd.domains)
		}
		d := &rd.domains[at]
		if slices.ContainsFunc(d.Mappings, func(m apigateway.Mapping) bool { return m.Key == p.APIMappingKey }) {
			return fmt.Errorf("%s: ApiMappingKey: %s has a mapping with the key %q already", r, d.Name, p.APIMappingKey)
		}
		d.Mappings = append(d.Mappings, apigateway.Mapping{Key: p.APIMappingKey, API: p.APIID, Stage: p.Stage, Unsupported: rd.unknown(r, unknown)})
	}
	return nil
}

// integration is what routes lead to.
type integration struct {
	functionARN string
	timeout     time.Duration
	unsupported string
}
