package websocket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"annex/local/apigateway"
	"annex/local/lambda"
)

// maxVerdict is the size of an authorizer's result in bytes (the quotas' "AWS
// Lambda authorizer result size").
const maxVerdict = 8 << 10

// authorize asks who connects, as the $connect route has it, and enters what it
// learns into the connection.
func (g *Gateway) authorize(r *http.Request, sentTo string, s *serving, route *servedRoute, c *connection, x *Exchange) *refusal {
	if route.Authorization == "" || route.Authorization == apigateway.None {
		return nil
	}
	x.Authorizer, x.AuthorizerTime = route.Authorization, time.Now()
	if route.Authorizer != nil {
		x.Authorizer = route.Authorizer.Name
	}
	defer func() { x.AuthorizerLatency = time.Since(x.AuthorizerTime) }()
	if route.Authorization == apigateway.IAM {
		return g.authorizeSigner(r, sentTo, c, x.Time)
	}
	return g.ask(r, s, route.Authorizer, c, x.Time)
}

// authorizeSigner lets those connect who sign the handshake and whose policies
// allow it.
func (g *Gateway) authorizeSigner(r *http.Request, sentTo string, c *connection, now time.Time) *refusal {
	if r.URL.Query().Has("X-Amz-Signature") {
		return unsupported("a handshake that is signed in its query string: local mode reads the Authorization header")
	}
	hosts := []string{c.domain}
	if sentTo != "" {
		hosts = append(hosts, sentTo)
	}
	caller, accessKeyID, err := apigateway.Signer(r, g.options.Callers, c.at.api.Account, c.at.api.Region, hosts, now)
	if err == nil {
		err = caller.Authorize("execute-api:Invoke", c.at.arn()+"/"+connectKey)
	}
	if err != nil {
		return forbidden("%w", err)
	}
	c.identity.AccessKey, c.identity.AccountID, c.identity.Caller = accessKeyID, caller.Account, caller.ID
	c.identity.User, c.identity.UserARN = caller.ID, caller.ARN
	return nil
}

// ask invokes the authorizer's function. A policy that does not allow it is 403,
// a missing identity source and the error "Unauthorized" are 401, and anything
// else that goes wrong is 500.
func (g *Gateway) ask(r *http.Request, s *serving, a *Authorizer, c *connection, now time.Time) *refusal {
	for _, source := range a.Sources {
		if source.value(r.Header, r.URL.Query(), c.at.stage.Variables) == "" {
			return unauthorized("the handshake has no %s, so authorizer %s is not asked", source, a.Name)
		}
	}
	source := "arn:" + apigateway.PartitionOf(a.FunctionARN) + ":execute-api:" + c.at.api.Region + ":" + c.at.api.Account + ":" + c.at.api.ID + "/authorizers/" + a.ID
	if refused := permit(s.permissions[a.FunctionARN], c.at.api.Account, source, "authorizer "+a.Name, a.FunctionARN); refused != nil {
		return refused
	}
	method := c.at.arn() + "/" + connectKey
	limited, cancel := context.WithTimeout(r.Context(), authorizerTimeout)
	defer cancel()
	made, err := g.options.Invoker.Invoke(limited, a.FunctionARN, encoded(c.authorizerEvent(r, method, now)))
	wrong := func(format string, args ...any) *refusal {
		return failed(http.StatusInternalServerError, "authorizer %s: "+format, append([]any{a.Name}, args...)...)
	}
	var notServed *lambda.UnsupportedError
	switch {
	case errors.As(err, &notServed):
		return unsupported(notServed.Error())
	case err != nil && limited.Err() != nil:
		return wrong("%s did not answer within %s", a.FunctionARN, authorizerTimeout)
	case err != nil:
		return wrong("invoking %s: %w", a.FunctionARN, err)
	case made.FunctionError != "" && saysUnauthorized(made.Payload):
		return unauthorized("authorizer %s said Unauthorized", a.Name)
	case made.FunctionError != "":
		return wrong("%s failed (%s): %.500s", a.FunctionARN, made.FunctionError, made.Payload)
	case len(made.Payload) > maxVerdict:
		return wrong("%s returned %d bytes, API Gateway takes %d", a.FunctionARN, len(made.Payload), maxVerdict)
	}
	said, err := apigateway.ReadVerdict(made.Payload, false)
	var unjudged interface{ Status() int }
	switch {
	case errors.As(err, &unjudged) && unjudged.Status() == http.StatusNotImplemented:
		return unsupported(err.Error())
	case err != nil:
		return wrong("%s gave no answer that API Gateway understands: %w", a.FunctionARN, err)
	}
	if reason := said.Refuses(method); reason != "" {
		return forbidden("authorizer %s %s", a.Name, reason)
	}
	if c.authorizer, err = contextOf(said); err != nil {
		return wrong("%w", err)
	}
	return nil
}

// saysUnauthorized says whether a function failed with the error by which an
// authorizer has the client get 401.
func saysUnauthorized(payload []byte) bool {
	var failure struct {
		Message string `json:"errorMessage"`
	}
	return json.Unmarshal(payload, &failure) == nil && failure.Message == "Unauthorized"
}

// contextOf is what the later events of a connection say of it: the principal,
// and the context's values as strings ("$context.authorizer.property: the
// stringified value").
func contextOf(said apigateway.Verdict) (map[string]any, error) {
	var values map[string]any
	if err := decode(said.Context, &values); err != nil {
		return nil, fmt.Errorf("context: %w", err)
	}
	known := map[string]any{"principalId": said.Principal}
	for name, value := range values {
		switch v := value.(type) {
		case nil:
		case map[string]any, []any:
			return nil, fmt.Errorf("context: %s: want a string, a number or a boolean", name)
		default:
			known[name] = fmt.Sprint(v)
		}
	}
	return known, nil
}
