package main

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"annex/lambdas/internal/release"
)

// check looks at the shelf, searches for what it found there, and asks for what the search refuses. It knows nothing of
// the catalogue, which is not the code's and changes without a release.
func check(ctx context.Context, api *release.API) error {
	shelf, answer, err := search(ctx, api, url.Values{"limit": {"2"}})
	if err != nil {
		return err
	}
	if len(shelf) == 0 || len(shelf) > 2 {
		return answer.Wrong("the first 2 products are %d", len(shelf))
	}
	wanted := shelf[len(shelf)-1]
	found, answer, err := search(ctx, api, url.Values{"q": {query(wanted.Name)}, "limit": {"50"}})
	if err != nil {
		return err
	}
	if !slices.Contains(found, wanted) {
		return answer.Wrong("product %q is not found by its name, %q", wanted.ID, wanted.Name)
	}
	return api.Refuses(ctx, release.Request{Route: "GET /", Path: "/?limit=0"}, "limit")
}

type product struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// query is so much of a name as the search takes, and finds the product by.
func query(name string) string {
	words := strings.Fields(name)
	return strings.Join(words[:min(len(words), 3)], " ")
}

func search(ctx context.Context, api *release.API, parameters url.Values) ([]product, release.Answer, error) {
	answer, err := api.Do(ctx, release.Request{Route: "GET /", Path: "/?" + parameters.Encode()})
	if err != nil {
		return nil, answer, err
	}
	var found struct {
		Query    *string   `json:"query"`
		Products []product `json:"products"`
	}
	if err := answer.JSON(&found); err != nil {
		return nil, answer, err
	}
	if found.Query == nil || *found.Query != parameters.Get("q") {
		return nil, answer, answer.Wrong("the answer does not name the query %q", parameters.Get("q"))
	}
	for _, product := range found.Products {
		if product.ID == "" || product.Name == "" {
			return nil, answer, answer.Wrong("product %+v has no id or no name", product)
		}
	}
	return found.Products, answer, nil
}
