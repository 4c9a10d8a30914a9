package web

import (
	"errors"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// RouteProps describe one route of an API.
type RouteProps struct {
	// API is what the route is added to. Required.
	API *API

	// Key is the method and the path below the API's own, "GET /{cart}", or
	// "$default" for what no other route takes. Methods are as in HTTP, or ANY;
	// a variable is a whole segment; "{rest+}", at the end, takes several.
	// Required.
	Key string

	// Function is what handles the requests. Required.
	Function *Function

	// Authorizer decides who may call the route. One on a route for every
	// method, ANY or $default, does not cover OPTIONS: a browser sends no
	// credentials with a preflight, so the route brings an OPTIONS route to the
	// same function that anyone may call.
	// Default: none, anyone may call it.
	Authorizer *Authorizer

	// Scopes are what a token may do, in its claim "scope" or "scp": one of
	// these has to be among them. At most 10, for a JWT or user pool authorizer.
	// Default: any token of the authorizer's will do.
	Scopes []string

	// Throttle bounds the requests to this route. Once deployed it stays when it
	// is taken out here, for API Gateway hears nothing of that: give the route
	// the API's own in its place.
	// Default: that of the API.
	Throttle Throttle
}

// maxRoutes is how many an API may have, until AWS raises it ("Quotas for HTTP
// API").
const maxRoutes = 300

// NewRoute adds a route to an API. It costs the stack one resource, and the
// first route to a function two more. With an authorizer, an ANY route costs
// one more, and $default two.
func NewRoute(scope constructs.Construct, id string, props *RouteProps) {
	shape, err := props.validate()
	if err != nil {
		panic(&Error{"route", id, err})
	}
	props.API.replacePreflight(shape)
	props.API.keys[shape] = props.Key
	resource := &awsapigatewayv2.CfnRouteProps{
		ApiId:    props.API.API.ApiId(),
		RouteKey: jsii.String(props.Key),
		Target:   jsii.String("integrations/" + *props.API.integration(props.Function).Ref()),
	}
	props.authorize(resource)
	route := newRoute(scope, id, resource)
	props.API.addPreflights(scope, id, props)
	if len(props.API.keys) > maxRoutes {
		panic(&Error{"route", id, fmt.Errorf("API %q has %d routes with it, want at most %d: give some of them to another API", props.API.id, len(props.API.keys), maxRoutes)})
	}
	if props.Throttle != (Throttle{}) {
		props.API.throttle(route, props.Throttle)
	}
}

// validate gives the shape of the route's key, which no other route of its API
// may have.
func (p *RouteProps) validate() (shape string, err error) {
	switch {
	case p.API == nil:
		return "", errors.New("no API")
	case p.Function == nil:
		return "", errors.New("no function")
	}
	if shape, err = parseRouteKey(p.Key); err != nil {
		return "", fmt.Errorf("key %q: %w", p.Key, err)
	}
	_, brought := p.API.preflights[shape]
	if other, ok := p.API.keys[shape]; ok && !brought {
		return "", fmt.Errorf("key %q: the API has route %q already, which takes the same requests", p.Key, other)
	}
	if err := p.validateAuthorizer(); err != nil {
		return "", err
	}
	return shape, p.Throttle.validate()
}

// throttle enters a route's own throttle in the API's stage, which is refused
// until the route exists.
func (a *API) throttle(route awsapigatewayv2.CfnRoute, throttle Throttle) {
	a.throttles[*route.RouteKey()] = throttle.settings()
	a.stage.SetRouteSettings(a.throttles)
	a.stage.AddResourceDependency(route, jsii.String("a stage only takes settings of routes that exist"))
}
