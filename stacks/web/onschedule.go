package web

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// OnScheduleProps describe when a function is called.
type OnScheduleProps struct {
	// Schedule is an expression of EventBridge Scheduler: "rate(1 hour)",
	// "cron(0 3 * * ? *)" or "at(2027-11-26T08:00:00)". Required.
	Schedule string

	// TimeZone is the time zone of the schedule: "Europe/Dublin".
	// Default: UTC.
	TimeZone string

	// Function is called, through its live alias. Required.
	Function *Function

	// Input is the event that the function is given, which is encoded as JSON.
	// Default: Scheduler's own, which tells the time.
	Input any

	// Retries is how often a call that fails is made again, 0 to 2.
	// Default: 2.
	Retries int

	// MaxAge is how long after its time a call may be made, in whole seconds from
	// 1 minute to 6 hours.
	// Default: 6 hours.
	MaxAge time.Duration

	// AlarmTopic is told when a call is given up. It has to be of the stack's
	// region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// OnSchedule has a function called at certain times, at least once for each.
func OnSchedule(scope constructs.Construct, id string, props *OnScheduleProps) *Reaction {
	if props.Schedule == "" || props.Function == nil {
		panic(&Error{"reaction", id, errors.New("want a schedule and a function")})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	f := props.Function
	deadLetters := newDeadLetters(group, id, "Calls", props.AlarmTopic)

	f.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("sqs:SendMessage"),
		Resources: &[]*string{deadLetters.QueueArn()},
	}))
	retries := 2
	if props.Retries != 0 {
		retries = props.Retries
	}
	awslambda.NewCfnEventInvokeConfig(group, jsii.String("Retries"), &awslambda.CfnEventInvokeConfigProps{
		FunctionName:             f.Function.FunctionName(),
		Qualifier:                jsii.String(liveAlias),
		MaximumRetryAttempts:     jsii.Number(retries),
		MaximumEventAgeInSeconds: number(int(props.MaxAge / time.Second)),
		DestinationConfig: &awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventInvokeConfig_OnFailureProperty{Destination: deadLetters.QueueArn()},
		},
	}).Node().AddDependency(f.Live)

	stack := awscdk.Stack_Of(scope)
	role := awsiam.NewRole(group, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"aws:SourceAccount": stack.Account(),
				"aws:SourceArn": stack.FormatArn(&awscdk.ArnComponents{
					Service: jsii.String("scheduler"), Resource: jsii.String("schedule-group"), ResourceName: jsii.String("default"),
				}),
			}},
		}),
	})
	for action, resource := range map[string]*string{"lambda:InvokeFunction": f.Live.FunctionArn(), "sqs:SendMessage": deadLetters.QueueArn()} {
		role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(action), Resources: &[]*string{resource},
		}))
	}
	var input *string
	if props.Input != nil {
		text, err := json.Marshal(props.Input)
		if err != nil {
			panic(&Error{"reaction", id, err})
		}
		input = jsii.String(string(text))
	}
	var zone *string
	if props.TimeZone != "" {
		zone = jsii.String(props.TimeZone)
	}
	awsscheduler.NewCfnSchedule(group, jsii.String("Schedule"), &awsscheduler.CfnScheduleProps{
		ScheduleExpression:         jsii.String(props.Schedule),
		ScheduleExpressionTimezone: zone,
		FlexibleTimeWindow:         &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn:              f.Live.FunctionArn(),
			RoleArn:          role.RoleArn(),
			Input:            input,
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: deadLetters.QueueArn()},
		},
	})
	return &Reaction{DeadLetters: deadLetters}
}
