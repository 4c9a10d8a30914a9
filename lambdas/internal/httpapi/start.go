// Package httpapi is what the handlers behind an API Gateway HTTP API share: dispatch by route key, strict
// decoding of JSON bodies, JSON answers, and problems (RFC 9457) for everything that goes wrong.
//
// A handler's main builds its routes and calls Start:
//
//	httpapi.Start(lambdacontext.NewLogger(), httpapi.Routes{
//		"GET /{product}": recommendations.get,
//	})
//
// Any handler below lambdas/ may import it; it imports no AWS client.
package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"annex/lambdas/internal/warm"
)

// Request is an event of API Gateway, payload format 2.0. Header names are in lower case, and path and query
// parameters are percent-decoded. RawPath says how the request came, which is no handler's business: dispatch
// is by RouteKey.
type Request = events.APIGatewayV2HTTPRequest

// Response is an answer in payload format 2.0.
type Response = events.APIGatewayV2HTTPResponse

// Route answers the requests of one route. An error that is or wraps a *Problem is answered as that problem, and one
// that the time ran out as a problem with status 503. Any other is the function's own failure: it is logged, and API
// Gateway answers 500.
type Route func(context.Context, Request) (Response, error)

// Routes are a handler's routes by route key, written as in the template: "PUT /{cart}/items/{product}".
type Routes map[string]Route

// answerTime is kept free at the end of an invocation, so that a slow dependency becomes a problem that says so
// and a line in the log, and not the gateway's bare 500 for a function that timed out.
const answerTime = 250 * time.Millisecond

// Start serves the routes until the execution environment ends; it does not return. A panic in a route is left
// to the Lambda runtime, which reports it with its stack and ends the environment. The warmer's calls, which are of no
// route, are answered too.
func Start(logger *slog.Logger, routes Routes) {
	lambda.Start(warm.Handler(Handler(logger, routes)))
}

// errFailed says nothing of the failure, for whoever invokes a function may read it.
var errFailed = errors.New("the service failed, and has logged why")

// Handler is the function that Start serves. It fails where the status is 500, rather than answer so: Lambda counts
// functions that fail, by version, and a release goes back for that count. Its callers get a 500 either way, from API
// Gateway as after a panic. Tests call it with events.
func Handler(logger *slog.Logger, routes Routes) func(context.Context, Request) (Response, error) {
	return func(ctx context.Context, request Request) (Response, error) {
		response, err := answer(ctx, routes, request)
		if err == nil {
			return response, nil
		}

		problem := asProblem(err)
		if problem.Status >= http.StatusInternalServerError {
			// Anything below is the client's doing, and is in the access log.
			logger.ErrorContext(ctx, "request failed", "routeKey", request.RouteKey, "status", problem.Status,
				"apiRequestId", request.RequestContext.RequestID, "error", err)
		}
		if problem.Status == http.StatusInternalServerError {
			return Response{}, errFailed
		}
		return problem.response(), nil
	}
}

func answer(ctx context.Context, routes Routes, request Request) (Response, error) {
	route, ok := routes[request.RouteKey]
	if !ok {
		return Response{}, &Problem{
			Status: http.StatusInternalServerError,
			Cause:  fmt.Errorf("the API sent route key %q, which this handler does not have: compare the stack's routes with the handler's", request.RouteKey),
		}
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
		defer cancel()
	}
	return route(ctx, request)
}

func asProblem(err error) *Problem {
	if problem, ok := errors.AsType[*Problem](err); ok {
		return problem
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Unavailable(err)
	}
	return &Problem{Status: http.StatusInternalServerError, Cause: err}
}
