package check

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Exception is a rule that does not hold for a resource, of these checks or of
// cdk-nag's.
type Exception struct {
	// Rule is the rule's ID: "AX080", "AwsSolutions-IAM5". Required.
	Rule string
	// Reason says why the resource is right as it is. Required.
	Reason string
	// Findings are what of the rule is excepted, as cdk-nag's message has it in
	// brackets: "Resource::*".
	// Default: all that the rule finds.
	Findings []string
}

// metadataKey is where cdk-nag looks for suppressions in a resource's metadata.
// Written here and not by its library, they do not have Node load that.
const metadataKey = "cdk_nag"

// Accept excepts a construct's resources, and those below it, from rules. The
// template shows it with its reason.
func Accept(scope constructs.IConstruct, exceptions ...Exception) {
	var suppressions []any
	for _, exception := range exceptions {
		if exception.Rule == "" || exception.Reason == "" {
			panic("check: an exception needs a rule and a reason")
		}
		suppression := map[string]any{"id": exception.Rule, "reason": exception.Reason}
		if len(exception.Findings) > 0 {
			suppression["applies_to"] = exception.Findings
		}
		suppressions = append(suppressions, suppression)
	}
	for _, construct := range *scope.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		resource, ok := construct.(awscdk.CfnResource)
		if !ok {
			continue
		}
		all := suppressions
		if given, ok := resource.GetMetadata(jsii.String(metadataKey)).(map[string]any); ok {
			earlier, _ := given["rules_to_suppress"].([]any)
			all = append(append([]any{}, earlier...), suppressions...)
		}
		resource.AddMetadata(jsii.String(metadataKey), map[string]any{"rules_to_suppress": all})
	}
}
