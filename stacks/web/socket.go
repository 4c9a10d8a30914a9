package web

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// SocketProps describe the WebSocket API of one service.
type SocketProps struct {
	// DomainName is the host of the API Gateway domain name that the API is
	// mapped onto, which has WebSocket APIs and no others. Another stack defines
	// it, and has to be deployed first. Required.
	DomainName string

	// Path is where the API is on its domain name: with "updates" it answers
	// wss://<DomainName>/updates. Required.
	Path string

	// RouteBy is the field of a message, which is a JSON object, whose value is
	// the key of the message's route: "action", or "message.kind" for a field of
	// a field. What has no such field goes to the route $default.
	// Default: action.
	RouteBy string

	// Throttle bounds the messages, and the connections that are opened, of each
	// route that has no throttle of its own.
	// Default: 100 a second, 200 at once.
	Throttle Throttle

	// LogRetention is how long CloudWatch keeps the access log.
	// Default: one month.
	LogRetention awslogs.RetentionDays

	// AlarmTopic is told when the API or its functions fail. It has to be of the
	// API's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// Socket is the WebSocket API of one service, with the table of those who are
// connected. Its functions use both by lambdas/internal/push.
type Socket struct {
	// Connections is who is connected: the partition key is "topic", the sort key
	// "connection", and "expires" the time to live.
	Connections awsdynamodb.TableV2

	id           string
	props        SocketProps
	api          awsapigatewayv2.CfnApi
	stage        awsapigatewayv2.CfnStage
	authorizers  int             // how many it has
	keys         map[string]bool // of the routes
	throttles    map[string]any  // the stage's RouteSettings
	integrations map[*Function]awsapigatewayv2.CfnIntegration
}

// NewSocket defines a WebSocket API that has no routes yet: see NewSocketRoute.
// It answers on its domain name alone, its backend's calls included: see URL.
func NewSocket(scope constructs.Construct, id string, props *SocketProps) *Socket {
	if err := props.validate(); err != nil {
		panic(&Error{"socket", id, err})
	}
	complete := *props
	if complete.RouteBy == "" {
		complete.RouteBy = "action"
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	api := awsapigatewayv2.NewCfnApi(group, jsii.String("API"), &awsapigatewayv2.CfnApiProps{
		Name:                      awscdk.Stack_Of(scope).StackName(),
		ProtocolType:              jsii.String("WEBSOCKET"),
		RouteSelectionExpression:  jsii.String("$request.body." + complete.RouteBy),
		DisableExecuteApiEndpoint: jsii.Bool(true),
	})
	socket := &Socket{
		Connections:  newConnections(group),
		id:           id,
		props:        complete,
		api:          api,
		stage:        newSocketStage(group, api, &complete),
		keys:         map[string]bool{},
		throttles:    map[string]any{},
		integrations: map[*Function]awsapigatewayv2.CfnIntegration{},
	}
	if props.AlarmTopic != nil {
		watchSocket(group, socket.stage, props)
	}
	newMapping(group, "Mapping", socket.stage, props.DomainName, props.Path)
	return socket
}

// fieldPath is what a route selection expression can look for in a message.
var fieldPath = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

func (p *SocketProps) validate() error {
	switch {
	case p.DomainName == "":
		return errors.New("no domain name")
	case !IsSegment(p.Path):
		return fmt.Errorf("path %q: want %s", p.Path, Segment)
	case p.RouteBy != "" && !fieldPath.MatchString(p.RouteBy):
		return fmt.Errorf(`routes by %q: want a field of a message, like "action" or "message.kind"`, p.RouteBy)
	}
	return p.Throttle.validate()
}

// URL is where the API's own functions reach those who are connected: the SDK
// appends /@connections/<connection>. It is on the domain name, for the
// endpoint of API Gateway's own, which is closed, would refuse them too
// (aws/aws-sdk-net issue 1860). A domain name's path stands for the stage.
func (s *Socket) URL() string { return "https://" + s.props.DomainName + "/" + s.props.Path }

// integration gives the integration that the routes to a function share, and
// lets the API invoke the function: one of each, however many the routes.
func (s *Socket) integration(function *Function) awsapigatewayv2.CfnIntegration {
	if existing, ok := s.integrations[function]; ok {
		return existing
	}
	stack := awscdk.Stack_Of(s.api)
	integration := awsapigatewayv2.NewCfnIntegration(function.scope, jsii.String(s.id+"Integration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId:           s.api.Ref(),
		IntegrationType: jsii.String("AWS_PROXY"),
		IntegrationUri:  invocations(stack, function),
		// "For WebSocket APIs, if you use a Lambda integration, you must set the
		// integration method to POST" (AWS::ApiGatewayV2::Integration).
		IntegrationMethod: jsii.String("POST"),
	})
	// The source of a message is <stage>/<route key>. This matches each.
	function.allowAPI(s.id, stack, s.api.Ref())
	s.integrations[function] = integration
	return integration
}

// invocations is what API Gateway calls a function by.
func invocations(stack awscdk.Stack, function *Function) *string {
	return stack.FormatArn(&awscdk.ArnComponents{
		Service:      jsii.String("apigateway"),
		Account:      jsii.String("lambda"),
		Resource:     jsii.String("path/2015-03-31/functions"),
		ResourceName: jsii.String(*function.Live.FunctionArn() + "/invocations"),
	})
}
