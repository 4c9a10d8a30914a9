package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	apiType   = "AWS::ApiGatewayV2::Api"
	stageType = "AWS::ApiGatewayV2::Stage"
	routeType = "AWS::ApiGatewayV2::Route"
)

var routes = []Rule{
	{
		ID:     "AX030",
		Title:  "two routes of an API take the same requests",
		Fix:    "take one of them away: the names of variables do not tell routes apart",
		Source: "API Gateway, Create routes for HTTP APIs",
		check:  each(sameRoute, apiType),
	},
	{
		ID:     "AX031",
		Title:  "the stage has settings of a route that the API does not have",
		Fix:    "write the key in RouteSettings as in the route's RouteKey, or take it away",
		Source: "CloudFormation, AWS::ApiGatewayV2::Stage: RouteSettings",
		check:  each(unknownRouteSettings, stageType),
	},
	{
		ID:     "AX032",
		Title:  "the stage may be made before a route that it has settings of",
		Fix:    "make the stage depend on the route: stage.AddResourceDependency(route, …)",
		Source: "CloudFormation, AWS::ApiGatewayV2::Stage: RouteSettings; DependsOn attribute",
		check:  each(routeSettingsOrder, stageType),
	},
	{
		ID:     "AX033",
		Title:  "the API has more than an HTTP API may",
		Fix:    "make two APIs of it, each mapped onto the domain name by a key of its own",
		Source: "API Gateway, Quotas for configuring and running an HTTP API",
		check:  each(apiQuotas, apiType),
	},
	{
		ID:     "AX034",
		Title:  "the API has no route, and AWS deploys none without",
		Fix:    "add a route to it, or take the API away",
		Source: "API Gateway, API reference: CreateDeployment (at least one route is required)",
		check:  each(noRoute, apiType),
	},
	{
		ID:     "AX035",
		Title:  "an authorizer catches preflights, which browsers send without credentials",
		Fix:    "add an OPTIONS route of the same path without an authorizer (for $default, OPTIONS /{proxy+}), or name the methods",
		Source: "API Gateway, Configuring CORS for HTTP APIs",
		check:  each(caughtPreflight, routeType),
	},
}

// of gives the resources of a type that belong to an API.
func (r *Resource) of(resourceType string) (found []*Resource) {
	for _, other := range r.Stack.set.all(resourceType) {
		if other.target("ApiId") == r {
			found = append(found, other)
		}
	}
	return found
}

var variable = regexp.MustCompile(`\{[^}+]*(\+?)\}`)

// shape is a route key without the names of its variables.
func shape(key string) string { return variable.ReplaceAllString(key, "{$1}") }

func sameRoute(api *Resource) (findings []Finding) {
	owners := map[string]*Resource{}
	for _, route := range api.of(routeType) {
		key := route.text("RouteKey")
		if owner := owners[shape(key)]; owner != nil {
			findings = append(findings, route.finding("RouteKey", "%s is %s", owner.Path, quote(owner.text("RouteKey"), key)))
			continue
		}
		owners[shape(key)] = route
	}
	return findings
}

// quote says how one key is to another.
func quote(one, other string) string {
	if one == other {
		return fmt.Sprintf("%q too", one)
	}
	return fmt.Sprintf("%q, this %q", one, other)
}

// routeSettings gives the keys that a stage has settings of, sorted, with the
// route of each, or nil.
func routeSettings(stage *Resource) (keys []string, routes map[string]*Resource) {
	settings, _ := stage.property("RouteSettings").(map[string]any)
	routes = map[string]*Resource{}
	for key := range settings {
		routes[key] = nil
	}
	if api := stage.target("ApiId"); api != nil {
		for _, route := range api.of(routeType) {
			if _, ok := settings[route.text("RouteKey")]; ok {
				routes[route.text("RouteKey")] = route
			}
		}
		return slices.Sorted(maps.Keys(routes)), routes
	}
	return nil, nil
}

func unknownRouteSettings(stage *Resource) (findings []Finding) {
	keys, routes := routeSettings(stage)
	for _, key := range keys {
		if routes[key] == nil {
			findings = append(findings, stage.finding("RouteSettings", "%s", key))
		}
	}
	return findings
}

func routeSettingsOrder(stage *Resource) (findings []Finding) {
	keys, routes := routeSettings(stage)
	for _, key := range keys {
		if route := routes[key]; route != nil && route.Stack == stage.Stack && !stage.follows(route) {
			findings = append(findings, stage.finding("RouteSettings", "%s", key))
		}
	}
	return findings
}

func apiQuotas(api *Resource) (findings []Finding) {
	for _, quota := range []struct {
		what, resourceType string
		most               int
	}{
		{"routes", routeType, 300},
		{"integrations", integrationType, 300},
		{"authorizers", authorizerType, 10},
		{"stages", stageType, 10},
	} {
		if n := len(api.of(quota.resourceType)); n > quota.most {
			findings = append(findings, api.finding("", "%d %s, want at most %d", n, quota.what, quota.most))
		}
	}
	return findings
}

func noRoute(api *Resource) []Finding {
	defined := api.property("Body") != nil || api.property("BodyS3Location") != nil || api.property("RouteKey") != nil
	if api.text("ProtocolType") != "HTTP" || defined || len(api.of(routeType)) > 0 {
		return nil
	}
	return []Finding{api.finding("", "%s", api.text("Name"))}
}

// open tells whether anyone may call a route.
func open(route *Resource) bool {
	kind := route.text("AuthorizationType")
	return kind == "" || kind == "NONE"
}

func caughtPreflight(route *Resource) []Finding {
	key := route.text("RouteKey")
	method, path, _ := strings.Cut(key, " ")
	if open(route) || isWebSocket(route) || method != "ANY" && method != "OPTIONS" && key != "$default" {
		return nil
	}
	if key == "$default" {
		path = "/{proxy+}"
	}
	if api := route.target("ApiId"); api != nil {
		for _, other := range api.of(routeType) {
			if open(other) && shape(other.text("RouteKey")) == shape("OPTIONS "+path) {
				return nil
			}
		}
	}
	return []Finding{route.finding("AuthorizationType", "%s has %s", key, route.text("AuthorizationType"))}
}
