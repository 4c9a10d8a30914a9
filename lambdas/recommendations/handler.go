package main

import (
	"context"
	"net/http"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/product"
)

const (
	defaultLimit = 10
	maxLimit     = 50
)

// A handler answers the recommendations' routes.
type handler struct{ pairs store }

func (h handler) routes() httpapi.Routes {
	return httpapi.Routes{
		"GET /health":    httpapi.Health(h.pairs.reachable),
		"GET /{product}": h.get,
	}
}

// get answers what was bought with a product, best first. Of a product that nobody has bought with another there is
// nothing to say, and whether there is such a product is the container's to know: the list is empty.
func (h handler) get(ctx context.Context, request httpapi.Request) (httpapi.Response, error) {
	id, err := product.ID(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	limit, err := httpapi.Number(request, "limit", defaultLimit, maxLimit)
	if err != nil {
		return httpapi.Response{}, err
	}
	found, err := h.pairs.best(ctx, id, limit)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, struct {
		Product         string           `json:"product"`
		Recommendations []recommendation `json:"recommendations"`
	}{id, found})
}
