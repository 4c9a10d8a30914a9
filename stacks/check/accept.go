package check

import (
	"fmt"

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

// Accept excepts a construct's resource from rules. The template shows it, with
// its reason.
func Accept(construct constructs.IConstruct, exceptions ...Exception) {
	resource, ok := construct.(awscdk.CfnResource)
	if !ok {
		resource = construct.Node().DefaultChild().(awscdk.CfnResource)
	}
	var suppressions []any
	if given, ok := resource.GetMetadata(jsii.String(metadataKey)).(map[string]any); ok {
		suppressions, _ = given["rules_to_suppress"].([]any)
	}
	for _, exception := range exceptions {
		if exception.Rule == "" || len(exception.Reason) < 10 {
			panic(fmt.Sprintf("check: exception from %q for %q: want a rule, and a reason of ten letters at least", exception.Rule, exception.Reason))
		}
		suppression := map[string]any{"id": exception.Rule, "reason": exception.Reason}
		if len(exception.Findings) > 0 {
			suppression["applies_to"] = exception.Findings
		}
		suppressions = append(suppressions, suppression)
	}
	resource.AddMetadata(jsii.String(metadataKey), map[string]any{"rules_to_suppress": suppressions})
}

// AcceptGrants excepts what a role has been granted from rules: the policy in
// which the CDK gathers it.
func AcceptGrants(role constructs.IConstruct, exceptions ...Exception) {
	Accept(role.Node().FindChild(jsii.String("DefaultPolicy")), exceptions...)
}
