package web

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// OnObjectProps describe which uploads a function is called for.
type OnObjectProps struct {
	// Bucket is what is uploaded to, of the same stack. Required.
	Bucket awss3.Bucket

	// Prefix is the folder that the objects are in: "catalogue/". What is in
	// folders below it counts too. Required.
	Prefix string

	// Suffix is what their keys end with: ".json".
	// Default: anything.
	Suffix string

	// Function is called, by its live alias, and granted to read the objects of
	// the folder. It writes to another one, or each of its writes would call it
	// again. Required.
	Function *Function

	// BatchSize is how many uploads one call is for at most, up to 10,000; for
	// more than 10, Lambda wants a BatchWindow.
	// Default: 10.
	BatchSize int

	// BatchWindow is how long Lambda gathers uploads for a call, in whole seconds
	// up to 5 minutes.
	// Default: it calls at once.
	BatchWindow time.Duration

	// Retries is how often the function is called again for an upload that it
	// fails for, up to 999. A call that Lambda refuses for want of concurrency
	// counts, so that fewer than 4 may give up what the function never saw. Six
	// of its timeouts, and BatchWindow, are between one and the next, and all of
	// them within the 4 days that the queue keeps an upload.
	// Default: 4.
	Retries int

	// MaxConcurrency is how many calls the uploads may have at once, 2 to 1,000.
	// Those beyond what the function reserves would be refused, and count as tries.
	// Default: what the function reserves, or else no bound of their own.
	MaxConcurrency int

	// AlarmTopic is told when an upload is given up, and when its event could not be
	// kept, when uploads wait for longer than their tries take, and when the
	// function goes on failing. It has to be of the stack's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// OnObject has a function called for the objects that are uploaded to a folder
// of a bucket: at least once for each, in no order, and with several in a call.
// lambdas/internal/batch reads the events, and says which of them failed.
//
//	bucket ─▶ EventBridge rule ─▶ queue ─▶ event source mapping ─▶ function
//	                                └▶ dead letters, after the last retry
//
// S3 takes about five minutes to begin after a bucket is first deployed with it
// ("Enabling Amazon EventBridge"): what is uploaded before, its events are lost.
func OnObject(scope constructs.Construct, id string, props *OnObjectProps) *Reaction {
	if err := props.validate(scope); err != nil {
		panic(&Error{"on object", id, err})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	f, stack := props.Function, awscdk.Stack_Of(scope)

	deadLetters := newDeadLetters(group)
	check.Accept(deadLetters, check.Exception{Rule: "Serverless-SQSRedrivePolicy", Reason: deadLettersThemselves})
	queue := newQueue(group, "Queue", &awssqs.QueueProps{
		VisibilityTimeout: seconds(props.visibility()),
		// Shorter than that of the dead letters, whose time counts from here.
		RetentionPeriod: seconds(uploadRetention),
		DeadLetterQueue: &awssqs.DeadLetterQueue{Queue: deadLetters, MaxReceiveCount: jsii.Number(props.tries())},
	})
	rule := props.rule(group, queue, deadLetters)
	for _, into := range []awssqs.Queue{queue, deadLetters} {
		into.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
			Actions:    jsii.Strings("sqs:SendMessage"),
			Resources:  &[]*string{into.QueueArn()},
			Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": rule.AttrArn()}},
		}))
	}

	// What Lambda does in the function's role ("Creating and configuring an Amazon
	// SQS event source mapping").
	f.allow(queue.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
	f.allow(props.Bucket.ArnForObjects(jsii.String(props.Prefix+"*")), "s3:GetObject")
	check.AcceptGrants(f.Function.Role(), check.Exception{
		Rule:     "AwsSolutions-IAM5",
		Findings: []string{"Resource::<" + *stack.GetLogicalId(props.Bucket.Node().DefaultChild().(awscdk.CfnElement)) + ".Arn>/" + props.Prefix + "*"},
		Reason:   "it reads whatever is uploaded there, and nothing else",
	})
	if key := props.Bucket.EncryptionKey(); key != nil {
		key.GrantDecrypt(f.Function.Role())
	}
	mapping := &awslambda.CfnEventSourceMappingProps{
		EventSourceArn:                 queue.QueueArn(),
		BatchSize:                      number(cmp.Or(props.BatchSize, 10)),
		MaximumBatchingWindowInSeconds: number(int(props.BatchWindow / time.Second)),
	}
	if most := props.maxConcurrency(); most > 0 {
		mapping.ScalingConfig = &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: jsii.Number(most)}
	}
	check.Accept(f.mapping(group, mapping), check.Exception{
		Rule:   "Serverless-LambdaEventSourceMappingDestination",
		Reason: "what it reads is a queue, which has a dead-letter queue of its own: Lambda takes destinations for streams alone",
	})

	f.watchErrors(id, props.AlarmTopic)
	watchDeadLetters(group, deadLetters, fmt.Sprintf("%s of %s gave up objects of %s after %d tries: their events are", id, *stack.StackName(), props.Prefix, props.tries()), props.AlarmTopic)
	if props.AlarmTopic != nil {
		NewAlarm(group, "Late", &AlarmProps{
			Topic:  props.AlarmTopic,
			Metric: queue.MetricApproximateAgeOfOldestMessage(&awscloudwatch.MetricOptions{Period: seconds(time.Minute), Statistic: jsii.String("Maximum")}),
			Above:  (time.Duration(props.tries())*props.visibility() + 5*time.Minute).Seconds(),
			Description: "Objects of " + props.Prefix + " wait for " + id + " of " + *stack.StackName() + " for longer than all tries of one take: " +
				"its function is throttled, or cannot keep up, or the mapping is disabled.",
		})
		watchLost(group, awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/Events"),
			MetricName:    jsii.String("InvocationsFailedToBeSentToDlq"),
			DimensionsMap: &map[string]*string{"RuleName": rule.Ref()},
			Period:        seconds(time.Minute),
			Statistic:     jsii.String("Sum"),
		}), "EventBridge could put events of objects of "+props.Prefix+" neither into the queue of "+id+" of "+*stack.StackName()+" nor into its dead-letter queue", props.AlarmTopic)
	}
	return &Reaction{DeadLetters: deadLetters, Construct: group}
}

