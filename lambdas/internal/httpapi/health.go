package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// healthTime is how long a service may take to find out whether it can work: Route 53 takes an answer that needs more
// than two seconds for none.
const healthTime = 1500 * time.Millisecond

// Health answers a service's GET /health: 200 {"status":"ok"} where check finds that the service can do its work, and a
// problem with status 503 otherwise, whatever the error. It is asked several times a minute, so check is to be cheap, and
// no answer may be cached.
func Health(check func(context.Context) error) Route {
	return func(ctx context.Context, _ Request) (Response, error) {
		ctx, cancel := context.WithTimeout(ctx, healthTime)
		defer cancel()
		err := check(ctx)
		if problem, ok := errors.AsType[*Problem](err); ok && problem.Status == http.StatusServiceUnavailable {
			return Response{}, err
		}
		if err != nil {
			return Response{}, Unavailable(err)
		}
		return JSON(http.StatusOK, map[string]string{"status": "ok"})
	}
}
