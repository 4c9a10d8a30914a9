package web_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func newBucket(stack awscdk.Stack) awss3.Bucket {
	return awss3.NewBucket(stack, jsii.String("Bucket"), nil)
}

// newTable gives a table, with a stream unless it is to have none.
func newTable(stack awscdk.Stack, id string, stream awsdynamodb.StreamViewType) awsdynamodb.TableV2 {
	return awsdynamodb.NewTableV2(stack, jsii.String(id), &awsdynamodb.TablePropsV2{
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		DynamoStream: stream,
	})
}

// grants gives the statements of a role, each as its actions and its resource,
// but for those that every function has.
func grants(t *testing.T, template cdktest.Template, role string) map[string]any {
	t.Helper()
	found := map[string]any{}
	for _, statement := range at(t, named(t, template, "AWS::IAM::Policy", role).Properties, "PolicyDocument", "Statement").([]any) {
		var actions []string
		switch action := at(t, statement, "Action").(type) {
		case string:
			actions = []string{action}
		case []any:
			for _, one := range action {
				actions = append(actions, one.(string))
			}
		}
		if !strings.HasPrefix(actions[0], "logs:") && !strings.HasPrefix(actions[0], "xray:") {
			found[strings.Join(actions, " ")] = at(t, statement, "Resource")
		}
	}
	return found
}

// alarmed gives the alarm on a metric, which tells the topic.
func alarmed(t *testing.T, template cdktest.Template, metric string, dimension any) map[string]any {
	t.Helper()
	for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
		if alarm.Properties["MetricName"] == metric && cmp.Equal(at(t, alarm.Properties, "Dimensions", 0, "Value"), dimension) {
			topic := []any{ref(template.Only(t, "AWS::SNS::Topic"))}
			if diff := cmp.Diff(any(topic), alarm.Properties["AlarmActions"]); diff != "" {
				t.Errorf("who is told of %s (-want +got):\n%s", metric, diff)
			}
			return alarm.Properties
		}
	}
	t.Fatalf("no alarm on %s of %v", metric, dimension)
	return nil
}

// beyond says when an alarm begins.
func beyond(alarm map[string]any) []any {
	return []any{alarm["Statistic"], alarm["Period"], alarm["ComparisonOperator"], alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]}
}

// reacting is a stack in which one function reacts to everything.
func reacting(t *testing.T) cdktest.Template {
	t.Helper()
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		topic, function := newTopic(stack), newFunction(stack, "All", code)
		web.OnObject(stack, "Uploaded", &web.OnObjectProps{Bucket: newBucket(stack), Prefix: "catalogue/", Function: function, AlarmTopic: topic})
		web.OnChange(stack, "Changed", &web.OnChangeProps{Table: newTable(stack, "Table", awsdynamodb.StreamViewType_NEW_IMAGE), Function: function, AlarmTopic: topic})
		web.OnSchedule(stack, "Nightly", &web.OnScheduleProps{Schedule: "cron(0 3 * * ? *)", Function: function, AlarmTopic: topic})
		web.OnSchedule(stack, "Hourly", &web.OnScheduleProps{Schedule: "rate(1 hour)", Function: function, AlarmTopic: topic})
	})
}

func TestQueuesAreEncryptedAndWantTLS(t *testing.T) {
	template := reacting(t)
	queues := template.All("AWS::SQS::Queue")
	if len(queues) != 4 {
		t.Errorf("%d queues: want that of the uploads, and the dead letters of uploads, changes and schedules", len(queues))
	}
	for _, queue := range queues {
		if queue.Properties["SqsManagedSseEnabled"] != true {
			t.Errorf("%s is not encrypted", queue.LogicalID)
		}
		denied := slices.ContainsFunc(template.All("AWS::SQS::QueuePolicy"), func(policy cdktest.Resource) bool {
			return cmp.Equal(at(t, policy.Properties, "Queues"), any([]any{ref(queue)})) &&
				cmp.Equal(at(t, policy.Properties, "PolicyDocument", "Statement", 0), any(map[string]any{
					"Effect": "Deny", "Principal": map[string]any{"AWS": "*"}, "Action": "sqs:*", "Resource": getAtt(queue, "Arn"),
					"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
				}))
		})
		if !denied {
			t.Errorf("%s can be reached without TLS", queue.LogicalID)
		}
	}
}

func TestEveryDeadLetterIsToldOfAndKeptForLong(t *testing.T) {
	template := reacting(t)
	for _, of := range []string{"UploadedDeadLetters", "ChangedDeadLetters", "AllDeadLetters"} {
		queue := named(t, template, "AWS::SQS::Queue", of)
		if queue.Properties["MessageRetentionPeriod"] != 1_209_600.0 {
			t.Errorf("%s keeps messages for %v s", of, queue.Properties["MessageRetentionPeriod"])
		}
		alarm := alarmed(t, template, "ApproximateNumberOfMessagesVisible", getAtt(queue, "QueueName"))
		if diff := cmp.Diff([]any{"Maximum", 60.0, "GreaterThanThreshold", 0.0, 1.0, 1.0}, beyond(alarm)); diff != "" {
			t.Errorf("%s: the alarm begins (-want +got):\n%s", of, diff)
		}
		text, _ := json.Marshal(alarm["AlarmDescription"])
		if !strings.Contains(string(text), "'Dead letters' in docs/operations.md") || strings.Contains(string(text), "0s") {
			t.Errorf("%s: %s does not say what to do, or not as people speak", of, text)
		}
	}
}

