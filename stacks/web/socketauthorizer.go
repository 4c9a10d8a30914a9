package web

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// SocketAuthorizerProps describe an authorizer of connections that asks a
// function.
type SocketAuthorizerProps struct {
	// Socket is what is connected to. Required.
	Socket *Socket

	// Function takes an events.APIGatewayCustomAuthorizerRequestTypeRequest and
	// gives an events.APIGatewayCustomAuthorizerResponse: a policy that allows or
	// denies execute-api:Invoke on the event's MethodArn, and a context, which the
	// handlers of every route find in RequestContext.Authorizer for as long as the
	// connection lasts. It has 10 s. Required.
	Function *Function

	// IdentitySources are what the request must have, each of them not empty, for
	// the function to be asked: "route.request.querystring.token",
	// "route.request.header.Origin". Who lacks one gets 401. A page can send no
	// header of its own when it connects: what it knows is in the query string.
	// Default: the function is asked about every request.
	IdentitySources []string
}

// NewSocketAuthorizer defines an authorizer that asks a function, by its alias
// "live", whether a connection may be opened. Nothing of its answers is cached.
func NewSocketAuthorizer(scope constructs.Construct, id string, props *SocketAuthorizerProps) *Authorizer {
	if err := props.validate(); err != nil {
		panic(&Error{"authorizer", id, err})
	}
	resource := &awsapigatewayv2.CfnAuthorizerProps{
		ApiId:          props.Socket.api.Ref(),
		Name:           jsii.String(id),
		AuthorizerType: jsii.String("REQUEST"),
		AuthorizerUri:  invocations(awscdk.Stack_Of(scope), props.Function),
	}
	if len(props.IdentitySources) > 0 {
		resource.IdentitySource = jsii.Strings(props.IdentitySources...)
	}
	authorizer := &Authorizer{id: id, kind: lambdaType, socket: props.Socket, resource: awsapigatewayv2.NewCfnAuthorizer(scope, jsii.String(id), resource)}
	props.Socket.authorizers++
	authorizer.ask(scope, props.Function)
	return authorizer
}

var socketIdentitySource = regexp.MustCompile(`^(route\.request\.(header|querystring)|context|stageVariables)\.[A-Za-z0-9._~!#$&'*+|^-]+$`)

func (p *SocketAuthorizerProps) validate() error {
	switch {
	case p.Socket == nil:
		return errors.New("no socket")
	case p.Function == nil:
		return errors.New("no function")
	case p.Socket.authorizers >= maxAuthorizers:
		return fmt.Errorf("socket %q has %d authorizers already, which is as many as an API may have", p.Socket.id, p.Socket.authorizers)
	}
	return validateSources(p.IdentitySources, socketIdentitySource, `"route.request.querystring.token" or "route.request.header.Origin"`)
}
