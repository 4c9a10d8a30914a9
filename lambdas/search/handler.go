package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/searchindex"
)

const (
	defaultLimit = 10
	maxLimit     = 50
	maxQuery     = 200 // characters
	// maxWords is how many different words a query may have, since each is compared with the whole vocabulary.
	maxWords = 10
)

// A handler answers the search's routes.
type handler struct {
	source   *source
	language language
}

func (h handler) routes() httpapi.Routes {
	return httpapi.Routes{
		"GET /":       h.search,
		"GET /health": httpapi.Health(h.source.ready),
	}
}

// search answers the products that a query finds, best first. A blank query finds the first products of the catalogue:
// that is what a shop shows before its shopper has typed anything.
func (h handler) search(ctx context.Context, request httpapi.Request) (httpapi.Response, error) {
	query, wanted, err := queryOf(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	limit, err := httpapi.Number(request, "limit", defaultLimit, maxLimit)
	if err != nil {
		return httpapi.Response{}, err
	}
	index, err := h.source.current(ctx)
	if err != nil {
		return httpapi.Response{}, err
	}

	found := index.first(limit)
	if strings.TrimSpace(query) != "" {
		found = index.search(h.language.terms(wanted), limit)
	}
	return httpapi.JSON(http.StatusOK, struct {
		Query    string            `json:"query"`
		Products []json.RawMessage `json:"products"`
	}{query, found})
}

// queryOf is the query and its different words.
func queryOf(request httpapi.Request) (query string, wanted []string, err error) {
	query = request.QueryStringParameters["q"]
	if !httpapi.ValidText(query) {
		return "", nil, httpapi.Invalid("q", "must be valid UTF-8")
	}
	if length := utf8.RuneCountInString(query); length > maxQuery {
		return "", nil, httpapi.Invalid("q", fmt.Sprintf("must be no longer than %d characters, was %d", maxQuery, length))
	}
	wanted = distinct(searchindex.Words(query))
	if len(wanted) > maxWords {
		return "", nil, httpapi.Invalid("q", fmt.Sprintf("must have no more than %d different words, had %d", maxWords, len(wanted)))
	}
	return query, wanted, nil
}
