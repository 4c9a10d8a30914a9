package web_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

func TestAlarmsMayPublishToTheirTopicAndNobodyInTheClear(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewAlarmTopic(stack, "Alarms", &web.AlarmTopicProps{Name: "annex-dev"})
	})
	topic := template.Only(t, "AWS::SNS::Topic")
	want := []any{
		map[string]any{
			"Sid": "AllowPublishThroughSSLOnly", "Effect": "Deny", "Action": "sns:Publish",
			"Principal": "*", "Resource": ref(topic),
			"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
		},
		map[string]any{
			"Sid": "AllowAlarmsOfThisAccount", "Effect": "Allow", "Action": "sns:Publish",
			"Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"}, "Resource": ref(topic),
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": "111122223333"}},
		},
	}
	policy := template.Only(t, "AWS::SNS::TopicPolicy").Properties
	if diff := cmp.Diff(any(want), at(t, policy, "PolicyDocument", "Statement")); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	if diff := cmp.Diff(any([]any{ref(topic)}), policy["Topics"]); diff != "" {
		t.Error("the policy's topics (-want +got):\n", diff)
	}
	// CloudWatch cannot use the key that AWS manages for SNS.
	if key := topic.Properties["KmsMasterKeyId"]; key != nil {
		t.Errorf("the topic has the key %v", key)
	}
	if got := template.All("AWS::SNS::Subscription"); len(got) > 0 {
		t.Errorf("subscriptions that nobody asked for: %v", got)
	}
}

func TestAlarmsAreMailed(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewAlarmTopic(stack, "Alarms", &web.AlarmTopicProps{Name: "annex-dev", Email: "platform@example.com"})
	})
	want := map[string]any{
		"Protocol": "email", "Endpoint": "platform@example.com",
		"TopicArn": ref(template.Only(t, "AWS::SNS::Topic")),
	}
	if diff := cmp.Diff(want, template.Only(t, "AWS::SNS::Subscription").Properties); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestMisusedAlarmTopic(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	want := `web: alarm topic "Alarms": no name`
	if got := misuse(t, func() { web.NewAlarmTopic(stack, "Alarms", &web.AlarmTopicProps{}) }); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
