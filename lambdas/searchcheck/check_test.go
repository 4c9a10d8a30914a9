package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"annex/lambdas/internal/awsclient/awsclienttest"
	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/release/releasetest"
)

// start starts the search as it is, with the catalogue that the first deployment has, or with another.
func start(t *testing.T, catalogue []byte) releasetest.Version {
	t.Helper()
	if catalogue == nil {
		var err error
		if catalogue, err = os.ReadFile("../../stacks/catalogue/products.json"); err != nil {
			t.Fatal(err)
		}
	}
	bucket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(catalogue) }))
	t.Cleanup(bucket.Close)
	environment := awsclienttest.Environment(bucket.URL)
	environment["INDEX_BUCKET"], environment["INDEX_KEY"] = "annex-test-index", "index/products.json"
	return releasetest.Process(t, "annex/lambdas/search", environment)
}

func TestGoodVersionPasses(t *testing.T) {
	for name, catalogue := range map[string][]byte{
		"the shop":                nil,
		"one product":             []byte(`{"products":[{"id":"a","name":"A"}]}`),
		"a name of many words":    []byte(`{"products":[{"id":"a","name":"` + strings.Repeat("many words ", 40) + `"}]}`),
		"a name like many others": manyAlike(),
	} {
		t.Run(name, func(t *testing.T) {
			got := releasetest.Release{New: start(t, catalogue)}.Try(t, check)
			if got.Status != "Succeeded" || len(got.Qualifiers) != 3 {
				t.Errorf("outcome is %+v", got)
			}
		})
	}
}

// manyAlike is a catalogue in which a search for any name finds more than the search answers.
func manyAlike() []byte {
	var products []string
	for i := range 80 {
		products = append(products, fmt.Sprintf(`{"id":"mug-%d","name":"Enamel mug"}`, i))
	}
	return []byte(`{"products":[` + strings.Join(products, ",") + `]}`)
}

func TestBadVersionIsStopped(t *testing.T) {
	search := start(t, nil)
	for name, test := range map[string]struct {
		change func(request httpapi.Request, response *httpapi.Response)
		log    string
	}{
		"answers 500": {
			func(_ httpapi.Request, response *httpapi.Response) { response.StatusCode = 500 }, "answered 500, want 200",
		},
		"has no products": {
			func(_ httpapi.Request, response *httpapi.Response) { response.Body = `{"query":"","products":[]}` }, "the first 2 products are 0",
		},
		"keeps no limit": {
			func(_ httpapi.Request, response *httpapi.Response) {
				response.Body = `{"query":"","products":[{"id":"a","name":"A"},{"id":"b","name":"B"},{"id":"c","name":"C"}]}`
			}, "the first 2 products are 3",
		},
		"has products without a name": {
			func(_ httpapi.Request, response *httpapi.Response) {
				response.Body = strings.ReplaceAll(response.Body, `"name"`, `"title"`)
			}, "has no id or no name",
		},
		"finds nothing": {
			func(request httpapi.Request, response *httpapi.Response) {
				if query := request.QueryStringParameters["q"]; query != "" {
					response.Body = fmt.Sprintf(`{"query":%q,"products":[]}`, query)
				}
			}, "is not found by its name",
		},
		"searches for something else": {
			func(request httpapi.Request, response *httpapi.Response) {
				if request.QueryStringParameters["q"] != "" {
					response.Body = strings.Replace(response.Body, `"query":"`, `"query":"other `, 1)
				}
			}, "does not name the query",
		},
		"takes every limit": {
			func(_ httpapi.Request, response *httpapi.Response) { response.StatusCode = 200 }, "answered 200, want 400",
		},
		"refuses without a problem": {
			func(request httpapi.Request, response *httpapi.Response) {
				if request.QueryStringParameters["limit"] == "0" {
					response.Headers["Content-Type"] = "application/json"
				}
			}, "want application/problem+json",
		},
		"refuses without a reason": {
			func(request httpapi.Request, response *httpapi.Response) {
				if request.QueryStringParameters["limit"] == "0" {
					response.Body = strings.Replace(response.Body, `"field":"limit"`, `"field":"q"`, 1)
				}
			}, "want status 400 and what is wrong with limit",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := releasetest.Release{New: releasetest.Changed(t, search, test.change)}.Try(t, check)
			if got.Status != "Failed" || !strings.Contains(got.Logs, test.log) {
				t.Errorf("outcome is %+v, want Failed and in the log %s", got, test.log)
			}
		})
	}
	t.Run("fails", func(t *testing.T) {
		got := releasetest.Release{New: func(context.Context, []byte) releasetest.Output {
			return releasetest.Output{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Runtime.ExitError"}`)}
		}}.Try(t, check)
		if got.Status != "Failed" || !strings.Contains(got.Logs, "Runtime.ExitError") {
			t.Errorf("outcome is %+v", got)
		}
	})
}
