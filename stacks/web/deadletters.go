package web

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Reaction is what has a function called by something that happens, and keeps
// what the function fails for.
type Reaction struct {
	// DeadLetters is the queue of what was given up. An alarm tells of the first
	// message; docs/operations.md says how to look at them and give them to the
	// function once more.
	DeadLetters awssqs.Queue
}

// maxRetention is how long SQS keeps a message at most.
const maxRetention = 14 * 24 * time.Hour

// newDeadLetters defines the queue of what a function failed for, which keeps it
// for as long as SQS can, and its alarm. What says what its messages are.
func newDeadLetters(scope constructs.Construct, id, what string, topic awssns.ITopic) awssqs.Queue {
	queue := newQueue(scope, "DeadLetters", &awssqs.QueueProps{RetentionPeriod: seconds(maxRetention)})
	if topic != nil {
		NewAlarm(scope, "DeadLettersAlarm", &AlarmProps{
			Topic: topic,
			// The most of a minute, and so for as long as there is one: mail tells of
			// its beginning, and the alarm stays.
			Metric:  queue.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Period: seconds(time.Minute), Statistic: jsii.String("Maximum")}),
			Periods: 1, Of: 1,
			Description: what + " of " + id + " of " + *awscdk.Stack_Of(scope).StackName() + " were given up, and are in a dead-letter queue for 14 days: " +
				"see 'Dead letters' in docs/operations.md.",
		})
	}
	return queue
}

// newQueue defines a queue that is encrypted, and takes nothing without TLS.
func newQueue(scope constructs.Construct, id string, props *awssqs.QueueProps) awssqs.Queue {
	props.Encryption = awssqs.QueueEncryption_SQS_MANAGED
	props.EnforceSSL = jsii.Bool(true)
	return awssqs.NewQueue(scope, jsii.String(id), props)
}

// mapping has Lambda read a queue or a stream for the function's alias, and so
// for whichever version a release has it lead to.
func (f *Function) mapping(scope constructs.Construct, props *awslambda.CfnEventSourceMappingProps) awslambda.CfnEventSourceMapping {
	props.FunctionName = f.Live.FunctionArn()
	// A handler says which records it failed for, and only these come again.
	props.FunctionResponseTypes = jsii.Strings("ReportBatchItemFailures")
	return awslambda.NewCfnEventSourceMapping(scope, jsii.String("Mapping"), props)
}
