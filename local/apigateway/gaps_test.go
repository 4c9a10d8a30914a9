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
		{
			Fact:   "1.7 301 routes of an API are refused",
			Reason: "the quota can be raised, and no template says whether the account's was",
			Holds: func(t *testing.T) bool {
				_, _, err := Read(change(t, resources(t, 301, func(i int) map[string]any {
					return map[string]any{"Type": "AWS::ApiGatewayV2::Route", "Properties": map[string]any{
						"ApiId": map[string]any{"Ref": "Api"}, "RouteKey": "GET /added/" + itoa(i), "Target": map[string]any{"Fn::Join": []any{"/", []any{"integrations", map[string]any{"Ref": "Integration"}}}},
					}}
				})))
				return err != nil
			},
		},
	})
}
