package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// changed is a stack with a function that is called for changes.
func changed(t *testing.T, props web.OnChangeProps) cdktest.Template {
	t.Helper()
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		props.Table, props.AlarmTopic = newTable(stack, "Carts", awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES), newTopic(stack)
		props.Function = newFunction(stack, "Learner", code)
		web.OnChange(stack, "Changed", &props)
	})
}

func TestChangesComeInBatchesAndAreGivenUpInTime(t *testing.T) {
	for _, test := range []struct {
		name  string
		props web.OnChangeProps
		want  map[string]any
	}{
		{"usual", web.OnChangeProps{}, map[string]any{"BatchSize": 100.0, "MaximumRetryAttempts": 10.0, "MaximumRecordAgeInSeconds": 43_200.0}},
		{
			"all said",
			web.OnChangeProps{
				BatchSize: 1000, BatchWindow: time.Second, Retries: 2, MaxAge: time.Minute, Parallelization: 4,
				Filters: []map[string]any{{"eventName": []string{"MODIFY"}}, {"dynamodb": map[string]any{"SizeBytes": []any{map[string]any{"numeric": []any{">", 0}}}}}},
			},
			map[string]any{
				"BatchSize": 1000.0, "MaximumBatchingWindowInSeconds": 1.0, "MaximumRetryAttempts": 2.0, "MaximumRecordAgeInSeconds": 60.0, "ParallelizationFactor": 4.0,
				"FilterCriteria": map[string]any{"Filters": []any{
					map[string]any{"Pattern": `{"eventName":["MODIFY"]}`},
					map[string]any{"Pattern": `{"dynamodb":{"SizeBytes":[{"numeric":[">",0]}]}}`},
				}},
			},
		},
	} {
		template := changed(t, test.props)
		test.want["FunctionName"] = ref(template.Only(t, "AWS::Lambda::Alias"))
		test.want["EventSourceArn"] = getAtt(template.Only(t, "AWS::DynamoDB::GlobalTable"), "StreamArn")
		test.want["StartingPosition"] = "TRIM_HORIZON"
		test.want["FunctionResponseTypes"] = []any{"ReportBatchItemFailures"}
		test.want["BisectBatchOnFunctionError"] = true
		test.want["DestinationConfig"] = map[string]any{"OnFailure": map[string]any{"Destination": getAtt(template.Only(t, "AWS::SQS::Queue"), "Arn")}}
		if diff := cmp.Diff(test.want, template.Only(t, "AWS::Lambda::EventSourceMapping").Properties); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestFunctionMayReadTheStreamAndKeepDeadLettersAlone(t *testing.T) {
	template := changed(t, web.OnChangeProps{})
	want := map[string]any{
		"dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams": getAtt(template.Only(t, "AWS::DynamoDB::GlobalTable"), "StreamArn"),
		"sqs:SendMessage": getAtt(template.Only(t, "AWS::SQS::Queue"), "Arn"),
	}
	if diff := cmp.Diff(want, grants(t, template, "LearnerRole")); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

// TestFallingBehindIsToldBeforeChangesAreGivenUp, for their age.
func TestFallingBehindIsToldBeforeChangesAreGivenUp(t *testing.T) {
	for maxAge, milliseconds := range map[time.Duration]float64{0: 900_000, 24 * time.Hour: 900_000, 10 * time.Minute: 300_000} {
		template := changed(t, web.OnChangeProps{MaxAge: maxAge})
		alarm := alarmed(t, template, "IteratorAge", ref(template.Only(t, "AWS::Lambda::Function")))
		if diff := cmp.Diff([]any{"Maximum", 60.0, "GreaterThanThreshold", milliseconds, 3.0, 5.0}, beyond(alarm)); diff != "" {
			t.Errorf("with a maximum age of %s (-want +got):\n%s", maxAge, diff)
		}
	}
}

// TestChangesOfAnotherStacksTable: the reference is weak, so that the table's
// stack is not held by those who read it.
func TestChangesOfAnotherStacksTable(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	stack := newStack(app)
	table := newTable(awscdk.NewStack(app, jsii.String("cart"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("us-east-1")},
	}), "Carts", awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES)
	web.OnChange(stack, "Changed", &web.OnChangeProps{Table: table, Function: newFunction(stack, "Learner", bundle.NewPlaceholders(t.TempDir()))})
	template := cdktest.Synth(t, app)["shop"]

	source := template.Only(t, "AWS::Lambda::EventSourceMapping").Properties["EventSourceArn"]
	if at(t, source, "Fn::GetStackOutput", "StackName") != "cart" {
		t.Error("it reads ", source)
	}
	if diff := cmp.Diff(source, grants(t, template, "LearnerRole")["dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams"]); diff != "" {
		t.Error("it reads one stream and may read another (-want +got):\n", diff)
	}
}

func TestMisusedOnChange(t *testing.T) {
	app := awscdk.NewApp(nil)
	stack := newStack(app)
	function := newFunction(stack, "Learner", bundle.NewPlaceholders(t.TempDir()))
	far := newTable(awscdk.NewStack(app, jsii.String("far"), &awscdk.StackProps{Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("eu-west-1")}}),
		"Carts", awsdynamodb.StreamViewType_KEYS_ONLY)
	table, still := newTable(stack, "Carts", awsdynamodb.StreamViewType_KEYS_ONLY), newTable(stack, "Orders", "")
	filter := map[string]any{"eventName": []string{"MODIFY"}}
	for _, test := range []struct {
		name, want string
		props      web.OnChangeProps
	}{
		{"nothing", "no table", web.OnChangeProps{}},
		{"no function", "no function", web.OnChangeProps{Table: table}},
		{"no stream", "the table has no stream: want DynamoStream in its props, such as awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES", web.OnChangeProps{Table: still, Function: function}},
		{
			"another region's table", "the table is in eu-west-1: want a function there, for Lambda reads streams of its own region alone, not one in us-east-1",
			web.OnChangeProps{Table: far, Function: function},
		},
		{"too many retries", "10001 retries: want 1 to 10,000", web.OnChangeProps{Table: table, Function: function, Retries: 10_001}},
		{"older than the stream", "maximum age 25h0m0s: want whole seconds, from 1 minute to the 24 hours that a stream keeps", web.OnChangeProps{Table: table, Function: function, MaxAge: 25 * time.Hour}},
		{"too young", "maximum age 59s: want whole seconds, from 1 minute to the 24 hours that a stream keeps", web.OnChangeProps{Table: table, Function: function, MaxAge: 59 * time.Second}},
		{"many at once", "11 calls at once for a shard: want 1 to 10", web.OnChangeProps{Table: table, Function: function, Parallelization: 11}},
		{"large batches", "batches of 10001: want 1 to 10,000", web.OnChangeProps{Table: table, Function: function, BatchSize: 10_001}},
		{
			"gathered for too long", "batch window 2m0s and maximum age 1m0s: want a longer age, or changes are given up before the first call for them",
			web.OnChangeProps{Table: table, Function: function, BatchWindow: 2 * time.Minute, MaxAge: time.Minute},
		},
		{"gathered for a day", "batch window 13h0m0s: want whole seconds, up to 5 minutes", web.OnChangeProps{Table: table, Function: function, BatchWindow: 13 * time.Hour}},
		{"half seconds", "batch window 500ms: want whole seconds, up to 5 minutes", web.OnChangeProps{Table: table, Function: function, BatchWindow: 500 * time.Millisecond}},
		{"too many filters", "6 filters: want 5 or fewer", web.OnChangeProps{Table: table, Function: function, Filters: []map[string]any{filter, filter, filter, filter, filter, filter}}},
		{"an empty filter", "a filter of 2 bytes: want a pattern, of 4,096 at most", web.OnChangeProps{Table: table, Function: function, Filters: []map[string]any{{}}}},
		{"a long filter", "a filter of 4111 bytes: want a pattern, of 4,096 at most", web.OnChangeProps{Table: table, Function: function, Filters: []map[string]any{{"eventName": []string{strings.Repeat("x", 4093)}}}}},
		{"no JSON", "filter: json: unsupported type: func()", web.OnChangeProps{Table: table, Function: function, Filters: []map[string]any{{"eventName": func() {}}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := `web: on change "Changed": ` + test.want
			if got := misuse(t, func() { web.OnChange(stack, "Changed", &test.props) }); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
