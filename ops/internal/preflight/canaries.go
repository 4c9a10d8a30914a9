package preflight

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// checkCanaries finds what an alias cannot do where it is, and what it cannot
// while it shares requests between two versions: both have to have the same execution role and dead-letter queue
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
		weighted, version, err := readAlias(ctx, w.services.Regions[alias.Stack.Region].Functions, own.id)
		if err != nil {
			findings = append(findings, unknown(alias.String(), err))
			continue
		}
		if !weighted { // or CodeDeploy is moving it
			findings = append(findings, judgeLive(alias, w.stage.Name, own.id, version)...)
		}
		policy := alias.stack.next.Resources[alias.LogicalID].UpdatePolicy
		findings = append(findings, judgeCanary(function, w.stage.Name, alias.stack.shifts(policy), weighted)...)
	}
	return findings
}

// shifts tells whether an alias with the update policy shares requests while it
// is moved: as CodeDeploy's deployment group says, if not all at once.
func (s *stack) shifts(policy map[string]any) bool {
	update, ok := policy["CodeDeployLambdaAliasUpdate"].(map[string]any)
	if !ok {
		return false
	}
	group, _ := update["DeploymentGroupName"].(map[string]any)
	id, _ := group["Ref"].(string)
	config, _ := s.next.Resources[id].Properties["DeploymentConfigName"].(string)
	return !strings.HasSuffix(config, "AllAtOnce")
}

func judgeCanary(function resource, stage string, shifts, weighted bool) []Finding {
	var findings []Finding
	if weighted {
		findings = append(findings, stops(function.String(), "wait until it is done, or stop it in CodeDeploy",
			"its alias shares requests between two versions now: a canary is under way"))
	}
	before := function.stack.deployed.template.Resources[function.LogicalID].Properties
	for _, property := range []string{"Role", "DeadLetterConfig"} {
		if (shifts || weighted) && !reflect.DeepEqual(before[property], function.raw(property)) {
			alone := fmt.Sprintf("deploy that change alone first, at once and unchecked: npx cdk deploy -c stage=%s -c release=direct -e %s", stage, function.stack.Name)
			findings = append(findings, stops(function.String(), alone,
				"its %s changes, and an alias shares requests only between versions that have the same", property))
		}
	}
	return findings
}

// readAlias reports whether the alias, an ARN, sends some requests to a second
// version, and which its own is.
func readAlias(ctx context.Context, client Functions, arn string) (weighted bool, version string, err error) {
	i := strings.LastIndex(arn, ":")
	if i < 0 {
		return false, "", nil
	}
	got, err := client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String(arn[:i]), Name: aws.String(arn[i+1:])})
	if err != nil {
		return false, "", err
	}
	return got.RoutingConfig != nil && len(got.RoutingConfig.AdditionalVersionWeights) > 0, aws.ToString(got.FunctionVersion), nil
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
