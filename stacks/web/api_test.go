package web_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

func TestAPIAnswersOnlyOnItsDomainName(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) { newAPI(stack) })

	api := template.Only(t, "AWS::ApiGatewayV2::Api")
	if api.Properties["DisableExecuteApiEndpoint"] != true {
		t.Error("the execute-api endpoint answers too")
	}
	stage := template.Only(t, "AWS::ApiGatewayV2::Stage")
	var keys []any
	for _, mapping := range template.All("AWS::ApiGatewayV2::ApiMapping") {
		keys = append(keys, mapping.Properties["ApiMappingKey"])
		if got := mapping.Properties["DomainName"]; got != "api.example.com" {
			t.Errorf("mapping onto %v", got)
		}
		if mapping.Properties["Stage"] != stage.Properties["StageName"] || !slices.Contains(mapping.DependsOn, stage.LogicalID) {
			t.Errorf("mapping %v does not wait for the stage %v", mapping.Properties, stage.Properties["StageName"])
		}
	}
	if diff := cmp.Diff([]any{"cart", "lambda/cart"}, keys); diff != "" {
		t.Error("mapping keys (-want +got):\n", diff)
	}
}

func TestCORSNamesTheOrigins(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) { newAPI(stack) })

	cors := template.Only(t, "AWS::ApiGatewayV2::Api").Properties["CorsConfiguration"]
	if diff := cmp.Diff([]any{"https://www.example.com"}, at(t, cors, "AllowOrigins")); diff != "" {
		t.Error("AllowOrigins (-want +got):\n", diff)
	}
	exposed := []any{"apigw-requestid", "etag", "location", "retry-after"}
	if diff := cmp.Diff(any(exposed), at(t, cors, "ExposeHeaders")); diff != "" {
		t.Error("ExposeHeaders (-want +got):\n", diff)
	}
	if got := at(t, cors, "AllowCredentials"); got != nil {
		t.Error("AllowCredentials: ", got)
	}
}

func TestNoOriginsNoCORS(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewAPI(stack, "API", &web.APIProps{DomainName: "api.example.com", Path: "cart", Prefix: "api"})
	})
	if got := template.Only(t, "AWS::ApiGatewayV2::Api").Properties["CorsConfiguration"]; got != nil {
		t.Error("CorsConfiguration: ", got)
	}
}

func TestAccessLogIsJSONInAGroupThatExpires(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) { newAPI(stack) })

	settings := template.Only(t, "AWS::ApiGatewayV2::Stage").Properties["AccessLogSettings"]
	format, _ := at(t, settings, "Format").(string)
	var fields map[string]string
	if err := json.Unmarshal([]byte(format), &fields); err != nil {
		t.Errorf("format %s: %v", format, err)
	}
	for name, value := range fields {
		if value != "$context."+name {
			t.Errorf("field %q logs %q", name, value)
		}
	}
	// No path: who knows the id of a cart may change the cart, and it is in the
	// path. No claims: there is no authorizer.
	want := []string{
		"authorizer.error", "domainName", "error.message", "error.responseType", "extendedRequestId", "httpMethod",
		"identity.sourceIp", "identity.userAgent", "integrationErrorMessage", "integrationLatency", "integrationStatus",
		"protocol", "requestId", "requestTimeEpoch", "responseLatency", "responseLength", "routeKey", "status",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(fields))); diff != "" {
		t.Error("fields (-want +got):\n", diff)
	}
	group := template.Only(t, "AWS::Logs::LogGroup")
	if name, _ := group.Properties["LogGroupName"].(string); !strings.HasPrefix(name, "/aws/vendedlogs/") {
		t.Errorf("log group %q takes a statement of its own in the account's log policy", name)
	}
	if got := group.Properties["RetentionInDays"]; got != 30.0 {
		t.Errorf("kept for %v days", got)
	}
	if diff := cmp.Diff(ref(group), at(t, settings, "DestinationArn", "Fn::Join", 1, 1)); diff != "" {
		t.Error("logs to (-want +got):\n", diff)
	}
}

func TestThrottleIsTheStages(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewAPI(stack, "API", &web.APIProps{
			DomainName: "api.example.com", Path: "cart", Prefix: "api",
			Throttle: web.Throttle{PerSecond: 7, Burst: 9},
		})
	})
	want := map[string]any{"DetailedMetricsEnabled": true, "ThrottlingRateLimit": 7.0, "ThrottlingBurstLimit": 9.0}
	got := template.Only(t, "AWS::ApiGatewayV2::Stage").Properties["DefaultRouteSettings"]
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestMisusedAPI(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	for _, test := range []struct {
		name, want string
		props      web.APIProps
	}{
		{"no domain name", `web: api "API": no domain name`, web.APIProps{Path: "cart", Prefix: "api"}},
		{"a path with a slash", `web: api "API": path "cart/v2": want one path segment of a-z, 0-9 and hyphens`, web.APIProps{DomainName: "a.example.com", Path: "cart/v2", Prefix: "api"}},
		{"an origin that is an address", `web: api "API": origin "https://admin.example.com/": want ` + web.PageOrigin, web.APIProps{DomainName: "a.example.com", Path: "cart", Prefix: "api", AllowOrigins: []string{"https://admin.example.com/"}}},
		{"a prefix with a slash", `web: api "API": prefix "/api": want one path segment of a-z, 0-9 and hyphens`, web.APIProps{DomainName: "a.example.com", Path: "cart", Prefix: "/api"}},
		{"half a throttle", `web: api "API": throttle 5 a second, 0 at once: want both above 0, or neither given`, web.APIProps{DomainName: "a.example.com", Path: "cart", Prefix: "api", Throttle: web.Throttle{PerSecond: 5}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewAPI(stack, "API", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
