package apigateway

import (
	"fmt"
	"strings"

	"annex/local/wildcard"
)

// Permitted says whether one of the permissions lets API Gateway invoke the
// route's function. They must all be for that function.
func Permitted(permissions []Permission, account, source string) bool {
	for _, p := range permissions {
		if p.SourceAccount != "" && p.SourceAccount != account {
			continue
		}
		if p.SourceARN == "" || wildcard.MatchARN(p.SourceARN, source) {
			return true
		}
	}
	return false
}

// sourceARN is what API Gateway calls itself when it invokes the function of
// a route. It has the route's path with its parameters unfilled, as the
// console and the CDK write it into permissions. $default has no path and no
// method, so its resource is one segment shorter, and …/*/*/* does not cover
// it. Which method a route for ANY has is not documented: the request's is
// the one that a permission for a single method could mean.
func sourceARN(api *API, stage string, key RouteKey, method, functionARN string) string {
	source := "arn:" + PartitionOf(functionARN) + ":execute-api:" + api.Region + ":" + api.Account + ":" + api.ID + "/" + stage
	if key.String() == defaultRouteKey {
		return source + "/" + defaultRouteKey
	}
	if key.method != anyMethod {
		method = key.method
	}
	_, path, _ := strings.Cut(key.String(), " ")
	return source + "/" + method + path
}

// missingPermission says which permission to add.
func missingPermission(t *target, source string) error {
	granted := "it has none for API Gateway"
	if len(t.permissions) > 0 {
		var sources []string
		for _, p := range t.permissions {
			sources = append(sources, p.describe())
		}
		granted = "it only allows " + strings.Join(sources, " and ")
	}
	return fmt.Errorf("route %q may not invoke %s: %s; add an AWS::Lambda::Permission for that function with Action lambda:InvokeFunction, Principal apigateway.amazonaws.com and a SourceArn that covers %s",
		t.route.Key, t.route.FunctionARN, granted, source)
}

func (p Permission) describe() string {
	source := p.SourceARN
	if source == "" {
		source = "any source"
	}
	if p.SourceAccount != "" {
		source += " of account " + p.SourceAccount
	}
	return source
}
