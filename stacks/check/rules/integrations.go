package rules

import (
	"fmt"
	"strings"
)

const (
	integrationType = "AWS::ApiGatewayV2::Integration"
	authorizerType  = "AWS::ApiGatewayV2::Authorizer"
	permissionType  = "AWS::Lambda::Permission"
	functionType    = "AWS::Lambda::Function"
	aliasType       = "AWS::Lambda::Alias"
	versionType     = "AWS::Lambda::Version"
)

var integrations = []Rule{
	{
		ID:     "AX036",
		Title:  "a function is called by its name, and not by an alias",
		Fix:    "name the alias (Function.Live.FunctionArn()): a deployment moves that from version to version, and back",
		Source: "Lambda, Create an alias for a Lambda function",
		check:  calledByName,
	},
	{
		ID:     "AX037",
		Title:  "API Gateway may not call the function of a route, and will answer 500",
		Fix:    "add a permission for apigateway.amazonaws.com on the alias, with a SourceArn that takes in the route: that of $default ends in /$default and has no method, so */*/* does not",
		Source: "API Gateway, Troubleshooting issues with HTTP API Lambda integrations",
		check:  each(uncallable, routeType),
	},
	{
		ID:     "AX038",
		Title:  "the authorizer's issuer is not one that API Gateway asks",
		Fix:    "give the issuer as an https:// URL, below which it has .well-known/openid-configuration",
		Source: "API Gateway, Control access to HTTP APIs with JWT authorizers",
		check:  each(issuer, authorizerType),
	},
	{
		ID:     "AX039",
		Title:  "the Lambda authorizer is to give simple responses, but not in format 2.0",
		Fix:    "set AuthorizerPayloadFormatVersion to 2.0",
		Source: "API Gateway, Control access to HTTP APIs with AWS Lambda authorizers",
		check:  each(simpleResponses, authorizerType),
	},
}

// calledByName looks at what calls functions for good: what a stack calls while
// it is deployed, it means to have the newest of.
func calledByName(set *Set) (findings []Finding) {
	for _, caller := range []struct{ resourceType, property string }{
		{integrationType, "IntegrationUri"},
		{authorizerType, "AuthorizerUri"},
		{"AWS::Lambda::EventSourceMapping", "FunctionName"},
		{"AWS::Scheduler::Schedule", "Target.Arn"},
	} {
		for _, r := range set.all(caller.resourceType) {
			for _, function := range r.Stack.targets(r.property(strings.Split(caller.property, ".")...)) {
				if function.Type == functionType {
					findings = append(findings, r.finding(caller.property, "%s", function.Path))
				}
			}
		}
	}
	return findings
}

// uncallable compares the ARN that API Gateway calls for a route with the
// permissions of the function.
func uncallable(route *Resource) []Finding {
	api := route.target("ApiId")
	integration := route.Stack.target(strings.TrimPrefix(route.text("Target"), "integrations/"))
	if api == nil || integration == nil {
		return nil
	}
	called := integration.target("IntegrationUri")
	if called == nil || called.Type != functionType && called.Type != aliasType && called.Type != versionType {
		return nil
	}
	for _, stage := range api.of(stageType) {
		source := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s", api.Stack.Region, api.Stack.Account,
			route.text("ApiId"), stage.text("StageName"), strings.Replace(route.text("RouteKey"), " ", "", 1))
		if !mayCall(called, source) {
			return []Finding{route.finding("Target", "%s to %s", route.text("RouteKey"), called.Path)}
		}
	}
	return nil
}

// mayCall tells whether a permission lets API Gateway call a function, or an
// alias of it, for a source.
func mayCall(called *Resource, source string) bool {
	for _, permission := range called.Stack.set.all(permissionType) {
		if permission.target("FunctionName") != called || permission.text("Principal") != "apigateway.amazonaws.com" {
			continue
		}
		if pattern := permission.text("SourceArn"); pattern == "" || wildcard(pattern, source) {
			return true
		}
	}
	return false
}

// wildcard tells whether a pattern, in which * is any text, takes in a text.
func wildcard(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, text, ok = strings.Cut(text, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

func issuer(r *Resource) []Finding {
	issuer := r.text("JwtConfiguration", "Issuer")
	if r.text("AuthorizerType") != "JWT" || strings.HasPrefix(issuer, "https://") || !literal(issuer) {
		return nil
	}
	return []Finding{r.finding("JwtConfiguration.Issuer", "%q", issuer)}
}

func simpleResponses(r *Resource) []Finding {
	version := r.text("AuthorizerPayloadFormatVersion")
	if r.text("EnableSimpleResponses") != "true" || version == "2.0" || version == "2" {
		return nil
	}
	return []Finding{r.finding("AuthorizerPayloadFormatVersion", "it is %q", version)}
}
