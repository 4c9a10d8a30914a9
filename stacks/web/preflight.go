package web

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// preflight is an OPTIONS route that another route brought, and where it is.
type preflight struct {
	scope constructs.Construct
	id    string
}

// addPreflights keeps an authorizer from catching preflights, which browsers
// send without credentials. A route for every method takes OPTIONS too, and API
// Gateway then asks its authorizer before it answers a preflight itself
// ("Configuring CORS for HTTP APIs": "To support unauthorized OPTIONS requests
// to your API, add an OPTIONS /{proxy+} route that doesn't require
// authorization"). A narrower route wins, so each route for every method brings
// its own; {proxy+} may be read as needing a segment, so $default brings "/"
// besides. An API without CORS gets them as well, since its handlers may answer
// preflights.
func (a *API) addPreflights(scope constructs.Construct, id string, props *RouteProps) {
	if props.Authorizer == nil {
		return
	}
	if props.Key == "$default" {
		a.addPreflight(scope, id+"Preflight", "OPTIONS /{proxy+}", props.Function)
		a.addPreflight(scope, id+"RootPreflight", "OPTIONS /", props.Function)
		return
	}
	if path, ok := strings.CutPrefix(props.Key, "ANY "); ok {
		a.addPreflight(scope, id+"Preflight", "OPTIONS "+path, props.Function)
	}
}

// addPreflight adds an OPTIONS route without an authorizer, unless the API has
// that route.
func (a *API) addPreflight(scope constructs.Construct, id, key string, function *Function) {
	shape, err := parseRouteKey(key)
	if err != nil {
		panic(err) // the key is made from one that was checked
	}
	if _, ok := a.keys[shape]; ok {
		return
	}
	a.keys[shape] = key
	a.preflights[shape] = preflight{scope, id}
	props := &awsapigatewayv2.CfnRouteProps{
		ApiId:    a.API.ApiId(),
		RouteKey: jsii.String(key),
		Target:   jsii.String("integrations/" + *a.integration(function).Ref()),
	}
	(&RouteProps{}).authorize(props)
	newRoute(scope, id, props)
}

// replacePreflight makes way for the OPTIONS route that a stack writes itself.
func (a *API) replacePreflight(shape string) {
	if brought, ok := a.preflights[shape]; ok {
		brought.scope.Node().TryRemoveChild(jsii.String(brought.id))
		delete(a.preflights, shape)
		delete(a.keys, shape)
	}
}
