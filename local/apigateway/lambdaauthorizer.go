package apigateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"annex/local/lambda"
)

// authorizerTimeout is how long a Lambda authorizer has (§1.7).
const authorizerTimeout = 10 * time.Second

// lambdaGuard asks a function who may pass (§1.9).
type lambdaGuard struct {
	authorizer  *Authorizer
	permissions []Permission // for the function
	invoker     Invoker
	verdicts    *verdictCache // nil when each request is asked about
}

// lambdaContext is what the authorizer's function wants the route's to know; a
// JSON object, or null where it said nothing.
type lambdaContext struct{ json.RawMessage }

func newLambdaGuard(a *Authorizer, permissions []Permission, invoker Invoker) *lambdaGuard {
	g := &lambdaGuard{authorizer: a, permissions: permissions, invoker: invoker}
	if a.TTL > 0 && len(a.IdentitySources) > 0 {
		g.verdicts = newVerdictCache(a.TTL)
	}
	return g
}

func (g *lambdaGuard) check(ctx context.Context, a *attempt) (*authorizer, error) {
	values, missing := sourceValues(g.authorizer.IdentitySources, a.event)
	if missing != nil {
		return nil, missingSource(*missing)
	}
	said, cached := g.verdicts.get(values, a.now)
	if !cached {
		var err error
		if said, err = g.ask(ctx, a, values); err != nil {
			return nil, err
		}
		g.verdicts.put(values, said, a.now)
	}
	if reason := said.Refuses(a.arn()); reason != "" {
		if cached {
			reason += fmt.Sprintf(" (an answer kept for %s)", g.authorizer.TTL)
		}
		return nil, forbidden(fmt.Errorf("authorizer %s %s", g.authorizer.Name, reason))
	}
	return &authorizer{Lambda: &lambdaContext{said.Context}}, nil
}

// ask invokes the authorizer's function.
func (g *lambdaGuard) ask(ctx context.Context, a *attempt, values []string) (Verdict, error) {
	arn := g.authorizer.FunctionARN
	failed := func(format string, args ...any) error {
		return internalError(fmt.Errorf("authorizer %s: "+format, append([]any{g.authorizer.Name}, args...)...))
	}
	source := executeARN(a.api, arn) + "/authorizers/" + g.authorizer.ID
	if !Permitted(g.permissions, a.api.Account, source) {
		return Verdict{}, failed("API Gateway may not invoke %s: add an AWS::Lambda::Permission for it with Action lambda:InvokeFunction, Principal apigateway.amazonaws.com and a SourceArn that covers %s", arn, source)
	}
	payload, err := json.Marshal(newAuthorizerEvent(a, values))
	if err != nil {
		return Verdict{}, failed("%w", err)
	}
	limited, cancel := context.WithTimeout(ctx, authorizerTimeout)
	defer cancel()
	result, err := g.invoker.Invoke(limited, arn, payload)
	var notServed *lambda.UnsupportedError
	switch {
	case err != nil && ctx.Err() != nil:
		return Verdict{}, fmt.Errorf("the client went away while %s was running: %w", arn, ctx.Err())
	case err != nil && limited.Err() != nil:
		return Verdict{}, failed("%s did not answer within %s", arn, authorizerTimeout)
	case errors.As(err, &notServed):
		return Verdict{}, unsupported(notServed.Error())
	case err != nil:
		return Verdict{}, failed("invoking %s: %w", arn, err)
	case result.FunctionError != "":
		return Verdict{}, failed("%s failed (%s): %.500s", arn, result.FunctionError, result.Payload)
	}
	said, err := ReadVerdict(result.Payload, g.authorizer.SimpleResponses)
	var unjudged *failure
	switch {
	case errors.As(err, &unjudged):
		return Verdict{}, unjudged
	case err != nil:
		return Verdict{}, failed("%s gave no answer that API Gateway understands: %w", arn, err)
	}
	return said, nil
}

// authorizerEvent is a Lambda authorizer's event in payload format 2.0.
type authorizerEvent struct {
	Version               string            `json:"version"`
	Type                  string            `json:"type"`
	RouteARN              string            `json:"routeArn"`
	IdentitySource        []string          `json:"identitySource,omitempty"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
}

func newAuthorizerEvent(a *attempt, values []string) authorizerEvent {
	e := a.event
	return authorizerEvent{
		Version: "2.0", Type: "REQUEST", RouteARN: a.arn(), IdentitySource: values,
		RouteKey: e.RouteKey, RawPath: e.RawPath, RawQueryString: e.RawQueryString, Cookies: e.Cookies, Headers: e.Headers,
		QueryStringParameters: e.QueryStringParameters, RequestContext: e.RequestContext, PathParameters: e.PathParameters,
	}
}
