package web

import (
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// AlarmTopicProps describe a topic that alarms are sent to.
type AlarmTopicProps struct {
	// Name is what mail shows as its sender: "annex-prod". Required.
	Name string

	// Email is sent every alarm, once its owner has confirmed the subscription.
	// Default: nobody.
	Email string
}

// NewAlarmTopic defines a topic for the alarms of its stack's account and
// region, which is where an alarm looks for its topic.
//
// It has no key. With the key that AWS manages, CloudWatch may not publish and
// says so nowhere; with a key of our own, a mistake in its policy silences all
// alarms in the same way, and costs a dollar a month. What would be encrypted
// is the names of alarms and how far they are over their thresholds.
func NewAlarmTopic(scope constructs.Construct, id string, props *AlarmTopicProps) awssns.Topic {
	if props.Name == "" {
		panic(&Error{"alarm topic", id, errors.New("no name")})
	}
	topic := awssns.NewTopic(scope, jsii.String(id), &awssns.TopicProps{
		DisplayName: jsii.String(props.Name),
		EnforceSSL:  jsii.Bool(true),
	})
	// EnforceSSL gives the topic a policy, which replaces the one that lets the
	// whole account publish: without this, no alarm arrives. The action of the
	// CDK that sends alarms to a topic grants nothing.
	stack := awscdk.Stack_Of(scope)
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AllowAlarmsOfThisAccount"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()},
		},
	}))
	if props.Email != "" {
		subscription := topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(props.Email), nil))
		check.Accept(subscription, check.Exception{
			Rule:   "Serverless-SNSRedrivePolicy",
			Reason: "an alarm that no mail told of is still in CloudWatch, and a queue of such mails would be read by nobody",
		})
	}
	return topic
}
