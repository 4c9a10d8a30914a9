package apigateway

import (
	"fmt"
	"strings"
)

// permitted says whether one of the permissions lets API Gateway invoke the
// route's function. They must all be for that function.
func permitted(permissions []Permission, account, source string) bool {
	for _, p := range permissions {
		if p.SourceAccount != "" && p.SourceAccount != account {
			continue
		}
		if p.SourceARN == "" || likeARN(p.SourceARN, source) {
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
	source := "arn:" + partitionOf(functionARN) + ":execute-api:" + api.Region + ":" + api.Account + ":" + api.ID + "/" + stage
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

// likeARN is IAM's ArnLike: each of the ARN's six parts is compared by
// itself, * is any run of characters and ? any one, across slashes too.
func likeARN(pattern, arn string) bool {
	patterns, parts := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(patterns) != 6 || len(parts) != 6 {
		return pattern == "*"
	}
	for i := range patterns {
		if !like(patterns[i], parts[i]) {
			return false
		}
	}
	return true
}

// like matches with * and ?, going back to the last * when what follows it
// does not match.
func like(pattern, text string) bool {
	p, t := 0, 0
	star, from := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
