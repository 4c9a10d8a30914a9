package test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/check"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// TestWhatReactsPassesTheChecks has all checks look at functions that react to
// each kind of thing, as services that are not the shop's have them: one with
// everything that their props can say.
func TestWhatReactsPassesTheChecks(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	stack := awscdk.NewStack(app, jsii.String("stock"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("eu-west-1")},
	})
	code := bundle.NewPlaceholders(t.TempDir())
	topic := awssns.Topic_FromTopicArn(stack, jsii.String("Topic"), jsii.String("arn:aws:sns:eu-west-1:111122223333:alarms"))
	deployments := web.NewDeployments(stack, "Releases", &web.DeploymentsProps{AlarmTopic: topic})
	function := func(id string) *web.Function {
		return web.NewFunction(stack, id, &web.FunctionProps{
			Code: code.Handler("cart"), AlarmTopic: topic, Deployments: deployments, Concurrency: web.Concurrency{Reserved: 10},
		})
	}
	bucket := awss3.NewBucket(stack, jsii.String("Bucket"), &awss3.BucketProps{EnforceSSL: jsii.Bool(true)})
	check.Accept(bucket, check.Exception{Rule: "AwsSolutions-S1", Reason: "it is there for this test alone"})
	table := awsdynamodb.NewTableV2(stack, jsii.String("Table"), &awsdynamodb.TablePropsV2{
		PartitionKey:                     &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		DynamoStream:                     awsdynamodb.StreamViewType_KEYS_ONLY,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
		RemovalPolicy:                    awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
	web.OnObject(stack, "Uploaded", &web.OnObjectProps{
		Bucket: bucket, Prefix: "in/", Suffix: ".json", Function: function("Import"),
		BatchSize: 100, BatchWindow: time.Minute, Retries: 9, MaxConcurrency: 10, AlarmTopic: topic,
	})
	web.OnChange(stack, "Changed", &web.OnChangeProps{
		Table: table, Function: function("Learn"), Filters: []map[string]any{{"eventName": []string{"MODIFY"}}},
		BatchSize: 1000, BatchWindow: time.Second, Retries: 3, MaxAge: time.Hour, Parallelization: 10, AlarmTopic: topic,
	})
	nightly := function("Nightly")
	for _, at := range []string{"cron(0 3 * * ? *)", "rate(1 hour)"} {
		web.OnSchedule(stack, at[:4], &web.OnScheduleProps{
			Schedule: at, TimeZone: "Europe/Dublin", Function: nightly, Input: map[string]string{"at": "<aws.scheduler.scheduled-time>"},
			Retries: 1, MaxAge: time.Hour, AlarmTopic: topic,
		})
	}
	check.Add(app, check.Options{})
	cdktest.Synth(t, app)
}
