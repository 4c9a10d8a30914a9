package events

import (
	"strings"
	"testing"
	"time"

	"annex/local/assembly"
	"annex/local/assembly/assemblytest"
	"annex/local/lambda"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	learner     = "arn:aws:lambda:eu-west-1:111111111111:function:shop-Learner"
	learnerRole = "arn:aws:iam::111111111111:role/shop-Role"
	cartStream  = "arn:aws:dynamodb:eu-west-1:111111111111:table/carts/stream/2026-01-01T00:00:00.000"
	learning    = `"Changes":{"Type":"AWS::Lambda::EventSourceMapping","Properties":{
		"EventSourceArn":"` + cartStream + `","FunctionName":"` + learner + `:live","StartingPosition":"TRIM_HORIZON","BatchSize":50,
		"MaximumBatchingWindowInSeconds":2,"BisectBatchOnFunctionError":true,"MaximumRetryAttempts":3,"MaximumRecordAgeInSeconds":60,"ParallelizationFactor":4,
		"FunctionResponseTypes":["ReportBatchItemFailures"],"FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"MODIFY\"]}"}]},
		"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:eu-west-1:111111111111:dead"}}}}`
	indexing = `"Uploads":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":"uploads","VisibilityTimeout":90}},
	"Indexing":{"Type":"AWS::Lambda::EventSourceMapping","Properties":{
		"EventSourceArn":{"Fn::GetAtt":["Uploads","Arn"]},"FunctionName":"shop-Learner:live","ScalingConfig":{"MaximumConcurrency":2}}}`
)

func readMappings(t *testing.T, resources string) (Config, []assembly.Notice, error) {
	t.Helper()
	return Read(assemblytest.Stack(t, "shop", "aws://111111111111/eu-west-1", "{"+resources+"}"),
		[]lambda.Function{{Name: "shop-Learner", ARN: learner, Region: "eu-west-1", Account: "111111111111", RoleARN: learnerRole}})
}

func TestReadFindsEventSourceMappings(t *testing.T) {
	c, notices, err := readMappings(t, learning+","+indexing)
	if err != nil || len(notices) > 0 {
		t.Fatal(notices, err)
	}
	want := []Mapping{
		{
			ID: "shop/Changes", Name: "stream carts", Source: cartStream, Function: learner + ":live", RoleARN: learnerRole,
			BatchSize: 50, Window: 2 * time.Second, Partial: true, Filters: []string{`{"eventName":["MODIFY"]}`}, Concurrency: 5,
			Bisect: true, Retries: 3, MaxAge: time.Minute, Parallelization: 4, OnFailure: "arn:aws:sqs:eu-west-1:111111111111:dead",
		},
		{
			ID: "shop/Indexing", Name: "queue uploads", Source: "arn:aws:sqs:eu-west-1:111111111111:uploads", Function: learner + ":live", RoleARN: learnerRole,
			BatchSize: 10, Concurrency: 2, Retries: -1, Parallelization: 1, Visibility: 90 * time.Second,
		},
	}
	if diff := cmp.Diff(want, c.Mappings, cmpopts.IgnoreUnexported(Mapping{})); diff != "" {
		t.Error(diff)
	}
	if len(c.Mappings) == 2 && (c.Mappings[0].filter.Match([]byte(`{"eventName":"INSERT"}`)) || !c.Mappings[0].filter.Match([]byte(`{"eventName":"MODIFY"}`))) {
		t.Error("the filter is another")
	}
}

func TestReadSaysWhichMappingsDoNotRunHere(t *testing.T) {
	for name, c := range map[string]struct{ old, new, notice string }{
		"one that is off":             {`"BatchSize":50`, `"Enabled":false`, ""},
		"one of a Kinesis stream":     {cartStream, "arn:aws:kinesis:eu-west-1:111111111111:stream/s", "EventSourceArn: arn:aws:kinesis:eu-west-1:111111111111:stream/s is no queue and no table's stream"},
		"one with windows of its own": {`"BatchSize":50`, `"TumblingWindowInSeconds":30`, "TumblingWindowInSeconds: local mode keeps no state"},
		"one of another function":     {learner, learner + "2", "FunctionName: " + learner + "2:live is no function of the templates"},
	} {
		t.Run(name, func(t *testing.T) {
			got, notices, err := readMappings(t, strings.Replace(learning, c.old, c.new, 1))
			if err != nil || len(got.Mappings) > 0 {
				t.Fatalf("%+v, %v", got, err)
			}
			if c.notice == "" != (len(notices) == 0) || c.notice != "" && !strings.Contains(notices[0].String(), c.notice) {
				t.Errorf("notices are %v, want %q", notices, c.notice)
			}
		})
	}
}

