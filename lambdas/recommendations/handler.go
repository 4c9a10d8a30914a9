package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"annex/lambdas/internal/httpapi"
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
	product, err := productOf(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	limit, err := httpapi.Number(request, "limit", defaultLimit, maxLimit)
	if err != nil {
		return httpapi.Response{}, err
	}
	found, err := h.pairs.best(ctx, product, limit)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, struct {
		Product         string           `json:"product"`
		Recommendations []recommendation `json:"recommendations"`
	}{product, found})
}

// productOf is the request's product: an id as a cart takes it.
func productOf(request httpapi.Request) (string, error) {
	const longest = 64
	id := request.PathParameters["product"]
	switch {
	case len(id) > longest:
		return "", httpapi.Invalid("product", fmt.Sprintf("must be no longer than %d characters, was %d", longest, len(id)))
	case id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return "", httpapi.Invalid("product", fmt.Sprintf("must be lower-case letters, digits and hyphens, was %q", id))
	}
	return id, nil
}
