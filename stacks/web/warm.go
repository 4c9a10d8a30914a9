package web

import (
	"cmp"
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsschedulertargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/check"
)

// Warm keeps environments of a function from being taken away for want of
// calls: a schedule has that many calls made at once, each held open until all
// of them are there, so that no two go to one environment. They go through the
// alias, as everybody's do, and a handler of httpapi.Start does nothing for
// them; another one is to be wrapped (lambdas/internal/warm), or takes them for
// events of its own. With 256 MiB, an environment costs about a cent a month,
// the schedule another two, and the alarm of the warmer ten.
//
// It promises nothing: more callers at once start environments as usual, and so
// does a deployment, until the next warm-up. That is what Provisioned is for.
type Warm struct {
	// Environments is how many are kept, 1 to 50. Required.
	Environments int

	// Every is how often, in whole minutes from 1 to 10: Lambda takes an
	// environment away that nobody has called for some minutes more than that.
	// Default: 5 minutes.
	Every time.Duration
}

func (w *Warm) validate() error {
	every := w.every()
	switch {
	case w.Environments < 1 || w.Environments > 50:
		return fmt.Errorf("%d environments: want 1 to 50; more are cheaper to have provisioned than to be without", w.Environments)
	case every < time.Minute:
		return fmt.Errorf("every %s: want a minute or more, which is as often as EventBridge Scheduler calls", every)
	case every > 10*time.Minute:
		return fmt.Errorf("every %s: want 10 minutes or less: by then Lambda has taken the environments away, and each warm-up would start them anew", every)
	case every%time.Minute != 0:
		return fmt.Errorf("every %s: want whole minutes", every)
	}
	return nil
}

func (w *Warm) every() time.Duration { return cmp.Or(w.Every, 5*time.Minute) }

// hold is how long a call is held open: longer than it takes one process to
// open connections for all of them, which is some milliseconds of CPU for each.
func (w *Warm) hold() time.Duration {
	return max(200*time.Millisecond, time.Duration(w.Environments)*15*time.Millisecond)
}

// WarmerProps describe what warms functions.
type WarmerProps struct {
	// Code is the handler that makes the calls: code.Handler("warmer").
	// Required.
	Code bundle.Handler

	// LogRetention is how long CloudWatch keeps its logs.
	// Default: one month.
	LogRetention awslogs.RetentionDays

	// AlarmTopic is told when warm-ups fail, and when Lambda refuses to run it. It
	// has to be of the stack's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// Warmer is a function that warms others of its stack, for schedules of theirs.
type Warmer struct {
	function *Function
	role     awsiam.Role // of the schedules
}

// NewWarmer defines a function that warms others. One is enough for a stack:
// each function that it warms brings a schedule, and the permission for its own
// alias.
//
// It reserves no concurrency, for it has one invocation a function that is
// warmed, and what it would reserve would be taken from all others. Nothing is
// tried again: the next warm-up comes within minutes, and one that comes late
// would meet it.
func NewWarmer(scope constructs.Construct, id string, props *WarmerProps) *Warmer {
	function := NewFunction(scope, id, &FunctionProps{
		Code:         props.Code,
		Timeout:      30 * time.Second, // a function that is cold, and slow to start, is waited for
		LogRetention: props.LogRetention,
		AlarmTopic:   props.AlarmTopic,
	})
	// Scheduler leaves the event to Lambda, which would try it twice more.
	function.Live.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{
		RetryAttempts: jsii.Number(0),
		MaxEventAge:   minutes(time.Minute),
	})
	const reason = "a warm-up that failed is of no use later: the next one comes within minutes, and an alarm tells where all fail"
	check.Accept(function.Function, check.Exception{Rule: "Serverless-LambdaDLQ", Reason: reason})
	check.Accept(function.Live.Node().FindChild(jsii.String("EventInvokeConfig")), check.Exception{
		Rule: "Serverless-LambdaAsyncFailureDestination", Reason: reason,
	})
	if props.AlarmTopic != nil {
		function.watchWarmUps(props.AlarmTopic)
	}

	return &Warmer{function: function, role: newScheduleRole(function.scope, "Schedules", nil)}
}

// watchWarmUps defines the alarm of warm-ups that go on failing, which nobody
// would notice: the functions only start more often.
func (f *Function) watchWarmUps(topic awssns.ITopic) {
	NewAlarm(f.scope, "Errors", &AlarmProps{
		Topic:   topic,
		Metric:  f.Function.MetricErrors(&awscloudwatch.MetricOptions{Period: minutes(15 * time.Minute), Statistic: jsii.String("Sum")}),
		Periods: 2, Of: 2, // each as long as one warm-up comes in at least
		Description: "Warm-ups of functions of " + *awscdk.Stack_Of(f.scope).StackName() + " have failed for half an hour, so that more calls wait for a start: " +
			"see the log of the function that makes them.",
	})
}

// keepWarm defines the schedule that has a function warmed.
func (w *Warmer) keepWarm(scope constructs.Construct, live awslambda.Alias, warm *Warm) {
	w.function.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("lambda:InvokeFunction"),
		Resources: &[]*string{live.FunctionArn()},
	}))
	awsscheduler.NewSchedule(scope, jsii.String("WarmUp"), &awsscheduler.ScheduleProps{
		Description: jsii.String(fmt.Sprintf("Keeps %d environments warm", warm.Environments)),
		Schedule:    awsscheduler.ScheduleExpression_Rate(minutes(warm.every())),
		Target: awsschedulertargets.NewLambdaInvoke(w.function.Live, &awsschedulertargets.ScheduleTargetBaseProps{
			Role: w.role,
			Input: awsscheduler.ScheduleTargetInput_FromObject(map[string]any{
				"function":         live.FunctionArn(),
				"environments":     warm.Environments,
				"holdMilliseconds": warm.hold().Milliseconds(),
			}),
			RetryAttempts: jsii.Number(0),
			MaxEventAge:   minutes(time.Minute),
		}),
	})
}
