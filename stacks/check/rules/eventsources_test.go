package rules

import (
	"slices"
	"strings"
)

// reacting are the resources of functions that react to uploads, changes and the
// time, as they should be.
var reacting = resources(
	`Indexer Lambda::Function {"Timeout": 10, "Role": {"Fn::GetAtt": ["IndexerRole", "Arn"]}}`,
	`IndexerLive Lambda::Alias {"FunctionName": {"Ref": "Indexer"}}`,
	`IndexerRole IAM::Role {}`,
	`IndexerPolicy IAM::Policy {"Roles": [{"Ref": "IndexerRole"}], "PolicyDocument": {"Statement": [
		{"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}},
		{"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/catalogue/*"]]}},
		{"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/index/*"]]}}]}}`,
	`Bucket S3::Bucket {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": true}}}`,
	`Rule Events::Rule {"EventPattern": {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {
		"bucket": {"name": [{"Ref": "Bucket"}]}, "object": {"key": [{"prefix": "catalogue/"}]}}},
		"Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}]}`,
	`Queue SQS::Queue {"VisibilityTimeout": 60, "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 5}}`,
	`DeadLetters SQS::Queue {"MessageRetentionPeriod": 1209600}`,
	`QueuePolicy SQS::QueuePolicy {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": [
		{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
		"Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}}]}}`,
	`Uploads Lambda::EventSourceMapping {"FunctionName": {"Ref": "IndexerLive"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
		"FunctionResponseTypes": ["ReportBatchItemFailures"]}`,

	`Carts DynamoDB::GlobalTable {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}, "Replicas": [{"Region": "eu-west-1", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}}]}`,
	`Learner Lambda::Function {"Role": {"Fn::GetAtt": ["LearnerRole", "Arn"]}}`,
	`LearnerLive Lambda::Alias {"FunctionName": {"Ref": "Learner"}}`,
	`LearnerRole IAM::Role {"Policies": [{"PolicyDocument": {"Statement": [
		{"Effect": "Allow", "Action": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"], "Resource": {"Fn::GetAtt": ["Carts", "StreamArn"]}},
		{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["GivenUp", "Arn"]}}]}}]}`,
	`GivenUp SQS::Queue {}`,
	`Changes Lambda::EventSourceMapping {"FunctionName": {"Ref": "LearnerLive"}, "EventSourceArn": {"Fn::GetAtt": ["Carts", "StreamArn"]},
		"StartingPosition": "TRIM_HORIZON", "FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 10,
		"FilterCriteria": {"Filters": [{"Pattern": "{\"eventName\": [\"MODIFY\"]}"}]},
		"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["GivenUp", "Arn"]}}}}`,
	`LearnerCalls Lambda::EventInvokeConfig {"FunctionName": {"Ref": "Learner"}, "Qualifier": "live",
		"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["GivenUp", "Arn"]}}}}`,
	`Nightly Scheduler::Schedule {"Target": {"Arn": {"Ref": "LearnerLive"}, "RoleArn": {"Fn::GetAtt": ["NightlyRole", "Arn"]},
		"DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["GivenUp", "Arn"]}}}}`,
	`NightlyRole IAM::Role {"Policies": [{"PolicyDocument": {"Statement": [
		{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Ref": "LearnerLive"}},
		{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["GivenUp", "Arn"]}}]}}]}`,
)

// keptTable has the table of reacting kept when its stack goes.
var keptTable = `"Carts": {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Type"`

// but gives reacting with some texts replaced by others: old, new, old, new …
func but(replacements ...string) []*Stack {
	text := strings.Replace(reacting, `"Carts": {"Type"`, keptTable, 1)
	for pair := range slices.Chunk(replacements, 2) {
		if !strings.Contains(text, pair[0]) {
			panic("nothing to replace: " + pair[0])
		}
		text = strings.Replace(text, pair[0], pair[1], 1)
	}
	return []*Stack{in("eu-west-1", "shop", text)}
}

// notified is the bucket of reacting, after what the CDK's AddEventNotification makes
// beside it.
func notified(properties string) string {
	return `"Notifications": {"Type": "Custom::S3BucketNotifications", "Properties": {"BucketName": {"Ref": "Bucket"}, ` + properties + `}}, "Bucket": {`
}

// reader is a further mapping of the carts' stream, in a stack of its own.
func reader(name string) *Stack {
	return in("eu-west-1", name, resources(
		`F Lambda::Function {}`, `Live Lambda::Alias {"FunctionName": {"Ref": "F"}}`,
		`Reader Lambda::EventSourceMapping {"FunctionName": {"Ref": "Live"}, "MaximumRetryAttempts": 1, "FunctionResponseTypes": ["ReportBatchItemFailures"],
			"EventSourceArn": {"Fn::GetStackOutput": {"StackName": "shop", "OutputName": "Stream"}}, "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:111122223333:q"}}}`,
	)).after("shop")
}

