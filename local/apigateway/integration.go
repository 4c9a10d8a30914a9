package apigateway

import (
	"fmt"
	"strings"
	"time"

	"annex/local/assembly"
)

// Integration is what routes lead to (AWS::ApiGatewayV2::Integration).
type Integration struct {
	FunctionARN string
	Timeout     time.Duration // zero for the longest that there is
	Unsupported string        // as Domain.Unsupported
}

// Integrations are those of an assembly, by the API's ID, a slash and their own.
type Integrations map[string]Integration

// Target is the integration that a route of an API has as its target. Without one
// it is said in the notices that nothing is served there.
func (all Integrations) Target(route *assembly.Resource, api, target string, notices *assembly.Notices) (Integration, error) {
	if target == "" {
		return Integration{Unsupported: notices.Add(route, "Target", "the route has no integration, so what comes by it has nowhere to go")}, nil
	}
	in, ok := all[api+"/"+strings.TrimPrefix(target, "integrations/")]
	if !ok {
		return Integration{}, fmt.Errorf("%s: Target: %q is no integration of its API, want integrations/ and the ID of one", route, target)
	}
	return in, nil
}

// FunctionARN reads a function's ARN from an integration's URI, which is the
// ARN itself or the path of Lambda's Invoke with the ARN in it.
func FunctionARN(uri any) (string, error) {
	text, ok := uri.(string)
	if !ok {
		return "", fmt.Errorf("local mode cannot tell what it is: %v", uri)
	}
	arn := text
	if _, after, found := strings.Cut(text, ":lambda:path/2015-03-31/functions/"); found {
		arn = strings.TrimSuffix(after, "/invocations")
	}
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function" || strings.Contains(arn, "${") {
		return "", fmt.Errorf("%s is not a function's ARN", text)
	}
	return arn, nil
}
