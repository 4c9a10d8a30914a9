package apigateway

import (
	"net/http"
	"testing"
	"testing/synctest"

	"annex/local/conformance"
)

// TestGaps has the facts that the gateway does not meet.
func TestGaps(t *testing.T) {
	conformance.Known(t, []conformance.Gap{
		{
			Fact:   "1.7 the account's throttle: a burst of 5,000",
			Reason: "the account's throttle is in no template, and the other APIs of its region use it up as well; a stage's own throttle is kept to",
			Holds: func(t *testing.T) (holds bool) {
				synctest.Test(t, func(t *testing.T) { // time stands still
					g := New(cartAPI(t, "GET /"), returns(`{"statusCode":200}`), Options{})
					for range accountBurst + 1 {
						resp, _ := handOver(t, g, parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com"))
						holds = holds || resp.StatusCode == http.StatusTooManyRequests
					}
				})
				return holds
			},
		},
	})
}
