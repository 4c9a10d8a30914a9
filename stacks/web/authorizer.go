package web

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// Authorizer decides who may call a route: see RouteProps.Authorizer. It is
// made by NewJWTAuthorizer, NewUserPoolAuthorizer, NewLambdaAuthorizer or IAM, and
// for SocketRouteProps.Authorizer by NewSocketAuthorizer or IAM.
type Authorizer struct {
	id       string
	kind     string  // the AuthorizationType of a route
	api      *API    // the only one that it is for; nil for IAM, which is for any
	socket   *Socket // the same, of an authorizer of connections
	resource awsapigatewayv2.CfnAuthorizer
}

const (
	jwtType    = "JWT"
	lambdaType = "CUSTOM"
	iamType    = "AWS_IAM"
)

// IAM lets those call a route who sign their requests (Signature Version 4, for
// the service execute-api) and whose policies allow execute-api:Invoke on
// arn:aws:execute-api:<region>:<account>:<api>/$default/<method>/<path>. An API
// that only the edge reaches cannot have it: see APIProps.BehindEdge.
func IAM() *Authorizer { return &Authorizer{kind: iamType} }

// maxAuthorizers is how many an API may have ("Quotas for HTTP API").
const maxAuthorizers = 10

// newAuthorizer defines the resource of an authorizer.
func newAuthorizer(scope constructs.Construct, id, kind string, api *API, props *awsapigatewayv2.CfnAuthorizerProps) *Authorizer {
	api.authorizers++
	props.ApiId = api.API.ApiId()
	props.Name = jsii.String(id)
	return &Authorizer{
		id:       id,
		kind:     kind,
		api:      api,
		resource: awsapigatewayv2.NewCfnAuthorizer(scope, jsii.String(id), props),
	}
}

// checkAuthorizers refuses one more authorizer than an API may have.
func (a *API) checkAuthorizers() error {
	if a.authorizers >= maxAuthorizers {
		return fmt.Errorf("API %q has %d authorizers already, which is as many as an API may have", a.id, a.authorizers)
	}
	return nil
}

// maxScopes is how many a route may have ("Quotas for HTTP API").
const maxScopes = 10

func (p *RouteProps) validateAuthorizer() error {
	if p.Authorizer == nil {
		if len(p.Scopes) > 0 {
			return fmt.Errorf("scopes %q without an authorizer: a JWT or user pool authorizer reads them from its tokens", p.Scopes)
		}
		return nil
	}
	seen := map[string]bool{}
	for _, scope := range p.Scopes {
		if scope == "" || strings.ContainsAny(scope, " \t\n") || seen[scope] {
			return fmt.Errorf("scopes %q: want each once, and none empty or with a space", p.Scopes)
		}
		seen[scope] = true
	}
	switch {
	case p.Authorizer.kind == "":
		return errors.New("an authorizer that no constructor made: want NewJWTAuthorizer, NewUserPoolAuthorizer, NewLambdaAuthorizer or IAM")
	case p.Authorizer.socket != nil:
		return fmt.Errorf("authorizer %q is of socket %q, and looks at connections alone: want NewJWTAuthorizer, NewUserPoolAuthorizer, NewLambdaAuthorizer or IAM", p.Authorizer.id, p.Authorizer.socket.id)
	case p.Authorizer.api != nil && p.Authorizer.api != p.API:
		return fmt.Errorf("authorizer %q is of API %q, and an authorizer is for the routes of one API: make one for API %q", p.Authorizer.id, p.Authorizer.api.id, p.API.id)
	case p.Authorizer.kind == iamType && p.API.behindEdge:
		return errors.New("IAM on an API that only the edge reaches: a signature covers the Host, which CloudFront changes, and no other way leads in; want another authorizer, or the stage's Exposure public")
	case strings.HasPrefix(p.Key, "OPTIONS "):
		return fmt.Errorf("key %q: an authorizer would refuse every preflight, which browsers send without credentials; want none on OPTIONS", p.Key)
	case len(p.Scopes) > 0 && p.Authorizer.kind != jwtType:
		return fmt.Errorf("scopes %q: only a JWT or user pool authorizer has tokens to read them from", p.Scopes)
	case len(p.Scopes) > maxScopes:
		return fmt.Errorf("%d scopes: want at most %d", len(p.Scopes), maxScopes)
	}
	return nil
}

// authorize enters an authorizer and scopes in a route.
func (p *RouteProps) authorize(route *awsapigatewayv2.CfnRouteProps) {
	if p.Authorizer == nil {
		// Said aloud, for CloudFormation leaves a route the authorizer that its
		// template no longer has (aws-cdk pull request 14424).
		route.AuthorizationType = jsii.String("NONE")
		return
	}
	route.AuthorizationType = jsii.String(p.Authorizer.kind)
	if p.Authorizer.kind == iamType {
		p.API.allowHeaders("x-amz-content-sha256", "x-amz-date", "x-amz-security-token")
	}
	if p.Authorizer.resource != nil {
		route.AuthorizerId = p.Authorizer.resource.Ref()
	}
	if len(p.Scopes) > 0 {
		route.AuthorizationScopes = jsii.Strings(p.Scopes...)
	}
}

// newRoute defines the resource of a route whose authorizer has been entered.
func newRoute(scope constructs.Construct, id string, props *awsapigatewayv2.CfnRouteProps) awsapigatewayv2.CfnRoute {
	route := awsapigatewayv2.NewCfnRoute(scope, jsii.String(id), props)
	if *props.AuthorizationType == "NONE" {
		check.Accept(route, check.Exception{
			Rule:   "AwsSolutions-APIG4",
			Reason: "anyone may call it, or asks before a call whether they may: its props have no Authorizer",
		})
	}
	return route
}
