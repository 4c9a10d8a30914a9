package web

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// SocketRouteProps describe one route of a WebSocket API.
type SocketRouteProps struct {
	// Socket is what the route is added to. Required.
	Socket *Socket

	// Key is "$connect", whose function lets a connection be opened by answering
	// 200 and hears of it first; "$disconnect", which is told that one has ended,
	// where it can be; "$default", for what no other route takes; or the value of
	// the messages' field SocketProps.RouteBy, like "ping". Required.
	Key string

	// Function takes an events.APIGatewayWebsocketProxyRequest and gives an
	// events.APIGatewayProxyResponse. It has 29 s. Required.
	Function *Function

	// Authorizer decides who may connect: NewSocketAuthorizer or IAM. It is for
	// $connect alone; whoever is connected has passed it.
	// Default: none, anyone may.
	Authorizer *Authorizer

	// Answers sends the body that the function returns back over the connection.
	// It is for messages: the answer to $connect is its status, and after
	// $disconnect there is nobody to hear one.
	// Default: the body goes nowhere.
	Answers bool

	// Throttle bounds the messages to this route, of all connections together.
	// Once deployed it stays when it is taken out here, for API Gateway hears
	// nothing of that: give the route the API's own in its place.
	// Default: that of the Socket.
	Throttle Throttle
}

const (
	connectKey    = "$connect"
	disconnectKey = "$disconnect"
	defaultKey    = "$default"
)

// NewSocketRoute adds a route to a WebSocket API. It costs the stack one
// resource, one more if it Answers, and the first route to a function two more.
func NewSocketRoute(scope constructs.Construct, id string, props *SocketRouteProps) {
	err := props.validate()
	if id == "Default" {
		err = errors.New("the CDK leaves Default out of logical IDs, which leaves none: want another ID")
	}
	if err != nil {
		panic(&Error{"socket route", id, err})
	}
	socket := props.Socket
	socket.keys[props.Key] = true
	resource := &awsapigatewayv2.CfnRouteProps{
		ApiId:             socket.api.Ref(),
		RouteKey:          jsii.String(props.Key),
		Target:            jsii.String("integrations/" + *socket.integration(props.Function).Ref()),
		AuthorizationType: jsii.String("NONE"), // said aloud, for CloudFormation leaves a route one that is taken out
	}
	if props.Authorizer != nil {
		resource.AuthorizationType = jsii.String(props.Authorizer.kind)
		if props.Authorizer.resource != nil {
			resource.AuthorizerId = props.Authorizer.resource.Ref()
		}
	}
	if props.Answers {
		resource.RouteResponseSelectionExpression = jsii.String("$default")
	}
	route := awsapigatewayv2.NewCfnRoute(scope, jsii.String(id), resource)
	props.acceptNoAuthorizer(route)
	// Each route that is made after the stage would be a deployment of its own,
	// and the first of them one without routes, which API Gateway refuses.
	const first = "what a stage deploys first is complete"
	socket.stage.AddResourceDependency(route, jsii.String(first))
	if props.Answers {
		response := awsapigatewayv2.NewCfnRouteResponse(scope, jsii.String(id+"Response"), &awsapigatewayv2.CfnRouteResponseProps{
			ApiId:            socket.api.Ref(),
			RouteId:          route.Ref(),
			RouteResponseKey: jsii.String("$default"),
		})
		socket.stage.AddResourceDependency(response, jsii.String(first))
	}
	if props.Throttle != (Throttle{}) {
		socket.throttles[props.Key] = props.Throttle.settings()
		socket.stage.SetRouteSettings(socket.throttles)
	}
}

func (p *SocketRouteProps) acceptNoAuthorizer(route awsapigatewayv2.CfnRoute) {
	if p.Authorizer != nil {
		return
	}
	reason := "only $connect can have an authorizer: whoever sends a message has passed it"
	if p.Key == connectKey {
		reason = "anyone may connect: its props have no Authorizer"
	}
	check.Accept(route, check.Exception{Rule: "AwsSolutions-APIG4", Reason: reason})
}

// messageKey is what a message's field may hold to name its route.
var messageKey = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,128}$`)

func (p *SocketRouteProps) validate() error {
	switch {
	case p.Socket == nil:
		return errors.New("no socket")
	case p.Function == nil:
		return errors.New("no function")
	case p.Key != connectKey && p.Key != disconnectKey && p.Key != defaultKey && !messageKey.MatchString(p.Key):
		return fmt.Errorf("key %q: want $connect, $disconnect, $default, or what a message has in %q", p.Key, p.Socket.props.RouteBy)
	case p.Socket.keys[p.Key]:
		return fmt.Errorf("key %q: the socket %q has that route already", p.Key, p.Socket.id)
	case p.Answers && (p.Key == connectKey || p.Key == disconnectKey):
		return fmt.Errorf("key %q answers: want that of a route for messages alone", p.Key)
	}
	if err := p.validateAuthorizer(); err != nil {
		return err
	}
	return p.Throttle.validate()
}

func (p *SocketRouteProps) validateAuthorizer() error {
	switch {
	case p.Authorizer == nil:
		return nil
	case p.Authorizer.kind == jwtType:
		return fmt.Errorf("authorizer %q checks tokens, which WebSocket APIs have no authorizer for: want NewSocketAuthorizer, "+
			"and a function that verifies the token that it finds in the query string", p.Authorizer.id)
	case p.Authorizer.kind == "":
		return errors.New("an authorizer that no constructor made: want NewSocketAuthorizer or IAM")
	case p.Authorizer.kind != iamType && p.Authorizer.socket != p.Socket:
		return fmt.Errorf("authorizer %q is of another API, and an authorizer is for the routes of one: make one with NewSocketAuthorizer for socket %q", p.Authorizer.id, p.Socket.id)
	case p.Key != connectKey:
		return fmt.Errorf("key %q with an authorizer: API Gateway asks one on $connect alone, and whoever sends a message has passed it", p.Key)
	}
	return nil
}
