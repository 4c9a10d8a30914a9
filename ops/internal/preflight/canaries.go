package preflight

import (
	"context"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// checkCanaries finds what an alias cannot do while it shares requests between
// two versions: both have to have the same execution role and dead-letter queue
// (Lambda developer guide, "Implement Lambda canary deployments using a weighted
// alias").
func checkCanaries(ctx context.Context, w *world) []Finding {
	var findings []Finding
	for _, alias := range w.resources("AWS::Lambda::Alias") {
		own, deployed := alias.owned()
		function, ok := alias.stack.function(alias.raw("FunctionName"))
		if !deployed || !ok {
			continue
		}
		weighted, err := isWeighted(ctx, w.services.Regions[alias.Stack.Region].Functions, own.id)
		if err != nil {
			findings = append(findings, unknown(alias.String(), err))
			continue
		}
		policy := alias.stack.next.Resources[alias.LogicalID].UpdatePolicy
		findings = append(findings, judgeCanary(function, policy["CodeDeployLambdaAliasUpdate"] != nil, weighted)...)
	}
	return findings
}

func judgeCanary(function resource, shifts, weighted bool) []Finding {
	var findings []Finding
	if weighted {
		findings = append(findings, stops(function.String(), "wait until it is done, or stop it in CodeDeploy",
			"its alias shares requests between two versions now: a canary is under way"))
	}
	before := function.stack.deployed.template.Resources[function.LogicalID].Properties
	for _, property := range []string{"Role", "DeadLetterConfig"} {
		if (shifts || weighted) && !reflect.DeepEqual(before[property], function.raw(property)) {
			findings = append(findings, stops(function.String(), "deploy that change alone first, with the traffic shifted all at once",
				"its %s changes, and an alias shares requests only between versions that have the same", property))
		}
	}
	return findings
}

// isWeighted reports whether the alias, an ARN, sends some requests to a second
// version.
func isWeighted(ctx context.Context, client Functions, arn string) (bool, error) {
	i := strings.LastIndex(arn, ":")
	if i < 0 {
		return false, nil
	}
	got, err := client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String(arn[:i]), Name: aws.String(arn[i+1:])})
	if err != nil {
		return false, err
	}
	return got.RoutingConfig != nil && len(got.RoutingConfig.AdditionalVersionWeights) > 0, nil
}

// function gives the function that a property refers to.
func (s *stack) function(reference any) (resource, bool) {
	object, _ := reference.(map[string]any)
	id, _ := object["Ref"].(string)
	if pair, ok := object["Fn::GetAtt"].([]any); ok && len(pair) > 0 {
		id, _ = pair[0].(string)
	}
	for _, r := range s.resources("AWS::Lambda::Function") {
		if r.LogicalID == id {
			return r, true
		}
	}
	return resource{}, false
}
