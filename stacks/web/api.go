package web

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// APIProps describe the HTTP API of one service.
type APIProps struct {
	// DomainName is the host of the API Gateway domain name that the API is
	// mapped onto. Another stack defines it, and has to be deployed first.
	// Required.
	DomainName string

	// Path is where the API is on its domain name: with "cart" it answers
	// https://<DomainName>/cart/…, and a route says no more than the rest.
	// Required.
	Path string

	// Prefix is where the website has its APIs: with "api" the API answers
	// https://<DomainName>/api/cart/… too, which is what the site forwards its
	// own /api/cart/… as. Required.
	Prefix string

	// AllowOrigins are the origins whose pages may call DomainName:
	// "https://www.example.com".
	// Default: none.
	AllowOrigins []string

	// Throttle bounds the requests to each route that has no throttle of its
	// own.
	// Default: 100 requests a second, 200 at once.
	Throttle Throttle

	// BehindEdge says that nobody but the site's distribution reaches DomainName.
	// Then no route can have IAM: a request's signature covers its Host, which
	// CloudFront changes on the way.
	// Default: other clients reach it too.
	BehindEdge bool

	// LogRetention is how long CloudWatch keeps the access log.
	// Default: one month.
	LogRetention awslogs.RetentionDays

	// AlarmTopic is told when the API answers with 5xx. It has to be of the
	// API's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// API is the HTTP API of one service: its own routes, throttles, CORS and
// access log, on a domain name that it shares with other services.
type API struct {
	// API is what authorizers and metrics are made from.
	API awsapigatewayv2.HttpApi

	id           string
	behindEdge   bool
	stage        awsapigatewayv2.CfnStage
	authorizers  int                  // how many it has
	keys         map[string]string    // the key of each route, by its shape
	preflights   map[string]preflight // the routes that others brought, by shape
	corsHeaders  []string             // what pages of other origins may send; nil without CORS
	throttles    map[string]any       // the stage's RouteSettings
	integrations map[*Function]awsapigatewayv2.CfnIntegration
}

// NewAPI defines an API that has no routes yet: see NewRoute. It answers on its
// domain name alone, so that nobody goes round what protects that.
func NewAPI(scope constructs.Construct, id string, props *APIProps) *API {
	if err := props.validate(); err != nil {
		panic(&Error{"api", id, err})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	httpAPI := awsapigatewayv2.NewHttpApi(group, jsii.String("API"), &awsapigatewayv2.HttpApiProps{
		ApiName:                   awscdk.Stack_Of(scope).StackName(),
		CreateDefaultStage:        jsii.Bool(false),
		DisableExecuteApiEndpoint: jsii.Bool(true),
		CorsPreflight:             cors(props.AllowOrigins),
	})
	stage := newStage(group, httpAPI, props)
	if props.AlarmTopic != nil {
		watchErrors(group, httpAPI, props)
	}
	newMapping(group, "Mapping", stage, props.DomainName, props.Path)
	newMapping(group, "PrefixedMapping", stage, props.DomainName, props.Prefix+"/"+props.Path)
	api := &API{
		API:          httpAPI,
		id:           id,
		behindEdge:   props.BehindEdge,
		stage:        stage,
		keys:         map[string]string{},
		preflights:   map[string]preflight{},
		throttles:    map[string]any{},
		integrations: map[*Function]awsapigatewayv2.CfnIntegration{},
	}
	if len(props.AllowOrigins) > 0 {
		api.corsHeaders = corsHeaders()
	}
	return api
}

// Segment says what IsSegment wants.
const Segment = "one path segment of a-z, 0-9 and hyphens"

var segment = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// IsSegment tells whether s can be APIProps.Path or APIProps.Prefix.
func IsSegment(s string) bool { return segment.MatchString(s) }

func (p *APIProps) validate() error {
	switch {
	case p.DomainName == "":
		return errors.New("no domain name")
	case !IsSegment(p.Path):
		return fmt.Errorf("path %q: want %s", p.Path, Segment)
	case !IsSegment(p.Prefix):
		return fmt.Errorf("prefix %q: want %s", p.Prefix, Segment)
	}
	for _, origin := range p.AllowOrigins {
		if !IsPageOrigin(origin) {
			return fmt.Errorf("origin %q: want %s", origin, PageOrigin)
		}
	}
	return p.Throttle.validate()
}

// newMapping is explicit, for the mapping that the CDK makes for a stage has a
// logical ID that changes with the domain name's place in the tree.
func newMapping(scope constructs.Construct, id string, stage awsapigatewayv2.CfnStage, domainName, key string) {
	mapping := awsapigatewayv2.NewCfnApiMapping(scope, jsii.String(id), &awsapigatewayv2.CfnApiMappingProps{
		ApiId:         stage.ApiId(),
		DomainName:    jsii.String(domainName),
		Stage:         stage.StageName(),
		ApiMappingKey: jsii.String(key),
	})
	mapping.AddResourceDependency(stage, jsii.String("a mapping is to a stage that exists"))
}

// integration gives the integration that the routes to a function share, and
// lets the API invoke the function: one of each, however many the routes.
func (a *API) integration(function *Function) awsapigatewayv2.CfnIntegration {
	if existing, ok := a.integrations[function]; ok {
		return existing
	}
	integration := awsapigatewayv2.NewCfnIntegration(function.scope, jsii.String(a.id+"Integration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId:                a.API.ApiId(),
		IntegrationType:      jsii.String("AWS_PROXY"),
		IntegrationUri:       function.Live.FunctionArn(),
		PayloadFormatVersion: jsii.String("2.0"),
	})
	// The source of a request to a route is <stage>/<method>/<path>, but that
	// of one to the $default route is <stage>/$default. This matches both.
	function.allowAPI(a.id, awscdk.Stack_Of(a.API), a.API.ApiId())
	a.integrations[function] = integration
	return integration
}
