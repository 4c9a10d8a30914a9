package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// OnScheduleProps describe when a function is called.
type OnScheduleProps struct {
	// Schedule is an expression of EventBridge Scheduler: "rate(1 hour)",
	// "cron(0 3 * * ? *)" or, for once, "at(2027-11-26T08:00:00)". Required.
	Schedule string

	// TimeZone is where the times of cron(…) and at(…) are: "Europe/Dublin".
	// Default: UTC.
	TimeZone string

	// Function is called, by its live alias. Required.
	Function *Function

	// Input is the event that the function gets, as encoding/json writes it. In
	// its strings, Scheduler replaces <aws.scheduler.scheduled-time> by the time
	// that the call is for, which is the same when it is made again.
	// Default: Scheduler's own event, whose "time" is that.
	Input any

	// Retries is how often a call that fails is made again, 1 or 2, or NoRetries:
	// after one minute, and after two more. All schedules of a function have the
	// same, and the same MaxAge, for Lambda keeps them by function.
	// Default: 2.
	Retries int

	// MaxAge is how late a call may begin, in whole seconds from 1 minute to 6
	// hours, before it is given up: Lambda makes it later where it is throttled,
	// and where it is made again.
	// Default: 6 hours.
	MaxAge time.Duration

	// AlarmTopic is told when a call is given up, and when that could not be kept,
	// and when the function goes on failing. It has to be of the stack's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// NoRetries has a call that fails given up at once.
const NoRetries = -1

// OnSchedule has a function called at certain times: at least once for each,
// within the minute. Scheduler hands each call to Lambda and does not wait for
// its end, so one may begin while the one before is not done.
//
// Dead letters are Lambda's records of calls that failed, with their events, and
// Scheduler's of those that it could not hand over.
func OnSchedule(scope constructs.Construct, id string, props *OnScheduleProps) *Reaction {
	if err := props.validate(); err != nil {
		panic(&Error{"on schedule", id, err})
	}
	var input *string
	if props.Input != nil {
		text, err := encoded(props.Input)
		if err != nil {
			panic(&Error{"on schedule", id, fmt.Errorf("input: %w", err)})
		}
		input = jsii.String(text)
	}
	f := props.Function
	calls, err := f.asynchronously(id, props)
	if err != nil {
		panic(&Error{"on schedule", id, err})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	f.watchErrors(id, props.AlarmTopic)
	// What Scheduler can give to nobody it counts for all schedules of a group, and
	// so for no alarm of this one ("Monitoring Amazon EventBridge Scheduler with
	// Amazon CloudWatch").
	f.watchDestinations(props.AlarmTopic)

	var zone *string
	if props.TimeZone != "" {
		zone = jsii.String(props.TimeZone)
	}
	role := newScheduleRole(group, "Role", map[string]*string{
		"lambda:InvokeFunction": f.Live.FunctionArn(),
		"sqs:SendMessage":       calls.deadLetters.QueueArn(),
	})
	when := awsscheduler.NewCfnSchedule(group, jsii.String("Schedule"), &awsscheduler.CfnScheduleProps{
		ScheduleExpression:         jsii.String(props.Schedule),
		ScheduleExpressionTimezone: zone,
		FlexibleTimeWindow:         &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn:     f.Live.FunctionArn(),
			RoleArn: role.RoleArn(),
			Input:   input,
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{ // of handing the call to Lambda
				MaximumEventAgeInSeconds: jsii.Number(props.maxAge().Seconds()),
			},
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: calls.deadLetters.QueueArn()},
		},
	})
	when.Node().AddDependency(calls.config, role) // no call before all is there that it needs
	return &Reaction{DeadLetters: calls.deadLetters, Construct: group}
}

// asynchronous is what becomes of a function's calls that nobody waits for,
// which Lambda has once for an alias.
type asynchronous struct {
	deadLetters awssqs.Queue
	config      awslambda.CfnEventInvokeConfig
	retries     int
	maxAge      time.Duration
	by          string // the schedule that says so
	watched     bool
}

