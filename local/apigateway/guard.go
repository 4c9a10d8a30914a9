package apigateway

import (
	"context"
	"net/http"
	"time"
)

// guard lets those requests to a route pass that its authorizer allows, and
// says what the function is told of the caller. A refusal is a *failure.
type guard interface {
	check(ctx context.Context, a *attempt) (*authorizer, error)
}

// attempt is a request that wants to pass.
type attempt struct {
	event  *event // as the function will get it
	method string
	route  *Route
	api    *API
	stage  string
	now    time.Time

	// As the client sent it.
	request *http.Request
	body    []byte
	hosts   []string // what the client may have called the host
}

// authorize asks the guard of a route, and enters in the event what it found.
func (g *Gateway) authorize(r *http.Request, t *target, stage *servedStage, e *event, body []byte, x *exchange) error {
	hosts := []string{x.Host}
	if x.sentTo != "" {
		hosts = append(hosts, x.sentTo)
	}
	x.Authorizer, x.AuthorizerTime = t.route.Authorization, time.Now()
	if t.route.Authorizer != nil {
		x.Authorizer = t.route.Authorizer.Name
	}
	caller, err := t.guard.check(r.Context(), &attempt{
		event: e, method: x.Method, route: t.route, api: stage.api, stage: stage.stage.Name, now: x.Time,
		request: r, body: body, hosts: hosts,
	})
	x.AuthorizerLatency = time.Since(x.AuthorizerTime)
	if err != nil {
		return err
	}
	e.RequestContext.Authorizer = caller
	return nil
}

// arn is the request's own: arn:aws:execute-api:<region>:<account>:<api>/
// <stage>/<method>/<path>. A policy is about such ARNs, and a Lambda authorizer
// gets it as routeArn (§1.9).
func (a *attempt) arn() string {
	return executeARN(a.api, a.route.FunctionARN) + "/" + a.stage + "/" + a.method + a.event.RawPath
}

// executeARN is the API's, in the partition of another ARN.
func executeARN(api *API, other string) string {
	return "arn:" + PartitionOf(other) + ":execute-api:" + api.Region + ":" + api.Account + ":" + api.ID
}

// guards makes the guards of routes. An authorizer's answers and an issuer's
// keys are kept once, however many routes there are.
type guards struct {
	permissions map[string][]Permission
	invoker     Invoker
	options     Options
	lambdas     map[*Authorizer]*lambdaGuard
	issuers     map[string]*keySet
}

func newGuards(permissions map[string][]Permission, invoker Invoker, options Options) *guards {
	return &guards{permissions, invoker, options, map[*Authorizer]*lambdaGuard{}, map[string]*keySet{}}
}

// of is the guard of a route; nil for one that anybody may call.
func (g *guards) of(route *Route) guard {
	if route.Authorization == IAM {
		return iamGuard{g.options.Callers}
	}
	a := route.Authorizer
	switch {
	case a == nil:
		return nil
	case route.Authorization == JWT:
		keys := g.issuers[a.Issuer]
		if keys == nil {
			keys = newKeySet(a.Issuer, g.options.Issuers)
			g.issuers[a.Issuer] = keys
		}
		return &jwtGuard{a, keys}
	}
	if g.lambdas[a] == nil {
		g.lambdas[a] = newLambdaGuard(a, g.permissions[a.FunctionARN], g.invoker)
	}
	return g.lambdas[a]
}