func readBy(names ...string) []*Stack {
	stacks := but()
	stacks[0].withOutputs(`{"Stream": {"Value": {"Fn::GetAtt": ["Carts", "StreamArn"]}}}`)
	for _, name := range names {
		stacks = append(stacks, reader(name))
	}
	return stacks
}

var eventSourceExamples = []example{
	{name: "as it should be", stacks: but()},
	{
		name:   "visible again within six timeouts",
		stacks: but(`"VisibilityTimeout": 60`, `"VisibilityTimeout": 59`),
		want:   []string{"AX100 shop/Queue: 59 s, for a function of 10 s and a window of 0 s"},
	},
	{
		name:   "the usual visibility",
		stacks: but(`"VisibilityTimeout": 60, `, ``),
		want:   []string{"AX100 shop/Queue: 30 s, for a function of 10 s and a window of 0 s"},
	},
	{
		name:   "the usual visibility, for a function of the usual timeout",
		stacks: but(`"VisibilityTimeout": 60, `, ``, `"Timeout": 10, `, ``),
	},
	{
		name:   "visible again within the window",
		stacks: but(`"Uploads": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {`, `"Uploads": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 1, `),
		want:   []string{"AX100 shop/Queue: 60 s, for a function of 10 s and a window of 1 s"},
	},
	{
		name:   "batches without a window",
		stacks: but(`"Uploads": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {`, `"Uploads": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"BatchSize": 11, `),
		want:   []string{"AX101 shop/Uploads: batches of 11"},
	},
	{
		name:   "two readers of a stream, over two stacks",
		stacks: readBy("notify"),
	},
	{
		name:   "three readers of a stream, over three stacks",
		stacks: readBy("notify", "audit"),
		want:   []string{"AX103 audit/Reader: it reads shop/Carts, and so do shop/Changes and notify/Reader"},
	},
	{
		name: "a stream without destination, retried for ever and in whole batches",
		stacks: []*Stack{in("eu-west-1", "stock", resources(`F Lambda::Function {}`, `Live Lambda::Alias {"FunctionName": {"Ref": "F"}}`,
			`M Lambda::EventSourceMapping {"FunctionName": {"Ref": "Live"}, "EventSourceArn": "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks", "MaximumRetryAttempts": -1}`))},
		want: []string{
			"AX104 stock/M: it reads arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
			"AX105 stock/M: it reads arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
			"AX110 stock/M: it reads arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
		},
	},
	{
		name: "one by one",
		stacks: but(`{"Ref": "IndexerLive"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
		"FunctionResponseTypes": ["ReportBatchItemFailures"]`, `{"Ref": "IndexerLive"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "BatchSize": 1`),
	},
	{
		name:   "more calls than are reserved",
		stacks: but(`"Timeout": 10, `, `"Timeout": 10, "ReservedConcurrentExecutions": 5, `),
		want:   []string{"AX109 shop/Uploads: up to 1000, and shop/Indexer reserves 5"},
	},
	{
		name: "as many calls as are reserved",
		stacks: but(`"Timeout": 10, `, `"Timeout": 10, "ReservedConcurrentExecutions": 5, `,
			`"Uploads": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {`, `"Uploads": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"ScalingConfig": {"MaximumConcurrency": 5}, `),
	},
	{
		name: "more calls for a shard than are reserved",
		stacks: but(`"Learner": {"Type": "AWS::Lambda::Function", "Properties": {`, `"Learner": {"Type": "AWS::Lambda::Function", "Properties": {"ReservedConcurrentExecutions": 5, `,
			`"StartingPosition"`, `"ParallelizationFactor": 6, "StartingPosition"`),
		want: []string{"AX109 shop/Changes: up to 6, and shop/Learner reserves 5"},
	},
	{
		name:   "a table without a stream",
		stacks: but(`"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}, `, ``),
		want:   []string{"AX113 shop/Changes: shop/Carts has no stream"},
	},
	{
		name:   "a bucket that sends no events",
		stacks: but(`"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": true}}`, ``),
		want:   []string{"AX113 shop/Rule: shop/Bucket sends none"},
	},
	{
		name:   "a bucket that also tells a function itself",
		stacks: but(`"Bucket": {`, notified(`"Managed": true, "NotificationConfiguration": {"LambdaFunctionConfigurations": []}`)),
		want:   []string{"AX113 shop/Rule: shop/Notifications has shop/Bucket send none"},
	},
	{
		name:   "a bucket that tells both",
		stacks: but(`"Bucket": {`, notified(`"Managed": true, "NotificationConfiguration": {"EventBridgeConfiguration": {}}`)),
	},
	{
		name:   "a bucket that keeps what it says itself",
		stacks: but(`"Bucket": {`, notified(`"Managed": false, "NotificationConfiguration": {"LambdaFunctionConfigurations": []}`)),
	},
	{
		name:   "a function that is called by its name",
		stacks: but(`"FunctionName": {"Ref": "IndexerLive"}`, `"FunctionName": {"Ref": "Indexer"}`),
		want:   []string{"AX036 shop/Uploads: shop/Indexer"},
	},
}