// TestFailingIsToldOnce: the alarm of a version that Deployments released is
// there already.
func TestFailingIsToldOnce(t *testing.T) {
	template := reacting(t)
	alarm := alarmed(t, template, "Errors", ref(template.Only(t, "AWS::Lambda::Function")))
	if diff := cmp.Diff([]any{"Sum", 60.0, "GreaterThanThreshold", 0.0, 3.0, 5.0}, beyond(alarm)); diff != "" {
		t.Error("it begins (-want +got):\n", diff)
	}

	template = synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		topic := newTopic(stack)
		web.OnSchedule(stack, "Nightly", &web.OnScheduleProps{
			Schedule: "rate(1 day)", AlarmTopic: topic,
			Function: web.NewFunction(stack, "Tidy", &web.FunctionProps{Code: code.Handler("cart"), AlarmTopic: topic, Deployments: newDeployments(stack, topic)}),
		})
	})
	var names []any
	for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
		if alarm.Properties["MetricName"] == "Errors" {
			names = append(names, at(t, alarm.Properties, "Dimensions", 0, "Name"))
		}
	}
	if diff := cmp.Diff([]any{"ExecutedVersion"}, names); diff != "" {
		t.Error("alarms on errors, by what they are of (-want +got):\n", diff)
	}
}

// TestWhatIsInNoQueueIsToldOf: once for a function, however many streams and
// schedules it has, and where Deployments release it, too.
func TestWhatIsInNoQueueIsToldOf(t *testing.T) {
	check := func(template cdktest.Template, namespace, metric string, dimension any) {
		t.Helper()
		alarm := alarmed(t, template, metric, dimension)
		if diff := cmp.Diff([]any{"Sum", 60.0, "GreaterThanThreshold", 0.0, 1.0, 1.0}, beyond(alarm)); diff != "" {
			t.Errorf("%s: the alarm begins (-want +got):\n%s", metric, diff)
		}
		if alarm["Namespace"] != namespace || alarm["TreatMissingData"] != "notBreaching" || !strings.Contains(alarm["AlarmDescription"].(string), "docs/operations.md") {
			t.Errorf("the alarm is %v", alarm)
		}
	}
	template := reacting(t)
	check(template, "AWS/Lambda", "DestinationDeliveryFailures", ref(template.Only(t, "AWS::Lambda::Function")))
	check(template, "AWS/Events", "InvocationsFailedToBeSentToDlq", ref(template.Only(t, "AWS::Events::Rule")))

	template = synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		topic := newTopic(stack)
		web.OnChange(stack, "Changed", &web.OnChangeProps{
			Table: newTable(stack, "Table", awsdynamodb.StreamViewType_NEW_IMAGE), AlarmTopic: topic,
			Function: web.NewFunction(stack, "Learn", &web.FunctionProps{Code: code.Handler("cart"), AlarmTopic: topic, Deployments: newDeployments(stack, topic)}),
		})
	})
	check(template, "AWS/Lambda", "DestinationDeliveryFailures", ref(named(t, template, "AWS::Lambda::Function", "Learn")))
}

// TestEverythingCallsTheAlias: so a release shifts what is uploaded, changed and
// scheduled as it does requests, and a version is not held by a mapping.
func TestEverythingCallsTheAlias(t *testing.T) {
	template := reacting(t)
	alias := ref(template.Only(t, "AWS::Lambda::Alias"))
	for _, mapping := range template.All("AWS::Lambda::EventSourceMapping") {
		if diff := cmp.Diff(alias, mapping.Properties["FunctionName"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mapping.LogicalID, diff)
		}
	}
	for _, schedule := range template.All("AWS::Scheduler::Schedule") {
		if diff := cmp.Diff(alias, at(t, schedule.Properties, "Target", "Arn")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", schedule.LogicalID, diff)
		}
	}
	config := template.Only(t, "AWS::Lambda::EventInvokeConfig").Properties
	if config["Qualifier"] != "live" {
		t.Errorf("what becomes of its calls is said of %v", config["Qualifier"])
	}
}

// TestReactionsBeginWhenTheyMay: Lambda tries the role's grants when it is told
// of a source or a destination.
func TestReactionsBeginWhenTheyMay(t *testing.T) {
	template := reacting(t)
	for _, resourceType := range []string{"AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"} {
		for _, resource := range template.All(resourceType) {
			before := needs(template, resource.LogicalID)
			if policy := named(t, template, "AWS::IAM::Policy", "AllRole"); !before[policy.LogicalID] {
				t.Errorf("%s may be made before %s", resource.LogicalID, policy.LogicalID)
			}
		}
	}
	for _, schedule := range template.All("AWS::Scheduler::Schedule") {
		before := needs(template, schedule.LogicalID)
		for _, resource := range []cdktest.Resource{
			template.Only(t, "AWS::Lambda::EventInvokeConfig"),
			named(t, template, "AWS::IAM::Policy", strings.TrimSuffix(schedule.LogicalID[:len("Nightly")], "S")),
		} {
			if !before[resource.LogicalID] {
				t.Errorf("%s may run before %s is there", schedule.LogicalID, resource.LogicalID)
			}
		}
	}
	for id := range template.Resources {
		if needs(template, id)[id] {
			t.Errorf("%s needs itself", id)
		}
	}
}

func TestNobodyIsToldWithoutATopic(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		function := newFunction(stack, "All", code)
		web.OnObject(stack, "Uploaded", &web.OnObjectProps{Bucket: newBucket(stack), Prefix: "catalogue/", Function: function})
		web.OnChange(stack, "Changed", &web.OnChangeProps{Table: newTable(stack, "Table", awsdynamodb.StreamViewType_NEW_IMAGE), Function: function})
		web.OnSchedule(stack, "Nightly", &web.OnScheduleProps{Schedule: "rate(1 day)", Function: function})
	})
	if alarms := template.All("AWS::CloudWatch::Alarm"); len(alarms) > 0 {
		t.Errorf("%d alarms", len(alarms))
	}
}
