package websocket

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"annex/local/apigateway"
	"annex/local/lambda"
)

// result is what a function made of an event, in the form of a proxy
// integration.
type result struct {
	status      int
	body        string
	subprotocol string
}

// run invokes the function of a route for an event of a connection.
func (g *Gateway) run(ctx context.Context, s *serving, at *servedStage, route *servedRoute, e event, x *Exchange) (result, *refusal) {
	x.RouteKey, x.Function = route.Key, route.FunctionARN
	if route.Unsupported != "" {
		return result{}, unsupported(route.Unsupported)
	}
	if !route.bucket.Take(x.Time) {
		return result{}, throttled(route.Key)
	}
	source := at.arn() + "/" + route.Key
	if refused := permit(s.permissions[route.FunctionARN], at.api.Account, source, fmt.Sprintf("route %q", route.Key), route.FunctionARN); refused != nil {
		return result{}, refused
	}
	timeout := cmp.Or(route.Timeout, maxTimeout)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	made, err := g.options.Invoker.Invoke(limited, route.FunctionARN, encoded(e))
	x.ran(made)
	var notServed *lambda.UnsupportedError
	switch {
	case err != nil && ctx.Err() != nil:
		return result{}, failed(http.StatusBadGateway, "the client went away, or local mode ended, while %s was running", route.FunctionARN)
	case err != nil && limited.Err() != nil:
		return result{}, timedOut(route.FunctionARN, timeout)
	case errors.As(err, &notServed):
		return result{}, unsupported(notServed.Error())
	case err != nil:
		return result{}, failed(http.StatusBadGateway, "invoking %s: %w", route.FunctionARN, err)
	case made.FunctionError != "":
		return result{}, failed(http.StatusBadGateway, "function %s failed (%s): %.500s", route.FunctionARN, made.FunctionError, made.Payload)
	}
	answer, err := readResult(made.Payload)
	if err != nil {
		return result{}, failed(http.StatusBadGateway, "function %s gave a result that is no response: %w", route.FunctionARN, err)
	}
	return answer, nil
}

// permit refuses to invoke a function that has no permission for the source.
func permit(permissions []apigateway.Permission, account, source, who, function string) *refusal {
	if apigateway.Permitted(permissions, account, source) {
		return nil
	}
	return failed(http.StatusInternalServerError, "%s may not invoke %s: add an AWS::Lambda::Permission for that function with Action lambda:InvokeFunction, Principal apigateway.amazonaws.com and a SourceArn that covers %s", who, function, source)
}

// readResult reads what a function returned. One that has no statusCode is not
// the response of a proxy integration, and fails also where nobody gets its body
// (nearst/laconia#41).
func readResult(payload []byte) (result, error) {
	var raw struct {
		StatusCode json.RawMessage   `json:"statusCode"`
		Headers    map[string]string `json:"headers"`
		Body       *string           `json:"body"`
	}
	if err := json.Unmarshal(payload, &raw); err != nil {
		return result{}, fmt.Errorf("%w: want an object with statusCode and, where the route is two-way, body as a string", err)
	}
	r := result{}
	if err := json.Unmarshal([]byte(strings.Trim(string(raw.StatusCode), `"`)), &r.status); err != nil || r.status < 200 || r.status > 599 {
		return result{}, fmt.Errorf("statusCode %.100s, want a status such as 200", cmp.Or(string(raw.StatusCode), "is missing"))
	}
	if raw.Body != nil {
		r.body = *raw.Body
	}
	for name, value := range raw.Headers {
		if strings.EqualFold(name, "Sec-WebSocket-Protocol") {
			r.subprotocol = value
		}
	}
	return r, nil
}
