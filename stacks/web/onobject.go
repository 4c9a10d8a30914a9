package web

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// OnObjectProps describe which uploads a function is called for.
type OnObjectProps struct {
	// Bucket is what is uploaded to, of the same stack. Required.
	Bucket awss3.Bucket

	// Prefix is what the keys of the objects begin with: "catalogue/". Required.
	Prefix string

	// Suffix is what their keys end with: ".json".
	// Default: anything.
	Suffix string

	// Function is called, through its live alias, and may read what is below
	// Prefix. Required.
	Function *Function

	// BatchSize is how many uploads one call is for at most, up to 10,000; above
	// 10 it takes a BatchWindow.
	// Default: 10.
	BatchSize int

	// BatchWindow is how long Lambda gathers uploads for a call, in whole seconds
	// up to 5 minutes.
	// Default: it calls at once.
	BatchWindow time.Duration

	// Retries is how often an upload that the function fails for is tried again.
	// Default: 4.
	Retries int

	// MaxConcurrency is how many calls there are at once at most, from 2 to 1,000.
	// Default: as many as the function may have.
	MaxConcurrency int

	// AlarmTopic is told when an upload is given up, and when uploads wait. It
	// has to be of the stack's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// OnObject has a function called for each object that is uploaded below a prefix
// of a bucket. It is called at least once for each, and in no order.
func OnObject(scope constructs.Construct, id string, props *OnObjectProps) *Reaction {
	if props.Bucket == nil || props.Function == nil || !strings.HasSuffix(props.Prefix, "/") {
		panic(&Error{"reaction", id, errors.New(`want a bucket, a function, and a prefix such as "catalogue/"`)})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	f := props.Function

	deadLetters := newDeadLetters(group, id, "Uploads", props.AlarmTopic)
	queue := newQueue(group, "Queue", &awssqs.QueueProps{
		VisibilityTimeout: seconds(6*f.timeout + props.BatchWindow),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: deadLetters, MaxReceiveCount: jsii.Number(cmp.Or(props.Retries, 4) + 1)},
	})

	props.Bucket.Node().DefaultChild().(awss3.CfnBucket).AddPropertyOverride(jsii.String("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled"), true)
	key := any(map[string]any{"prefix": props.Prefix})
	if props.Suffix != "" {
		key = map[string]any{"wildcard": props.Prefix + "*" + props.Suffix}
	}
	rule := awsevents.NewCfnRule(group, jsii.String("Rule"), &awsevents.CfnRuleProps{
		EventPattern: map[string]any{
			"source":      []string{"aws.s3"},
			"detail-type": []string{"Object Created"},
			"detail": map[string]any{
				"bucket": map[string]any{"name": []*string{props.Bucket.BucketName()}},
				"object": map[string]any{"key": []any{key}},
			},
		},
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String("Queue"), Arn: queue.QueueArn(),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: deadLetters.QueueArn()},
		}},
	})
	for _, into := range []awssqs.Queue{queue, deadLetters} {
		into.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
			Actions:    jsii.Strings("sqs:SendMessage"),
			Resources:  &[]*string{into.QueueArn()},
			Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": rule.AttrArn()}},
		}))
	}

	f.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
		Resources: &[]*string{queue.QueueArn()},
	}))
	f.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("s3:GetObject"),
		Resources: &[]*string{props.Bucket.ArnForObjects(jsii.String(props.Prefix + "*"))},
	}))
	mapping := &awslambda.CfnEventSourceMappingProps{
		EventSourceArn:                 queue.QueueArn(),
		BatchSize:                      number(props.BatchSize),
		MaximumBatchingWindowInSeconds: number(int(props.BatchWindow / time.Second)),
	}
	if props.MaxConcurrency > 0 {
		mapping.ScalingConfig = &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: jsii.Number(props.MaxConcurrency)}
	}
	f.mapping(group, mapping)
	return &Reaction{DeadLetters: deadLetters}
}
