package events

import (
	"encoding/json"
	"strings"
	"testing"
)

const uploadRule = `"Queue":{"Type":"AWS::SQS::Queue"},"Dead":{"Type":"AWS::SQS::Queue"},"Warmer":{"Type":"AWS::Lambda::Function"},
	"Permission":{"Type":"AWS::Lambda::Permission","Properties":{"Action":"lambda:InvokeFunction","FunctionName":{"Fn::GetAtt":["Warmer","Arn"]},"Principal":"events.amazonaws.com","SourceArn":{"Fn::GetAtt":["Rule","Arn"]}}},
	"Rule":{"Type":"AWS::Events::Rule","Metadata":{"aws:cdk:path":"shop/Catalogue/Rule"},"Properties":{
		"EventPattern":{"source":["aws.s3"],"detail":{"object":{"key":[{"prefix":"example"}]}}},"State":"ENABLED",
		"Targets":[{"Id":"Queue","Arn":{"Fn::GetAtt":["Queue","Arn"]},"DeadLetterConfig":{"Arn":{"Fn::GetAtt":["Dead","Arn"]}}},
			{"Id":"Function","Arn":{"Fn::GetAtt":["Warmer","Arn"]},"Input":"{\"a\":1}"}]}}`

func TestARuleTakesEventsToItsTargets(t *testing.T) {
	c, notices, err := read(t, uploadRule)
	if err != nil || len(notices) > 0 || len(c.Rules) != 1 {
		t.Fatal(c.Rules, notices, err)
	}
	if r := c.Rules[0]; r.Name != "shop/Catalogue/Rule" || r.ARN != "arn:aws:events:eu-west-1:111111111111:rule/shop-Rule" {
		t.Errorf("the rule is %+v", r)
	}
	var b Bus
	if got := b.Match(json.RawMessage(created)); len(got) != 0 {
		t.Errorf("without rules: %v", got)
	}
	b.Update(c.Rules)
	got := b.Match(json.RawMessage(created))
	if len(got) != 2 {
		t.Fatalf("%d deliveries, want two", len(got))
	}
	queue, function := got[0], got[1]
	if queue.Target != (RuleTarget{ARN: "arn:aws:sqs:eu-west-1:111111111111:shop-Queue", DeadLetters: "arn:aws:sqs:eu-west-1:111111111111:shop-Dead"}) || string(queue.Body) != created {
		t.Errorf("the queue gets %s by %+v", queue.Body, queue.Target)
	}
	if function.Target.ARN != warmer || !function.Target.Permitted || string(function.Body) != `{"a":1}` {
		t.Errorf("the function gets %s by %+v", function.Body, function.Target)
	}
	if got := b.Match(json.RawMessage(strings.ReplaceAll(created, "example-key", "other"))); len(got) != 0 {
		t.Errorf("an event that does not match goes to %v", got)
	}
}

func TestRulesThatDoNothingHereAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		targets  int // -1 for no rule
		notice   string
	}{
		"one that is off":     {`"ENABLED"`, `"DISABLED"`, -1, ""},
		"of the default bus":  {`"State"`, `"EventBusName":"default","State"`, 2, ""},
		"of another bus":      {`"State"`, `"EventBusName":"orders","State"`, -1, "EventBusName: orders is not the default bus"},
		"a schedule":          {`"State"`, `"ScheduleExpression":"rate(1 hour)","State"`, 2, "ScheduleExpression: local mode runs the schedules of EventBridge Scheduler alone"},
		"a transformer":       {`"Id":"Queue"`, `"Id":"Queue","InputTransformer":{}`, 1, "Targets[0]: local mode does not know InputTransformer"},
		"a path":              {`"Id":"Queue"`, `"Id":"Queue","InputPath":"$.detail"`, 1, "Targets[0]: local mode does not know InputPath"},
		"another service":     {`{"Fn::GetAtt":["Queue","Arn"]}`, `"arn:aws:sns:eu-west-1:111111111111:topic"`, 1, "is no queue and no function"},
		"without permission":  {`"lambda:InvokeFunction"`, `"lambda:GetFunction"`, 2, ""},
		"a property unknown":  {`"State"`, `"Tomorrow":1,"State"`, 2, "Tomorrow: not known to local mode"},
		"a target's, unknown": {`"Id":"Queue"`, `"Id":"Queue","SqsParameters":{}`, 2, "Targets[0].SqsParameters: not known to local mode"},
	} {
		config, notices, err := read(t, strings.Replace(uploadRule, c.old, c.new, 1))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.targets < 0 && len(config.Rules) != 0 || c.targets >= 0 && (len(config.Rules) != 1 || len(config.Rules[0].Targets) != c.targets) {
			t.Errorf("%s: rules %+v, want one with %d targets", name, config.Rules, c.targets)
		}
		if (c.notice == "") != (len(notices) == 0) || len(notices) > 0 && !strings.Contains(notices[0].String(), c.notice) {
			t.Errorf("%s: notices %v, want %q", name, notices, c.notice)
		}
		if name == "without permission" && config.Rules[0].Targets[1].Permitted {
			t.Errorf("%s: it may call the function", name)
		}
	}
	for old, want := range map[string]string{
		`{"prefix":"example"}`: `shop/Catalogue/Rule (AWS::Events::Rule): EventPattern: event pattern: detail.object.key: the operator "contains"`,
		`"EventPattern":{"source":["aws.s3"],"detail":{"object":{"key":[{"prefix":"example"}]}}},`: "it needs an EventPattern",
	} {
		with := `{"contains":"example"}`
		if strings.HasPrefix(old, `"Event`) {
			with = ""
		}
		if _, _, err := read(t, strings.Replace(uploadRule, old, with, 1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
