package web_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// uploaded is a stack with a function that is called for uploads.
func uploaded(t *testing.T, props web.OnObjectProps) cdktest.Template {
	t.Helper()
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		props.Bucket, props.Prefix, props.AlarmTopic = newBucket(stack), "catalogue/", newTopic(stack)
		props.Function = web.NewFunction(stack, "Indexer", &web.FunctionProps{Code: code.Handler("cart"), Timeout: time.Minute})
		web.OnObject(stack, "Uploaded", &props)
	})
}

func TestBucketSendsItsEventsByItself(t *testing.T) {
	template := uploaded(t, web.OnObjectProps{})
	want := map[string]any{"EventBridgeConfiguration": map[string]any{"EventBridgeEnabled": true}}
	if diff := cmp.Diff(any(want), template.Only(t, "AWS::S3::Bucket").Properties["NotificationConfiguration"]); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	if custom := template.All("Custom::S3BucketNotifications"); len(custom) > 0 {
		t.Error("a function of the CDK's changes the bucket's notifications")
	}
}

func TestRuleTakesUploadsOfTheFolderAlone(t *testing.T) {
	for suffix, key := range map[string]any{
		"":      map[string]any{"prefix": "catalogue/"},
		".json": map[string]any{"wildcard": "catalogue/*.json"},
	} {
		template := uploaded(t, web.OnObjectProps{Suffix: suffix})
		rule := template.Only(t, "AWS::Events::Rule").Properties
		want := map[string]any{
			"source":      []any{"aws.s3"},
			"detail-type": []any{"Object Created"},
			"detail": map[string]any{
				"bucket": map[string]any{"name": []any{ref(template.Only(t, "AWS::S3::Bucket"))}},
				"object": map[string]any{"key": []any{key}},
			},
		}
		if diff := cmp.Diff(any(want), rule["EventPattern"]); diff != "" {
			t.Errorf("with the suffix %q (-want +got):\n%s", suffix, diff)
		}
		queue, deadLetters := named(t, template, "AWS::SQS::Queue", "UploadedQueue"), named(t, template, "AWS::SQS::Queue", "UploadedDeadLetters")
		targets := []any{map[string]any{"Id": "Queue", "Arn": getAtt(queue, "Arn"), "DeadLetterConfig": map[string]any{"Arn": getAtt(deadLetters, "Arn")}}}
		if diff := cmp.Diff(any(targets), rule["Targets"]); diff != "" {
			t.Error("where to (-want +got):\n", diff)
		}
	}
}

func TestQueuesTakeMessagesOfThatRuleAlone(t *testing.T) {
	template := uploaded(t, web.OnObjectProps{})
	rule := template.Only(t, "AWS::Events::Rule")
	for _, id := range []string{"UploadedQueue", "UploadedDeadLetters"} {
		policy := named(t, template, "AWS::SQS::QueuePolicy", id+"Policy").Properties
		want := map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
			"Resource":  getAtt(named(t, template, "AWS::SQS::Queue", id), "Arn"),
			"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": getAtt(rule, "Arn")}},
		}
		statements := at(t, policy, "PolicyDocument", "Statement").([]any)
		if diff := cmp.Diff(any(want), statements[len(statements)-1]); len(statements) != 2 || diff != "" {
			t.Errorf("%s has %d statements, of which one lets in (-want +got):\n%s", id, len(statements), diff)
		}
	}
}

func TestUploadIsTriedAgainAndThenKept(t *testing.T) {
	for _, test := range []struct {
		props      web.OnObjectProps
		visibility float64 // six timeouts, and the window
		tries      float64
		late       float64 // all tries, and five minutes
	}{
		{web.OnObjectProps{}, 360, 5, 2100},
		{web.OnObjectProps{Retries: 1, BatchWindow: 30 * time.Second}, 390, 2, 1080},
	} {
		template := uploaded(t, test.props)
		queue := named(t, template, "AWS::SQS::Queue", "UploadedQueue")
		if got := queue.Properties["VisibilityTimeout"]; got != test.visibility {
			t.Errorf("a delivered upload is hidden for %v s, want %v", got, test.visibility)
		}
		want := map[string]any{"deadLetterTargetArn": getAtt(named(t, template, "AWS::SQS::Queue", "UploadedDeadLetters"), "Arn"), "maxReceiveCount": test.tries}
		if diff := cmp.Diff(any(want), queue.Properties["RedrivePolicy"]); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
		if got := queue.Properties["MessageRetentionPeriod"]; got != 345_600.0 {
			t.Errorf("uploads are kept for %v s: want less than dead letters, whose time counts from the upload", got)
		}
		alarm := alarmed(t, template, "ApproximateAgeOfOldestMessage", getAtt(queue, "QueueName"))
		if diff := cmp.Diff([]any{"Maximum", 60.0, "GreaterThanThreshold", test.late, 3.0, 5.0}, beyond(alarm)); diff != "" {
			t.Error("uploads are late (-want +got):\n", diff)
		}
	}
}

