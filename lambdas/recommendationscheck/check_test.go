package main

import (
	"strings"
	"testing"

	"annex/lambdas/internal/awsclient/awsclienttest"
	"annex/lambdas/internal/dynamodbtest"
	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/release/releasetest"
)

// start starts the recommendations as they are, and gives them with the check of them.
func start(t *testing.T) (releasetest.Version, table) {
	t.Helper()
	endpoint := dynamodbtest.Start(t)
	environment := awsclienttest.Environment(endpoint)
	environment["RECOMMENDATIONS_TABLE"] = "annex-test-recommendations"
	pairs := table{client: dynamodbtest.Client(t, endpoint), name: environment["RECOMMENDATIONS_TABLE"]}
	dynamodbtest.CreateTableWithIndex(t, pairs.client, pairs.name, "product", "other", "by-orders", "orders")
	return releasetest.Process(t, "annex/lambdas/recommendations", environment), pairs
}

func TestGoodVersionPassesAndNothingIsLeft(t *testing.T) {
	recommendations, pairs := start(t)
	for _, shifted := range []bool{false, true} {
		got := releasetest.Release{New: recommendations, Shifted: shifted}.Try(t, pairs.check)
		if got.Status != "Succeeded" || got.Err != nil || len(got.Qualifiers) != 4 {
			t.Errorf("outcome is %+v", got)
		}
		dynamodbtest.WantEmpty(t, pairs.client, pairs.name)
	}
}

func TestPairThatIsReadALittleLaterIsWaitedFor(t *testing.T) {
	recommendations, pairs := start(t)
	calls := 0
	late := releasetest.Changed(t, recommendations, func(_ httpapi.Request, response *httpapi.Response) {
		if calls++; calls == 2 || calls == 3 {
			before, _, _ := strings.Cut(response.Body, `"recommendations":`)
			response.Body = before + `"recommendations":[]}`
		}
	})
	got := releasetest.Release{New: late}.Try(t, pairs.check)
	if got.Status != "Succeeded" || calls != 6 {
		t.Errorf("outcome is %+v after %d calls", got, calls)
	}
}

func TestBadVersionIsStoppedAndNothingIsLeft(t *testing.T) {
	recommendations, pairs := start(t)
	for name, test := range map[string]struct {
		change func(request httpapi.Request, response *httpapi.Response)
		log    string
	}{
		"answers 500": {
			func(_ httpapi.Request, response *httpapi.Response) { response.StatusCode = 500 }, "answered 500, want 200",
		},
		"knows no empty list": {
			func(_ httpapi.Request, response *httpapi.Response) {
				response.Body = strings.Replace(response.Body, `[]`, `null`, 1)
			}, "want []",
		},
		"answers for another product": {
			func(_ httpapi.Request, response *httpapi.Response) {
				response.Body = strings.Replace(response.Body, `"product":"`, `"product":"another-`, 1)
			}, "the answer is not of product",
		},
		"has the worst first": {
			func(_ httpapi.Request, response *httpapi.Response) {
				response.Body = strings.NewReplacer(`often","orders":3`, `seldom","orders":1`, `seldom","orders":1`, `often","orders":3`).Replace(response.Body)
			}, "want [{release-check-often 3} {release-check-seldom 1}]",
		},
		"counts wrong": {
			func(_ httpapi.Request, response *httpapi.Response) {
				response.Body = strings.Replace(response.Body, `"orders":3`, `"orders":4`, 1)
			}, "want [{release-check-often 3}",
		},
		"finds nothing": {
			func(_ httpapi.Request, response *httpapi.Response) {
				if before, _, ok := strings.Cut(response.Body, `"recommendations":`); ok {
					response.Body = before + `"recommendations":[]}`
				}
			}, "the recommendations are [], want",
		},
		"keeps no limit": {
			func(request httpapi.Request, response *httpapi.Response) {
				if request.QueryStringParameters["limit"] == "1" {
					response.Body = strings.Replace(response.Body, `3}]`, `3},{"product":"release-check-seldom","orders":1}]`, 1)
				}
			}, "want [{release-check-often 3}]",
		},
		"takes every limit": {
			func(_ httpapi.Request, response *httpapi.Response) { response.StatusCode = 200 }, "answered 200, want 400",
		},
		"refuses without a reason": {
			func(request httpapi.Request, response *httpapi.Response) {
				if request.QueryStringParameters["limit"] == "0" {
					response.Body = strings.Replace(response.Body, `"field":"limit"`, `"field":"product"`, 1)
				}
			}, "want status 400 and what is wrong with limit",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := releasetest.Release{New: releasetest.Changed(t, recommendations, test.change)}.Try(t, pairs.check)
			if got.Status != "Failed" || !strings.Contains(got.Logs, test.log) {
				t.Errorf("outcome is %+v, want Failed and in the log %s", got, test.log)
			}
			dynamodbtest.WantEmpty(t, pairs.client, pairs.name)
		})
	}
}

func TestCheckWithoutItsTableFails(t *testing.T) {
	recommendations, pairs := start(t)
	pairs.name = ""
	got := releasetest.Release{New: recommendations}.Try(t, pairs.check)
	if got.Status != "Failed" || !strings.Contains(got.Logs, "RECOMMENDATIONS_TABLE is not set") {
		t.Errorf("outcome is %+v", got)
	}
}