// asynchronously defines what becomes of the function's calls that nobody waits
// for, for the first of its schedules.
func (f *Function) asynchronously(id string, props *OnScheduleProps) (*asynchronous, error) {
	calls := f.calls
	if calls == nil {
		calls = &asynchronous{deadLetters: newDeadLetters(f.scope), retries: props.retries(), maxAge: props.maxAge(), by: id}
		f.calls = calls
		acceptNoQueueBehind(calls.deadLetters)
		f.allow(calls.deadLetters.QueueArn(), "sqs:SendMessage")
		calls.config = awslambda.NewCfnEventInvokeConfig(f.scope, jsii.String("Calls"), &awslambda.CfnEventInvokeConfigProps{
			FunctionName:             f.Function.FunctionName(),
			Qualifier:                f.Live.AliasName(),
			MaximumRetryAttempts:     jsii.Number(calls.retries),
			MaximumEventAgeInSeconds: jsii.Number(calls.maxAge.Seconds()),
			DestinationConfig: &awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
				OnFailure: &awslambda.CfnEventInvokeConfig_OnFailureProperty{Destination: calls.deadLetters.QueueArn()},
			},
		})
		// Lambda tries whether the function's role may send to the queue.
		calls.config.Node().AddDependency(f.Live, f.Function.Role())
		f.acceptNoDeadLetters("its alias keeps the calls that it fails for in a queue, as their on-failure destination")
	}
	if calls.retries != props.retries() || calls.maxAge != props.maxAge() {
		return nil, fmt.Errorf("%d retries and %s: want %d and %s, as %q has it: Lambda has them once for all schedules of a function",
			props.retries(), props.maxAge(), calls.retries, calls.maxAge, calls.by)
	}
	if props.AlarmTopic != nil && !calls.watched {
		calls.watched = true
		watchDeadLetters(f.scope, calls.deadLetters, fmt.Sprintf("Lambda gave up scheduled calls of %s (%s) after %d retries or %s: their records are",
			*f.scope.Node().Id(), *awscdk.Stack_Of(f.scope).StackName(), calls.retries, brief(calls.maxAge)), props.AlarmTopic)
	}
	return calls, nil
}

// newScheduleRole defines the role of schedules, in which Scheduler may do an
// action on a resource each.
func newScheduleRole(scope constructs.Construct, id string, may map[string]*string) awsiam.Role {
	stack := awscdk.Stack_Of(scope)
	role := awsiam.NewRole(scope, jsii.String(id), &awsiam.RoleProps{
		// Only for schedules of this account: they are in the group that is there by
		// default, which is what Scheduler gives as their source.
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"aws:SourceAccount": stack.Account(),
				"aws:SourceArn": stack.FormatArn(&awscdk.ArnComponents{
					Service: jsii.String("scheduler"), Resource: jsii.String("schedule-group"), ResourceName: jsii.String("default"),
				}),
			}},
		}),
	})
	for _, action := range slices.Sorted(maps.Keys(may)) {
		role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(action), Resources: &[]*string{may[action]},
		}))
	}
	return role
}

func (p *OnScheduleProps) retries() int {
	if p.Retries == NoRetries {
		return 0
	}
	return cmp.Or(p.Retries, 2)
}

// maxAsynchronous is how long Lambda keeps a call that nobody waits for.
const maxAsynchronous = 6 * time.Hour

func (p *OnScheduleProps) maxAge() time.Duration { return cmp.Or(p.MaxAge, maxAsynchronous) }

func (p *OnScheduleProps) validate() error {
	switch {
	case p.Function == nil:
		return errNoFunction
	case !isRate(p.Schedule) && !isSchedule(p.Schedule):
		return fmt.Errorf(`schedule %q: want "rate(1 hour)", %s`, p.Schedule, schedule)
	case !isTimeZone(p.TimeZone):
		return fmt.Errorf(`time zone %q: want a name such as "Europe/Dublin"`, p.TimeZone)
	case p.Retries < NoRetries || p.Retries > 2:
		return fmt.Errorf("%d retries: want 1, 2 or web.NoRetries, as Lambda takes them", p.Retries)
	case p.maxAge() < time.Minute || p.maxAge() > maxAsynchronous || p.maxAge()%time.Second != 0:
		return fmt.Errorf("maximum age %s: want whole seconds, from 1 minute to 6 hours", p.MaxAge)
	}
	return nil
}
