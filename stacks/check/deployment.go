package check

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// deploymentHandler is the construct ID of the function that a stack's bucket
// deployments share: its resources are the CDK's, not ours.
const deploymentHandler = "Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C"

// acceptDeployments excepts, in each stack that has it, the function that copies
// files into buckets, and its role.
func acceptDeployments(app awscdk.App) {
	const its = "the CDK's BucketDeployment writes it so, and has no prop for it: "
	for _, stack := range *app.Node().Children() {
		handler := stack.Node().TryFindChild(jsii.String(deploymentHandler))
		if handler == nil {
			continue
		}
		Accept(handler,
			Exception{Rule: "AwsSolutions-L1", Reason: its + "the runtime that its Python code is tested with"},
			Exception{Rule: "Serverless-LambdaLatestVersion", Reason: its + "the runtime that its Python code is tested with"},
			Exception{Rule: "Serverless-LambdaTracing", Reason: its + "it runs during a deployment, which waits for it and shows its error"},
			Exception{Rule: "Serverless-LambdaDLQ", Reason: its + "CloudFormation waits for its answer, and fails the deployment without one"})
		role := handler.Node().FindChild(jsii.String("ServiceRole"))
		Accept(role,
			Exception{Rule: "AwsSolutions-IAM4", Reason: its + "AWS's own policy, for writing the function's logs"})
		const reach = its + "the objects of two buckets, the CDK's assets and the one that it fills"
		AcceptGrants(role,
			Exception{Rule: "AwsSolutions-IAM5", Reason: reach},
			Exception{Rule: "AX080", Reason: reach})
		if invalidates(role) {
			AcceptGrants(role, Exception{Rule: "AX081", Reason: its + "the invalidation of any distribution"})
		}
	}
}

// invalidates tells whether the role may have CloudFront forget what it cached,
// as it may where a deployment of its stack names a distribution.
func invalidates(role constructs.IConstruct) bool {
	policy := role.Node().FindChild(jsii.String("DefaultPolicy")).(awsiam.Policy)
	document, err := json.Marshal(awscdk.Stack_Of(role).Resolve(policy.Document()))
	return err == nil && strings.Contains(string(document), `"cloudfront:CreateInvalidation"`)
}