// rule has EventBridge send the bucket's uploads to the queue, and what it cannot
// send to the dead letters.
func (p *OnObjectProps) rule(scope constructs.Construct, queue, deadLetters awssqs.Queue) awsevents.CfnRule {
	// The L2's method has a function of the CDK's do it, which may change the
	// notifications of every bucket of the account.
	p.Bucket.Node().DefaultChild().(awss3.CfnBucket).
		AddPropertyOverride(jsii.String("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled"), true)
	key := map[string]any{"prefix": p.Prefix}
	if p.Suffix != "" {
		key = map[string]any{"wildcard": p.Prefix + "*" + p.Suffix} // two conditions in a list would be either of them
	}
	return awsevents.NewCfnRule(scope, jsii.String("Rule"), &awsevents.CfnRuleProps{
		Description: jsii.String("What is uploaded to " + p.Prefix),
		EventPattern: map[string]any{
			"source":      []string{"aws.s3"},
			"detail-type": []string{"Object Created"},
			"detail": map[string]any{
				"bucket": map[string]any{"name": []*string{p.Bucket.BucketName()}},
				"object": map[string]any{"key": []any{key}},
			},
		},
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String("Queue"), Arn: queue.QueueArn(),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: deadLetters.QueueArn()},
		}},
	})
}

// tries are how often an upload is delivered at most.
func (p *OnObjectProps) tries() int { return cmp.Or(p.Retries, 4) + 1 }

// maxConcurrency is how many calls there are at once, or 0 for no bound. Without
// one, Lambda would make more of them than the function has reserved.
func (p *OnObjectProps) maxConcurrency() int {
	return cmp.Or(p.MaxConcurrency, min(p.Function.reserved, maxPollers))
}

// uploadRetention is how long the queue keeps an upload. What SQS then deletes is
// no dead letter.
const uploadRetention = 4 * 24 * time.Hour

// maxPollers is how many calls Lambda makes at once for a queue.
const maxPollers = 1000

// visibility is how long a delivered upload stays with the function: Lambda
// tries a batch again that it was refused an execution for ("Creating and
// configuring an Amazon SQS event source mapping": six times the timeout).
func (p *OnObjectProps) visibility() time.Duration { return 6*p.Function.timeout + p.BatchWindow }

func (p *OnObjectProps) validate(scope constructs.Construct) error {
	switch {
	case p.Bucket == nil:
		return errors.New("no bucket")
	case p.Function == nil:
		return errNoFunction
	case *awscdk.Stack_Of(p.Bucket).Node().Path() != *awscdk.Stack_Of(scope).Node().Path():
		return errors.New("the bucket is another stack's: want OnObject in that one, which alone can have it send its events")
	case !strings.HasSuffix(p.Prefix, "/") || strings.HasPrefix(p.Prefix, "/") || strings.ContainsAny(p.Prefix, `*?$\`):
		return fmt.Errorf(`prefix %q: want a folder such as "catalogue/", without * ? $ and \`, p.Prefix)
	case strings.ContainsAny(p.Suffix, `*\`):
		return fmt.Errorf(`suffix %q: want one such as ".json", without * and \`, p.Suffix)
	case p.Retries < 0 || p.Retries > 999:
		return fmt.Errorf("%d retries: want 1 to 999", p.Retries)
	case p.maxConcurrency() != 0 && (p.maxConcurrency() < 2 || p.maxConcurrency() > 1000):
		return fmt.Errorf("%d calls at once: want 2 to 1,000, as Lambda takes them, or none and no reserved concurrency", p.maxConcurrency())
	case p.BatchSize > 10 && p.BatchWindow < time.Second:
		return fmt.Errorf("batches of %d and no window: want a BatchWindow of 1 s or more, as Lambda does for more than 10", p.BatchSize)
	}
	if _, ok := p.Bucket.Node().DefaultChild().(awss3.CfnBucket); !ok {
		return errors.New("the bucket is none of this app's: want awss3.NewBucket, which can be made to send its events")
	}
	if err := validateBatch(p.BatchSize, p.BatchWindow); err != nil {
		return err
	}
	if most := int(uploadRetention / p.visibility()); p.tries() > most {
		return fmt.Errorf("%d retries, %s apart: want %d or fewer, for the queue keeps an upload for 4 days, after which it is no dead letter but gone", p.Retries, brief(p.visibility()), most-1)
	}
	return nil
}
