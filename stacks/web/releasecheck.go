package web

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/check"
)

// ReleaseCheckProps describe what tries a function's new version.
type ReleaseCheckProps struct {
	// Function is what is checked: one that has Deployments. Required.
	Function *Function

	// Code is the handler of the check: code.Handler("cartcheck"). It takes
	// CodeDeploy's event, and answers it with PutLifecycleEventHookExecutionStatus
	// (lambdas/internal/release does all of that). Required.
	Code bundle.Handler

	// Environment is what the handler finds in its environment, beside
	// FUNCTION_ARN, the checked function's unqualified ARN, and VERSION, the
	// number of its new version.
	// Default: nothing more.
	Environment map[string]string

	// Timeout is how long the check may take, in whole seconds from 10: of them
	// lambdas/internal/release keeps the last 8 to clean up and report. A check
	// that ends without an answer holds up the release for an hour, after which
	// CodeDeploy takes it for failed: so let the handler give up earlier.
	// Default: 1 minute.
	Timeout time.Duration

	// LogRetention is how long CloudWatch keeps the check's logs.
	// Default: one month.
	LogRetention awslogs.RetentionDays
}

// ReleaseCheck is a function that tries another's new version with real
// requests: before anybody else calls it, and again when everybody does.
type ReleaseCheck struct {
	// Function is what is granted access: carts.Grant(check.Function, …).
	Function awslambda.Function
}

// NewReleaseCheck defines the check of a function's releases. Where it fails,
// the alias stays with the old version, or goes back to it.
//
// CodeDeploy calls it by its name, which is as it was just deployed. It has no
// alias of its own, nor a version: there is one release at a time that it could
// be for, and it names that in its environment.
func NewReleaseCheck(scope constructs.Construct, id string, props *ReleaseCheckProps) *ReleaseCheck {
	checked := props.Function
	switch {
	case checked == nil:
		panic(&Error{"release check", id, errors.New("no function")})
	case checked.deployments == nil:
		panic(&Error{"release check", id, errors.New("the function has no Deployments, so nothing would ask for its check")})
	case checked.checked:
		panic(&Error{"release check", id, errors.New("the function has one already")})
	}
	environment := map[string]string{
		"FUNCTION_ARN": *checked.Function.FunctionArn(),
		"VERSION":      *checked.Function.CurrentVersion().Version(),
	}
	if err := props.validate(environment); err != nil {
		panic(&Error{"release check", id, err})
	}
	checked.checked = true

	maps.Copy(environment, props.Environment)
	_, function := newFunction(scope, "release check", id, &FunctionProps{
		Code:         props.Code,
		Environment:  environment,
		Timeout:      cmp.Or(props.Timeout, time.Minute),
		LogRetention: props.LogRetention,
	})

	// On any version, for a grant that names the new one would be as new as that,
	// and IAM takes some time to know of a grant.
	role := function.Role()
	role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("lambda:InvokeFunction"),
		Resources: jsii.Strings(*checked.Function.FunctionArn() + ":*"),
	}))
	role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("lambda:GetAlias"),
		Resources: jsii.Strings(*checked.Function.FunctionArn(), *checked.Function.FunctionArn()+":"+liveAlias),
	}))
	role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("codedeploy:PutLifecycleEventHookExecutionStatus"),
		Resources: &[]*string{checked.groupARN()},
	}))
	checked.deployments.role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("lambda:InvokeFunction"),
		Resources: &[]*string{function.FunctionArn()},
	}))
	check.AcceptGrants(role, check.Exception{
		Rule:     "AwsSolutions-IAM5",
		Findings: []string{"Resource::<" + logicalID(checked.Function) + ".Arn>:*"},
		Reason:   "it calls whichever version is being released, and the alias: a grant of the version alone might not be known yet when it calls",
	})
	if checked.policy != nil {
		checked.policy.BeforeAllowTrafficHook = function.FunctionName()
		checked.policy.AfterAllowTrafficHook = function.FunctionName()
		checked.updateAlias()
		// The function's own dependencies are its grants.
		checked.Live.Node().AddDependency(function)
	}
	check.Accept(function, check.Exception{
		Rule:   "Serverless-LambdaDLQ",
		Reason: "CodeDeploy waits for its answer, and takes the release back without one",
	})
	return &ReleaseCheck{Function: function}
}

// validate says what of it would fail every release. The environment is what
// the check finds beside the props' own.
func (p *ReleaseCheckProps) validate(environment map[string]string) error {
	if p.Timeout != 0 && p.Timeout < 10*time.Second {
		return fmt.Errorf("timeout %s: want 10 s or more, of which lambdas/internal/release keeps 8 s to clean up and report", p.Timeout)
	}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		if _, ok := p.Environment[name]; ok {
			return fmt.Errorf("environment variable %q: want another name: there the check finds what it checks", name)
		}
	}
	return nil
}

// logicalID gives that of a function's resource.
func logicalID(function awslambda.Function) string {
	return *awscdk.Stack_Of(function).GetLogicalId(function.Node().DefaultChild().(awscdk.CfnElement))
}
