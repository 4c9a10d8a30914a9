package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// Reaction is what has a function called by something that happens: OnObject,
// OnChange or OnSchedule. Nobody waits for the function's answer, so what it
// fails for is kept.
type Reaction struct {
	// DeadLetters is the queue of what was given up. docs/operations.md says how
	// to look at it, and how to give it to the function once more.
	DeadLetters awssqs.Queue
	// Construct is all of it, for what is to be made once it is there:
	// catalogue.Node().AddDependency(uploaded.Construct).
	Construct constructs.Construct
}

// mapping has Lambda read a queue or a stream for the function's alias, and so
// for whichever version answers there: while a release shifts traffic, for the
// new one with its part of the batches.
func (f *Function) mapping(scope constructs.Construct, props *awslambda.CfnEventSourceMappingProps) awslambda.CfnEventSourceMapping {
	props.FunctionName = f.Live.FunctionArn()
	// A handler says which records it failed for, and only these come again.
	props.FunctionResponseTypes = jsii.Strings("ReportBatchItemFailures")
	mapping := awslambda.NewCfnEventSourceMapping(scope, jsii.String("Mapping"), props)
	// Lambda tries what it may do in the function's role when a mapping is made.
	mapping.Node().AddDependency(f.Function.Role())
	f.acceptNoDeadLetters("its event source mapping keeps what it fails for in a queue")
	return mapping
}

// allow grants the function's role some actions on one resource.
func (f *Function) allow(resource *string, actions ...string) {
	f.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: &[]*string{resource},
	}))
}

// watchErrors defines the alarm of a function that goes on failing: long before
// what it fails for is given up. Of a function that Deployments releases, the
// alarm of its newest version tells that already.
func (f *Function) watchErrors(id string, topic awssns.ITopic) {
	if topic == nil || f.deployments != nil || f.errorsWatched {
		return
	}
	f.errorsWatched = true
	NewAlarm(f.scope, "Errors", &AlarmProps{
		Topic:  topic,
		Metric: f.Function.MetricErrors(counted()),
		Description: "The function of " + id + " of " + *awscdk.Stack_Of(f.scope).StackName() + " fails again and again: it panics, times out or returns an error. " +
			"What it fails for is tried again, and then given up: see its log.",
	})
}

// watchDestinations defines the alarm of what Lambda gave up and could not keep:
// of the function's calls that nobody waits for, and of the streams that it
// reads. They have one metric, the function's ("Types of metrics for Lambda
// functions"). Of a queue that a function reads, SQS itself moves the messages.
func (f *Function) watchDestinations(topic awssns.ITopic) {
	if topic == nil || f.destinationsWatched {
		return
	}
	f.destinationsWatched = true
	watchLost(f.scope, f.Function.Metric(jsii.String("DestinationDeliveryFailures"), counted()),
		"Lambda gave up what "+*f.scope.Node().Id()+" of "+*awscdk.Stack_Of(f.scope).StackName()+" fails for, and could not put it into its dead-letter queue", topic)
}

// watchLost defines the alarm of what is in no queue at all, and so lost. What
// says whose it is.
func watchLost(scope constructs.Construct, metric awscloudwatch.IMetric, what string, topic awssns.ITopic) {
	NewAlarm(scope, "Lost", &AlarmProps{
		Topic:   topic,
		Metric:  metric,
		Periods: 1, Of: 1,
		Description: what + ": the queue is gone, or its policy or the sender's role lets nothing in. See 'What nobody kept' in docs/operations.md.",
	})
}

// counted is how a metric is read of which each one counts.
func counted() *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{Period: seconds(time.Minute), Statistic: jsii.String("Sum")}
}

// maxRetention is how long SQS keeps a message at most.
const maxRetention = 14 * 24 * time.Hour

// newDeadLetters defines the queue of what was given up, which keeps it for as
// long as SQS can.
func newDeadLetters(scope constructs.Construct) awssqs.Queue {
	return newQueue(scope, "DeadLetters", &awssqs.QueueProps{RetentionPeriod: seconds(maxRetention)})
}

// watchDeadLetters defines the alarm of the first message in a queue, which goes
// on until the queue is empty. What says what was given up, and of what.
func watchDeadLetters(scope constructs.Construct, queue awssqs.Queue, what string, topic awssns.ITopic) {
	if topic == nil {
		return
	}
	NewAlarm(scope, "GivenUp", &AlarmProps{
		Topic:   topic,
		Metric:  queue.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Period: seconds(time.Minute), Statistic: jsii.String("Maximum")}),
		Periods: 1, Of: 1,
		Description: what + " in the queue " + *queue.QueueName() + ". See 'Dead letters' in docs/operations.md.",
	})
}

// newQueue defines a queue that is encrypted, and that nobody reaches without
// TLS. The key is SQS's own: with one of KMS, each service that sends to the
// queue would have to be let into its policy.
func newQueue(scope constructs.Construct, id string, props *awssqs.QueueProps) awssqs.Queue {
	props.Encryption = awssqs.QueueEncryption_SQS_MANAGED
	props.EnforceSSL = jsii.Bool(true)
	return awssqs.NewQueue(scope, jsii.String(id), props)
}

// deadLettersThemselves is why a dead-letter queue has none behind it.
const deadLettersThemselves = "it is a dead-letter queue itself: nothing receives from it but a person"

// acceptNoQueueBehind notes that, of a queue that no other names as its dead-letter
// queue.
func acceptNoQueueBehind(queue awssqs.Queue) {
	check.Accept(queue,
		check.Exception{Rule: "AwsSolutions-SQS3", Reason: deadLettersThemselves},
		check.Exception{Rule: "Serverless-SQSRedrivePolicy", Reason: deadLettersThemselves})
}

// brief is a duration as a person writes it: "12h" for "12h0m0s".
func brief(d time.Duration) string {
	text := d.String()
	for _, nothing := range []string{"0s", "0m"} {
		if whole := strings.TrimSuffix(text, nothing); whole != "" && !strings.ContainsAny(whole[len(whole)-1:], "0123456789") {
			text = whole
		}
	}
	return text
}

// encoded is a value as JSON, in which "<aws.scheduler.scheduled-time>" and the
// like stay what they are.
func encoded(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return string(bytes.TrimSpace(text.Bytes())), nil
}

// validateBatch says what Lambda would refuse of how it gathers records.
func validateBatch(size int, window time.Duration) error {
	switch {
	case size < 0 || size > 10_000:
		return fmt.Errorf("batches of %d: want 1 to 10,000", size)
	case window < 0 || window > 5*time.Minute || window%time.Second != 0:
		return fmt.Errorf("batch window %s: want whole seconds, up to 5 minutes", window)
	}
	return nil
}

var errNoFunction = errors.New("no function")