func TestUploadsComeInBatches(t *testing.T) {
	for _, test := range []struct {
		name  string
		props web.OnObjectProps
		want  map[string]any
	}{
		{"usual", web.OnObjectProps{}, map[string]any{"BatchSize": 10.0}},
		{
			"all said",
			web.OnObjectProps{BatchSize: 10_000, BatchWindow: 5 * time.Minute, MaxConcurrency: 2},
			map[string]any{"BatchSize": 10_000.0, "MaximumBatchingWindowInSeconds": 300.0, "ScalingConfig": map[string]any{"MaximumConcurrency": 2.0}},
		},
	} {
		template := uploaded(t, test.props)
		test.want["FunctionName"] = ref(template.Only(t, "AWS::Lambda::Alias"))
		test.want["EventSourceArn"] = getAtt(named(t, template, "AWS::SQS::Queue", "UploadedQueue"), "Arn")
		test.want["FunctionResponseTypes"] = []any{"ReportBatchItemFailures"}
		if diff := cmp.Diff(test.want, template.Only(t, "AWS::Lambda::EventSourceMapping").Properties); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestUploadsAreNotRefused: calls beyond what a function reserves are, and count
// as tries.
func TestUploadsAreNotRefused(t *testing.T) {
	for reserved, want := range map[int]any{0: nil, 5: 5.0, 2000: 1000.0} {
		template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
			function := web.NewFunction(stack, "Indexer", &web.FunctionProps{Code: code.Handler("cart"), Concurrency: web.Concurrency{Reserved: reserved}})
			web.OnObject(stack, "Uploaded", &web.OnObjectProps{Bucket: newBucket(stack), Prefix: "in/", Function: function})
		})
		if got := at(t, template.Only(t, "AWS::Lambda::EventSourceMapping").Properties, "ScalingConfig", "MaximumConcurrency"); got != want {
			t.Errorf("%d reserved: up to %v calls at once, want %v", reserved, got, want)
		}
	}
}

func TestFunctionMayReadItsQueueAndTheFolderAlone(t *testing.T) {
	template := uploaded(t, web.OnObjectProps{})
	want := map[string]any{
		"sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage": getAtt(named(t, template, "AWS::SQS::Queue", "UploadedQueue"), "Arn"),
		"s3:GetObject": map[string]any{"Fn::Join": []any{"", []any{getAtt(template.Only(t, "AWS::S3::Bucket"), "Arn"), "/catalogue/*"}}},
	}
	if diff := cmp.Diff(want, grants(t, template, "IndexerRole")); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestFunctionMayDecryptWhatItReads(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		key := awskms.NewKey(stack, jsii.String("Key"), nil)
		bucket := awss3.NewBucket(stack, jsii.String("Bucket"), &awss3.BucketProps{EncryptionKey: key})
		web.OnObject(stack, "Uploaded", &web.OnObjectProps{Bucket: bucket, Prefix: "catalogue/", Function: newFunction(stack, "Indexer", code)})
	})
	if diff := cmp.Diff(getAtt(template.Only(t, "AWS::KMS::Key"), "Arn"), grants(t, template, "IndexerRole")["kms:Decrypt"]); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestMisusedOnObject(t *testing.T) {
	app := awscdk.NewApp(nil)
	stack := newStack(app)
	function, bucket := newFunction(stack, "Indexer", bundle.NewPlaceholders(t.TempDir())), newBucket(stack)
	single := web.NewFunction(stack, "Single", &web.FunctionProps{Code: bundle.NewPlaceholders(t.TempDir()).Handler("cart"), Concurrency: web.Concurrency{Reserved: 1}})
	slow := web.NewFunction(stack, "Slow", &web.FunctionProps{Code: bundle.NewPlaceholders(t.TempDir()).Handler("cart"), Timeout: 15 * time.Minute})
	others := newBucket(awscdk.NewStack(app, jsii.String("other"), nil))
	for _, test := range []struct {
		name, want string
		props      web.OnObjectProps
	}{
		{"nothing", "no bucket", web.OnObjectProps{}},
		{"no function", "no function", web.OnObjectProps{Bucket: bucket, Prefix: "in/"}},
		{"another stack's bucket", "the bucket is another stack's: want OnObject in that one, which alone can have it send its events", web.OnObjectProps{Bucket: others, Prefix: "in/", Function: function}},
		{"no prefix", `prefix "": want a folder such as "catalogue/", without * ? $ and \`, web.OnObjectProps{Bucket: bucket, Function: function}},
		{"no folder", `prefix "in": want a folder such as "catalogue/", without * ? $ and \`, web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in"}},
		{"everything", `prefix "/": want a folder such as "catalogue/", without * ? $ and \`, web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "/"}},
		{"a wildcard", `prefix "in*/": want a folder such as "catalogue/", without * ? $ and \`, web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in*/"}},
		{"a wildcard at the end", `suffix "*.json": want one such as ".json", without * and \`, web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in/", Suffix: "*.json"}},
		{"too many retries", "1000 retries: want 1 to 999", web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in/", Retries: 1000}},
		{
			"retries for a week", "64 retries, 1h30m apart: want 63 or fewer, for the queue keeps an upload for 4 days, after which it is no dead letter but gone",
			web.OnObjectProps{Bucket: bucket, Function: slow, Prefix: "in/", Retries: 64},
		},
		{"one at a time", "1 calls at once: want 2 to 1,000, as Lambda takes them, or none and no reserved concurrency", web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in/", MaxConcurrency: 1}},
		{
			"one reserved", "1 calls at once: want 2 to 1,000, as Lambda takes them, or none and no reserved concurrency",
			web.OnObjectProps{Bucket: bucket, Function: single, Prefix: "in/"},
		},
		{"large batches", "batches of 11 and no window: want a BatchWindow of 1 s or more, as Lambda does for more than 10", web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in/", BatchSize: 11}},
		{"larger batches", "batches of 10001: want 1 to 10,000", web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in/", BatchSize: 10_001, BatchWindow: time.Second}},
		{"a long window", "batch window 6m0s: want whole seconds, up to 5 minutes", web.OnObjectProps{Bucket: bucket, Function: function, Prefix: "in/", BatchWindow: 6 * time.Minute}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := `web: on object "Uploaded": ` + test.want
			if got := misuse(t, func() { web.OnObject(stack, "Uploaded", &test.props) }); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
