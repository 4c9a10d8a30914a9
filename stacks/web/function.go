package web

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/check"
)

// HandlerMetadata is the key of a function's template metadata that names its
// handler's folder, relative to the root of the repository. local/ finds by it
// what to compile.
const HandlerMetadata = "annex:handler"

// FunctionProps describe a Lambda function.
type FunctionProps struct {
	// Code is the handler that the function runs: code.Handler("cart").
	// Required.
	Code bundle.Handler

	// Environment is what the handler finds in its environment. Lambda allows
	// 4 KB.
	// Default: GOMEMLIMIT, nine tenths of MemoryMiB, which another may replace.
	Environment map[string]string

	// Secrets are the Secrets Manager secrets that the handler reads, each by
	// the environment variable that names it: "PAYMENT_KEY": "shop/payment". The
	// function is granted to read them, and reads them with
	// lambdas/internal/secrets. Their owner makes and fills them, in the stack's
	// account and region; nothing here knows their values.
	// Default: none.
	Secrets map[string]string

	// Parameters are the same for parameters of Systems Manager:
	// "FREE_SHIPPING": "/shop/free-shipping".
	// Default: none.
	Parameters map[string]string

	// Keys are the ARNs of the customer-managed KMS keys that encrypt the
	// secrets and parameters. Each key's own policy must let the account's IAM
	// policies decide, as it does by default.
	// Default: none; AWS's own keys need no grant.
	Keys []string

	// Layers have files that the handler finds below /opt, at Layer.Path. Of two
	// with a file of the same name the last one's is there.
	// Default: none.
	Layers []*Layer

	// MemoryMiB is the function's memory, which decides its share of a CPU too:
	// 1,769 MiB is one. The handler's garbage is collected before it exceeds that.
	// Default: 256.
	MemoryMiB int

	// Timeout is how long one invocation may take, in whole seconds. An HTTP
	// API answers 503 after 30 s, whatever the function does.
	// Default: 10 s.
	Timeout time.Duration

	// Concurrency is how many invocations may run at once, and which of its
	// environments are there beforehand.
	// Default: the account's limit, and none.
	Concurrency Concurrency

	// Warmer is what keeps Concurrency.Warm. Required with that.
	Warmer *Warmer

	// LogRetention is how long CloudWatch keeps the function's logs.
	// Default: one month.
	LogRetention awslogs.RetentionDays

	// AlarmTopic is told when Lambda refuses to run the function, and when a
	// version that Deployments released fails or is slow. It has to be of the
	// function's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic

	// Deployments is what CodeDeploy releases the function's versions in.
	// Default: CloudFormation moves the alias to each new version at once.
	Deployments *Deployments

	// Release is how requests go from the old version to the new one. It takes
	// Deployments.
	// Default: all at once.
	Release Release

	// LatencyP99 is what 99 of 100 calls of the new version have to be done in,
	// in whole milliseconds and without its start, or its release goes back.
	// Default: half of Timeout.
	LatencyP99 time.Duration
}

// liveAlias is what everything that calls a function calls.
const liveAlias = "live"

// Function is a Lambda function with its log group and the alias "live", which
// everything that invokes the function names.
type Function struct {
	// Function is what is granted access: carts.GrantReadData(cart.Function).
	Function awslambda.Function
	// Live is the alias that is invoked. A deployment points it at the newest
	// version; the earlier ones are kept, for pointing it back by hand.
	Live awslambda.Alias

	scope    constructs.Construct
	timeout  time.Duration
	reserved int  // of its concurrency, or 0
	excused  bool // from having a dead-letter queue of its own

	// Of a function that something else than a caller has called.
	errorsWatched       bool
	destinationsWatched bool
	calls               *asynchronous // those of its schedules

	// Of a function that CodeDeploy releases.
	deployments *Deployments
	group       awscodedeploy.CfnDeploymentGroup
	policy      *awscdk.CfnCodeDeployLambdaAliasUpdate // nil for Direct
	checked     bool                                   // it has a release check
}

// NewFunction defines a function on provided.al2023 and arm64, traced by X-Ray,
// that logs JSON. It asks for its handler's code, which is what compiles
// handlers (see bundle.NewHandlers), only if the CLI selected its stack.
func NewFunction(scope constructs.Construct, id string, props *FunctionProps) *Function {
	group, function := newFunction(scope, "function", id, props)
	live := awslambda.NewAlias(group, jsii.String("Live"), &awslambda.AliasProps{
		AliasName: jsii.String(liveAlias),
		Version:   function.CurrentVersion(),

		ProvisionedConcurrentExecutions: number(props.Concurrency.Provisioned.fixed()),
	})
	props.Concurrency.Provisioned.scale(live)
	if warm := props.Concurrency.Warm; warm != nil {
		props.Warmer.keepWarm(group, live, warm)
	}
	f := &Function{Function: function, Live: live, scope: group, timeout: props.timeout(), reserved: props.Concurrency.Reserved}
	if props.AlarmTopic != nil {
		watchThrottles(group, id, function, props.AlarmTopic)
	}
	if props.Deployments != nil {
		alarms := f.watchRelease(id, props.latency(), props.AlarmTopic)
		props.Deployments.release(f, props.Release, alarms)
	}
	return f
}

