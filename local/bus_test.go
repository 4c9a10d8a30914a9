package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"annex/local/assembly"
	"annex/local/assembly/assemblytest"
	"annex/local/aws"
	"annex/local/events"
	"annex/local/lambda"
)

const uploads = `{
"Queue": {"Type": "AWS::SQS::Queue"}, "Dead": {"Type": "AWS::SQS::Queue"},
"Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["aws.s3"]},
	"Targets": [{"Id": "Q", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}}]}},
"QueuePolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
		"Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}}]}}},
"DeadPolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Dead"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]},
		"Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}}]}}}}`

const ofQueue = `{"Fn::GetAtt": ["Queue", "Arn"]},
		"Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}`

func TestTheBusAsksTheQueuesPolicies(t *testing.T) {
	const event = `{"source": "aws.s3"}`
	for name, c := range map[string]struct{ old, new, queue, dead, said string }{
		"allowed":                {"", "", event, "", ""},
		"for another rule":       {ofQueue, strings.Replace(ofQueue, `{"Fn::GetAtt": ["Rule", "Arn"]}`, `"arn:aws:events:eu-west-1:111111111111:rule/other"`, 1), "", event, "went to the dead-letter queue"},
		"by no policy":           {`"Queues": [{"Ref": "Queue"}]`, `"Queues": []`, "", event, "events.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:111111111111:shop-Queue because no resource-based policy allows"},
		"by no policy of either": {`"sqs:SendMessage"`, `"sqs:ReceiveMessage"`, "", "", "an event is lost"},
	} {
		t.Run(name, func(t *testing.T) {
			resources := strings.Replace(uploads, c.old, c.new, 1)
			if name == "by no policy of either" {
				resources = strings.ReplaceAll(uploads, c.old, c.new)
			}
			a := assemblytest.Stack(t, "shop", "aws://111111111111/eu-west-1", resources)
			e, config := busEndpoint(t, a)
			var out bytes.Buffer
			b := newBus(&system{terminal: &terminal{out: &out}})
			b.Update(config.Rules)
			if err := b.put(t.Context(), e, json.RawMessage(event)); err != nil {
				t.Fatal(err)
			}
			for queue, want := range map[string]string{"Queue": c.queue, "Dead": c.dead} {
				over, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				messages, err := e.ReceiveMessages(over, "arn:aws:sqs:eu-west-1:111111111111:shop-"+queue, 10)
				cancel()
				if err != nil || (want == "") != (len(messages) == 0) || len(messages) > 0 && messages[0].Body != want {
					t.Errorf("%s has %+v, %v, want %q", queue, messages, err, want)
				}
				if queue == "Dead" && len(messages) > 0 && !strings.Contains(string(messages[0].JSON), `"ERROR_CODE":{"stringValue":"NO_PERMISSIONS"`) {
					t.Errorf("the dead letter %s does not say why", messages[0].JSON)
				}
			}
			if !strings.Contains(out.String(), c.said) || c.said == "" && out.Len() > 0 {
				t.Errorf("said %q, want %q", out.String(), c.said)
			}
		})
	}
}

func busEndpoint(t *testing.T, a *assembly.Assembly) (*aws.Endpoint, events.Config) {
	t.Helper()
	config, _, err := aws.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	rules, _, err := events.Read(a, []lambda.Function{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := aws.Start(t.Context(), config, aws.Options{DataDir: t.TempDir(), DynamoDB: "http://127.0.0.1:1"}) // of which there is no table
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, rules
}
