package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// routes defines four routes to two functions.
func routes(stack awscdk.Stack, code *bundle.Handlers) {
	api := newAPI(stack)
	one, two := newFunction(stack, "One", code), newFunction(stack, "Two", code)
	web.NewRoute(stack, "Get", &web.RouteProps{API: api, Key: "GET /{cart}", Function: one})
	web.NewRoute(stack, "Put", &web.RouteProps{
		API: api, Key: "PUT /{cart}", Function: one,
		Throttle: web.Throttle{PerSecond: 2, Burst: 3},
	})
	web.NewRoute(stack, "Delete", &web.RouteProps{API: api, Key: "DELETE /{cart}", Function: two})
	web.NewRoute(stack, "Rest", &web.RouteProps{API: api, Key: "$default", Function: two})
}

func TestRoutesToAFunctionShareAnIntegrationAndAPermission(t *testing.T) {
	template := synth(t, routes)

	targets := map[string]int{}
	for _, route := range template.All("AWS::ApiGatewayV2::Route") {
		targets[at(t, route.Properties, "Target", "Fn::Join", 1, 1, "Ref").(string)]++
	}
	want := map[string]int{}
	for _, integration := range template.All("AWS::ApiGatewayV2::Integration") {
		want[integration.LogicalID] = 2
	}
	if len(want) != 2 {
		t.Errorf("two functions have %d integrations", len(want))
	}
	if diff := cmp.Diff(want, targets); diff != "" {
		t.Error("routes by integration (-want +got):\n", diff)
	}
	if permissions := template.All("AWS::Lambda::Permission"); len(permissions) != 2 {
		t.Errorf("two functions have %d permissions", len(permissions))
	}
}

func TestRouteInvokesOnlyThroughTheAlias(t *testing.T) {
	template := synth(t, routes)

	var aliases, invoked, permitted []string
	for _, alias := range template.All("AWS::Lambda::Alias") {
		aliases = append(aliases, alias.LogicalID)
		if alias.Properties["Name"] != "live" {
			t.Errorf("alias %v", alias.Properties["Name"])
		}
	}
	for _, integration := range template.All("AWS::ApiGatewayV2::Integration") {
		invoked = append(invoked, at(t, integration.Properties, "IntegrationUri", "Ref").(string))
		if got := integration.Properties["PayloadFormatVersion"]; got != "2.0" {
			t.Errorf("payload format %v", got)
		}
	}
	for _, permission := range template.All("AWS::Lambda::Permission") {
		permitted = append(permitted, at(t, permission.Properties, "FunctionName", "Ref").(string))
	}
	slices.Sort(invoked)
	slices.Sort(permitted)
	if diff := cmp.Diff(aliases, invoked); diff != "" {
		t.Error("integrations (-aliases +invoked):\n", diff)
	}
	if diff := cmp.Diff(aliases, permitted); diff != "" {
		t.Error("permissions (-aliases +permitted):\n", diff)
	}
}

func TestPermissionCoversTheDefaultRouteOfThisAPIAlone(t *testing.T) {
	template := synth(t, routes)

	api := template.Only(t, "AWS::ApiGatewayV2::Api")
	for _, permission := range template.All("AWS::Lambda::Permission") {
		source := at(t, permission.Properties, "SourceArn", "Fn::Join", 1)
		if diff := cmp.Diff(ref(api), at(t, source, 1)); diff != "" {
			t.Error("of (-want +got):\n", diff)
		}
		// $default's source is <api>/$default/$default, which */*/* would not match.
		if end := at(t, source, 2); end != "/*" {
			t.Errorf("the source ends in %q", end)
		}
	}
}

func TestThrottleOfARouteWaitsForTheRoute(t *testing.T) {
	template := synth(t, routes)

	stage := template.Only(t, "AWS::ApiGatewayV2::Stage")
	want := map[string]any{"PUT /{cart}": map[string]any{
		"DetailedMetricsEnabled": true, "ThrottlingRateLimit": 2.0, "ThrottlingBurstLimit": 3.0,
	}}
	if diff := cmp.Diff(any(want), stage.Properties["RouteSettings"]); diff != "" {
		t.Error("RouteSettings (-want +got):\n", diff)
	}
	if diff := cmp.Diff([]string{"Put"}, stage.DependsOn); diff != "" {
		t.Error("the stage waits for (-want +got):\n", diff)
	}
}

func TestMisusedRoute(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	api := newAPI(stack)
	function := newFunction(stack, "Cart", bundle.NewPlaceholders(t.TempDir()))
	web.NewRoute(stack, "Get", &web.RouteProps{API: api, Key: "GET /{cart}/items/{item}", Function: function})

	for _, test := range []struct {
		name, want string
		props      web.RouteProps
	}{
		{
			"a bad key", `web: route "R": key "GTE /{cart}": unknown method GTE, want one of ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT`,
			web.RouteProps{API: api, Key: "GTE /{cart}", Function: function},
		},
		{
			"the same key again", `web: route "R": key "GET /{cart}/items/{item}": the API has route "GET /{cart}/items/{item}" already, which takes the same requests`,
			web.RouteProps{API: api, Key: "GET /{cart}/items/{item}", Function: function},
		},
		{
			"the same key with other names", `web: route "R": key "GET /{id}/items/{product}": the API has route "GET /{cart}/items/{item}" already, which takes the same requests`,
			web.RouteProps{API: api, Key: "GET /{id}/items/{product}", Function: function},
		},
		{"no API", `web: route "R": no API`, web.RouteProps{Key: "GET /", Function: function}},
		{"no function", `web: route "R": no function`, web.RouteProps{API: api, Key: "GET /"}},
		{
			"a throttle below 0", `web: route "R": throttle -1 a second, 1 at once: want both above 0, or neither given`,
			web.RouteProps{API: api, Key: "GET /", Function: function, Throttle: web.Throttle{PerSecond: -1, Burst: 1}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewRoute(stack, "R", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestSameKeyOnAnotherAPI(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		function := newFunction(stack, "Cart", code)
		for _, id := range []string{"One", "Two"} {
			api := web.NewAPI(stack, id, &web.APIProps{DomainName: "api.example.com", Path: strings.ToLower(id), Prefix: "api"})
			web.NewRoute(stack, "Get"+id, &web.RouteProps{API: api, Key: "GET /", Function: function})
		}
	})
	if got := len(template.All("AWS::ApiGatewayV2::Integration")); got != 2 {
		t.Errorf("a function of two APIs has %d integrations", got)
	}
}
