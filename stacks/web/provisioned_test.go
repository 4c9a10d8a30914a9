package web_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func provisioned(t *testing.T, p web.Provisioned) cdktest.Template {
	t.Helper()
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		web.NewFunction(stack, "Cart", &web.FunctionProps{Code: code.Handler("cart"), Concurrency: web.Concurrency{Provisioned: &p}})
	})
}

func TestFixedNumberIsOfTheAlias(t *testing.T) {
	template := provisioned(t, web.Provisioned{Min: 3})

	want := map[string]any{"ProvisionedConcurrentExecutions": 3.0}
	if diff := cmp.Diff(want, template.Only(t, "AWS::Lambda::Alias").Properties["ProvisionedConcurrencyConfig"]); diff != "" {
		t.Error("the alias (-want +got):\n", diff)
	}
	// A version's stay, and are paid for, when the alias has moved on.
	if got := template.Only(t, "AWS::Lambda::Version").Properties["ProvisionedConcurrencyConfig"]; got != nil {
		t.Error("the version: ", got)
	}
	if got := template.All("AWS::ApplicationAutoScaling::ScalableTarget"); len(got) != 0 {
		t.Error("it scales: ", got)
	}
}

func TestNumberThatScalesIsLeftToTheScaling(t *testing.T) {
	template := provisioned(t, web.Provisioned{
		Min: 2, Max: 20, Utilization: 60, TimeZone: "Europe/Dublin",
		Schedule: []web.Scaling{
			{At: "cron(0 8 ? * MON-FRI *)", Min: 10},
			{At: "cron(0 9 ? * SAT *)", Min: 30},
			{At: "cron(0 20 ? * * *)", Min: 2, Max: 5},
		},
	})

	alias := template.Only(t, "AWS::Lambda::Alias")
	// Each deployment would set the number back to it.
	if got := alias.Properties["ProvisionedConcurrencyConfig"]; got != nil {
		t.Error("the alias: ", got)
	}
	if got := template.Only(t, "AWS::Lambda::Version").Properties["ProvisionedConcurrencyConfig"]; got != nil {
		t.Error("the version: ", got)
	}
	target := template.Only(t, "AWS::ApplicationAutoScaling::ScalableTarget")
	name := map[string]any{"Fn::Select": []any{6.0, map[string]any{"Fn::Split": []any{":", ref(alias)}}}}
	for property, want := range map[string]any{
		"ResourceId":        map[string]any{"Fn::Join": []any{"", []any{"function:", name, ":live"}}},
		"ScalableDimension": "lambda:function:ProvisionedConcurrency",
		"MinCapacity":       2.0,
		"MaxCapacity":       20.0,
		"ScheduledActions": []any{
			scheduled("schedule-1", "cron(0 8 ? * MON-FRI *)", "Europe/Dublin", 10, 20),
			scheduled("schedule-2", "cron(0 9 ? * SAT *)", "Europe/Dublin", 30, 30),
			scheduled("schedule-3", "cron(0 20 ? * * *)", "Europe/Dublin", 2, 5),
		},
	} {
		if diff := cmp.Diff(want, target.Properties[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
	policy := template.Only(t, "AWS::ApplicationAutoScaling::ScalingPolicy").Properties
	want := map[string]any{
		"PredefinedMetricSpecification": map[string]any{"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"},
		"TargetValue":                   0.6,
	}
	if diff := cmp.Diff(want, policy["TargetTrackingScalingPolicyConfiguration"]); diff != "" {
		t.Error("the policy (-want +got):\n", diff)
	}
	if diff := cmp.Diff(ref(target), policy["ScalingTargetId"]); diff != "" {
		t.Error("the policy's target (-want +got):\n", diff)
	}
}

func scheduled(name, at, zone string, min, max float64) any {
	return map[string]any{
		"ScheduledActionName": name, "Schedule": at, "Timezone": zone,
		"ScalableTargetAction": map[string]any{"MinCapacity": min, "MaxCapacity": max},
	}
}

func TestNumberByScheduleAloneFollowsNothingElse(t *testing.T) {
	template := provisioned(t, web.Provisioned{Min: 2, Schedule: hours(10, 0)})

	target := template.Only(t, "AWS::ApplicationAutoScaling::ScalableTarget").Properties
	if target["MinCapacity"] != 2.0 || target["MaxCapacity"] != 2.0 {
		t.Errorf("at first from %v to %v", target["MinCapacity"], target["MaxCapacity"])
	}
	want := []any{
		scheduled("schedule-1", "cron(0 8 ? * MON-FRI *)", "Etc/UTC", 10, 10),
		scheduled("schedule-2", "cron(0 20 ? * MON-FRI *)", "Etc/UTC", 0, 0),
	}
	if diff := cmp.Diff(any(want), target["ScheduledActions"]); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	if got := template.All("AWS::ApplicationAutoScaling::ScalingPolicy"); len(got) != 0 {
		t.Error("it follows the utilization: ", got)
	}
}
