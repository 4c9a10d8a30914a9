package release

import (
	"context"
	"net/http"
)

// Refuses checks that a bad request is answered with the problem that names the field at fault.
func (a *API) Refuses(ctx context.Context, r Request, field string) error {
	r.Want = http.StatusBadRequest
	answer, err := a.Do(ctx, r)
	if err != nil {
		return err
	}
	var problem struct {
		Status int
		Errors []struct{ Field, Detail string }
	}
	if err := answer.JSON(&problem); err != nil {
		return err
	}
	if kind := answer.Header.Get("Content-Type"); kind != "application/problem+json" {
		return answer.Wrong("Content-Type is %q, want application/problem+json", kind)
	}
	if problem.Status != http.StatusBadRequest || len(problem.Errors) != 1 || problem.Errors[0].Field != field || problem.Errors[0].Detail == "" {
		return answer.Wrong("the problem is %+v, want status 400 and what is wrong with %s", problem, field)
	}
	return nil
}