func TestADestinationThatIsNoQueueIsNamed(t *testing.T) {
	got, notices, err := readMappings(t, strings.Replace(learning, "arn:aws:sqs:eu-west-1:111111111111:dead", "arn:aws:sns:eu-west-1:111111111111:topic", 1))
	if err != nil || len(got.Mappings) != 1 || got.Mappings[0].OnFailure != "" || len(notices) != 1 || !strings.Contains(notices[0].String(), "topic is no queue") {
		t.Errorf("%+v, %v, %v", got, notices, err)
	}
}

func TestReadRefusesMappingsThatLambdaWould(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"no position":       {`"StartingPosition":"TRIM_HORIZON",`, ``, `StartingPosition: want TRIM_HORIZON or LATEST for a table's stream, got ""`},
		"a large batch":     {`"BatchSize":50`, `"BatchSize":10001`, "BatchSize: it is beyond"},
		"a long window":     {`InSeconds":2,`, `InSeconds":301,`, "MaximumBatchingWindowInSeconds: it is beyond"},
		"many lanes":        {`"ParallelizationFactor":4`, `"ParallelizationFactor":11`, "ParallelizationFactor: it is beyond"},
		"a pattern":         {`[\"MODIFY\"]`, `\"MODIFY\"`, "FilterCriteria: filter 1: "},
		"what is no number": {`"BatchSize":50`, `"BatchSize":[]`, "BatchSize: want a number"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readMappings(t, strings.Replace(learning, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	if _, _, err := readMappings(t, strings.Replace(indexing, `"ScalingConfig"`, `"BatchSize":11,"ScalingConfig"`, 1)); err == nil || !strings.Contains(err.Error(), "BatchSize: it is beyond") {
		t.Errorf("11 messages without a window: %v", err)
	}
}

func TestFunctionsAreFoundByEachOfTheirNames(t *testing.T) {
	for name, want := range map[string]string{
		"shop-Learner": "", "shop-Learner:live": ":live", learner: "", learner + ":live": ":live", learner + ":$LATEST": "",
		"111111111111:function:shop-Learner": "", "111111111111:function:shop-Learner:2": ":2",
	} {
		c, _, err := readMappings(t, strings.Replace(learning, learner+":live", name, 1))
		if err != nil || len(c.Mappings) != 1 || c.Mappings[0].Function != learner+want {
			t.Errorf("%s is %+v, %v", name, c.Mappings, err)
		}
	}
}

func TestReadFindsWhoIsToldOfAsynchronousInvocations(t *testing.T) {
	const dead = "arn:aws:sqs:eu-west-1:111111111111:dead"
	c, notices, err := readMappings(t, `"Learner":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"shop-Learner","DeadLetterConfig":{"TargetArn":"`+dead+`"}}},
	"Other":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"other","DeadLetterConfig":{"TargetArn":"arn:aws:sns:eu-west-1:111111111111:topic"}}},
	"Retry":{"Type":"AWS::Lambda::EventInvokeConfig","Properties":{"FunctionName":"shop-Learner","Qualifier":"live","DestinationConfig":{
		"OnFailure":{"Destination":"`+dead+`"},"OnSuccess":{"Destination":"`+learner+`:live"}}}},
	"Again":{"Type":"AWS::Lambda::EventInvokeConfig","Properties":{"FunctionName":"shop-Learner","Qualifier":"2","DestinationConfig":{
		"OnFailure":{"Destination":"arn:aws:events:eu-west-1:111111111111:event-bus/default"}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if c.DeadLetters[learner] != dead || len(c.DeadLetters) != 1 {
		t.Errorf("the dead-letter queues are %v", c.DeadLetters)
	}
	if got := c.Retries[learner+":live"]; got.OnFailure != dead || got.OnSuccess != learner+":live" || got.Attempts != 2 {
		t.Errorf("live is %+v", got)
	}
	if got := c.Retries[learner+":2"]; got.OnFailure != "" || len(notices) != 2 {
		t.Errorf("2 is %+v, notices are %v", got, notices)
	}
}