// newFunction defines the function itself, with its role and its log group, in
// a construct of its own.
func newFunction(scope constructs.Construct, construct, id string, props *FunctionProps) (constructs.Construct, awslambda.Function) {
	code, err := codeOf(props.Code, *awscdk.Stack_Of(scope).BundlingRequired())
	if err == nil {
		err = props.validate()
	}
	if err != nil {
		panic(&Error{construct, id, err})
	}

	group := constructs.NewConstruct(scope, jsii.String(id))
	logs := awslogs.NewLogGroup(group, jsii.String("Logs"), &awslogs.LogGroupProps{
		Retention:     cmp.Or(props.LogRetention, awslogs.RetentionDays_ONE_MONTH),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	// Without a role, the CDK gives a function one that may write to every log
	// group of the account.
	role := awsiam.NewRole(group, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	logs.GrantWrite(role)
	props.grantValues(awscdk.Stack_Of(scope), role)
	function := awslambda.NewFunction(group, jsii.String("Function"), &awslambda.FunctionProps{
		Runtime:                      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:                 awslambda.Architecture_ARM_64(),
		Handler:                      jsii.String("bootstrap"),
		Code:                         awslambda.Code_FromAsset(jsii.String(code), nil),
		Environment:                  stringMap(props.environment()),
		Layers:                       layerVersions(props.Layers),
		MemorySize:                   jsii.Number(props.memoryMiB()),
		Timeout:                      seconds(props.timeout()),
		Tracing:                      awslambda.Tracing_ACTIVE,
		LoggingFormat:                awslambda.LoggingFormat_JSON,
		LogGroup:                     logs,
		Role:                         role,
		ReservedConcurrentExecutions: number(props.Concurrency.Reserved),
		// Kept, for pointing the alias back to it, but for one whose release went
		// back with its stack: while that is there, Lambda publishes the same code
		// no second time, so that it could not be released again.
		CurrentVersionOptions: &awslambda.VersionOptions{
			RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
		},
	})
	resource := function.Node().DefaultChild().(awslambda.CfnFunction)
	resource.AddMetadata(jsii.String(HandlerMetadata), props.Code.Folder())
	props.recordValues(resource)
	check.AcceptGrants(role, check.Exception{
		Rule:     "AwsSolutions-IAM5",
		Findings: []string{"Resource::*"},
		Reason:   "X-Ray's PutTraceSegments and PutTelemetryRecords are of no resource, so that AWS takes no other",
	})
	return group, function
}

// updateAlias has CodeDeploy move the alias in place of CloudFormation.
func (f *Function) updateAlias() {
	alias := f.Live.Node().DefaultChild().(awslambda.CfnAlias)
	alias.CfnOptions().SetUpdatePolicy(&awscdk.CfnUpdatePolicy{CodeDeployLambdaAliasUpdate: f.policy})
}

// allowAPI lets an API invoke the function for every route of its stages.
func (f *Function) allowAPI(id string, stack awscdk.Stack, apiID *string) {
	f.Live.AddPermission(jsii.String(id+"Permission"), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		SourceArn: stack.FormatArn(&awscdk.ArnComponents{
			Service:      jsii.String("execute-api"),
			Resource:     apiID,
			ResourceName: jsii.String("*"),
		}),
	})
	f.acceptNoDeadLetters(awaited)
}

// awaited is why a function that API Gateway calls keeps no event.
const awaited = "API Gateway waits for its answer, and gives the caller its failure: there is no event to keep"

// acceptNoDeadLetters notes why the function has no dead-letter queue of its own,
// which would keep what is called asynchronously alone.
func (f *Function) acceptNoDeadLetters(reason string) {
	if f.excused {
		return
	}
	f.excused = true
	check.Accept(f.Function, check.Exception{Rule: "Serverless-LambdaDLQ", Reason: reason})
}

// codeOf gives the folder that becomes the function's code. In a stack that
// this run does not deploy it is the handler's source, as it would be for the
// CDK's own bundling.
func codeOf(handler bundle.Handler, required bool) (string, error) {
	if handler == (bundle.Handler{}) {
		return "", errors.New(`no code: want code.Handler("<a folder of lambdas/>")`)
	}
	if !required {
		return handler.Source()
	}
	return handler.Compiled()
}

func (p *FunctionProps) validate() error {
	if p.Timeout < 0 || p.Timeout > 15*time.Minute || p.Timeout%time.Second != 0 {
		return fmt.Errorf("timeout %s: want whole seconds, up to 15 minutes", p.Timeout)
	}
	switch {
	case p.LatencyP99 < 0 || p.LatencyP99%time.Millisecond != 0:
		return fmt.Errorf("p99 %s: want whole milliseconds", p.LatencyP99)
	case p.LatencyP99 >= p.timeout():
		return fmt.Errorf("p99 %s: want less than the timeout, %s, or it is never exceeded", p.LatencyP99, p.timeout())
	case p.Deployments == nil && (p.Release != Release{} || p.LatencyP99 != 0):
		return errors.New("a release without Deployments: want web.NewDeployments, which the functions of a stack share")
	}
	if err := p.Release.Validate(); err != nil {
		return err
	}
	if err := p.validateConcurrency(); err != nil {
		return err
	}
	if err := validateLayers(p.Layers); err != nil {
		return err
	}
	return p.validateEnvironment()
}

func (p *FunctionProps) timeout() time.Duration { return cmp.Or(p.Timeout, 10*time.Second) }

func (p *FunctionProps) latency() time.Duration { return cmp.Or(p.LatencyP99, p.timeout()/2) }
