package web_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// warmed gives a stack with one warmer, and a function for each number of
// environments.
func warmed(t *testing.T, functions map[string]*web.Warm) cdktest.Template {
	t.Helper()
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		warmer := web.NewWarmer(stack, "Warmer", &web.WarmerProps{Code: code.Handler("warmer")})
		for id, warm := range functions {
			web.NewFunction(stack, id, &web.FunctionProps{
				Code: code.Handler("cart"), Warmer: warmer, Concurrency: web.Concurrency{Warm: warm},
			})
		}
	})
}

// named gives the resource of a type whose logical ID begins with a construct's.
func named(t *testing.T, template cdktest.Template, resourceType, id string) cdktest.Resource {
	t.Helper()
	for _, resource := range template.All(resourceType) {
		if len(resource.LogicalID) > len(id) && resource.LogicalID[:len(id)] == id {
			return resource
		}
	}
	t.Fatalf("the template has no %s of %s", resourceType, id)
	return cdktest.Resource{}
}

func TestWarmUpGoesThroughBothAliases(t *testing.T) {
	template := warmed(t, map[string]*web.Warm{"Cart": {Environments: 3}})

	schedule := template.Only(t, "AWS::Scheduler::Schedule").Properties
	for property, want := range map[string]any{
		"ScheduleExpression": "rate(5 minutes)",
		"State":              "ENABLED",
		"FlexibleTimeWindow": map[string]any{"Mode": "OFF"},
		"Target": map[string]any{
			"Arn":     ref(named(t, template, "AWS::Lambda::Alias", "WarmerLive")),
			"RoleArn": map[string]any{"Fn::GetAtt": []any{named(t, template, "AWS::IAM::Role", "WarmerSchedules").LogicalID, "Arn"}},
			"Input": map[string]any{"Fn::Join": []any{"", []any{
				`{"environments":3,"function":"`, ref(named(t, template, "AWS::Lambda::Alias", "CartLive")), `","holdMilliseconds":200}`,
			}}},
			"RetryPolicy": map[string]any{"MaximumRetryAttempts": 0.0, "MaximumEventAgeInSeconds": 60.0},
		},
	} {
		if diff := cmp.Diff(want, schedule[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
}

// TestCallsAreHeldUntilAllAreThere: one that ends before the last has come
// leaves that its environment.
func TestCallsAreHeldUntilAllAreThere(t *testing.T) {
	template := warmed(t, map[string]*web.Warm{"Cart": {Environments: 40, Every: time.Minute}})

	schedule := template.Only(t, "AWS::Scheduler::Schedule").Properties
	if got := schedule["ScheduleExpression"]; got != "rate(1 minute)" {
		t.Error(got)
	}
	if got := at(t, schedule, "Target", "Input", "Fn::Join", 1, 2); got != `","holdMilliseconds":600}` {
		t.Error(got)
	}
}

func TestWarmerMayCallOnlyWhatItWarms(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		warmer := web.NewWarmer(stack, "Warmer", &web.WarmerProps{Code: code.Handler("warmer")})
		for _, id := range []string{"Cart", "Search"} {
			web.NewFunction(stack, id, &web.FunctionProps{
				Code: code.Handler("cart"), Warmer: warmer, Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 1}},
			})
		}
		newFunction(stack, "Other", code)
	})
	invocations := func(role string) (resources []any) {
		policy := named(t, template, "AWS::IAM::Policy", role)
		for _, statement := range at(t, policy.Properties, "PolicyDocument", "Statement").([]any) {
			if at(t, statement, "Action") == "lambda:InvokeFunction" {
				resources = append(resources, at(t, statement, "Resource"))
			}
		}
		return resources
	}
	alias := func(id string) any { return ref(named(t, template, "AWS::Lambda::Alias", id)) }

	if diff := cmp.Diff([]any{[]any{alias("CartLive"), alias("SearchLive")}}, invocations("WarmerRole")); diff != "" {
		t.Error("the warmer (-want +got):\n", diff)
	}
	if diff := cmp.Diff([]any{alias("WarmerLive")}, invocations("WarmerSchedules")); diff != "" {
		t.Error("the schedules (-want +got):\n", diff)
	}
	want := map[string]any{"StringEquals": map[string]any{
		"aws:SourceAccount": "111122223333",
		"aws:SourceArn":     "arn:aws:scheduler:us-east-1:111122223333:schedule-group/default",
	}}
	role := named(t, template, "AWS::IAM::Role", "WarmerSchedules").Properties
	if diff := cmp.Diff(any(want), at(t, role, "AssumeRolePolicyDocument", "Statement", 0, "Condition")); diff != "" {
		t.Error("who the schedules' role is for (-want +got):\n", diff)
	}
}

func TestMissedWarmUpIsNotTriedAgain(t *testing.T) {
	template := warmed(t, map[string]*web.Warm{"Cart": {Environments: 1}, "Search": {Environments: 2}})

	config := template.Only(t, "AWS::Lambda::EventInvokeConfig").Properties
	if config["MaximumRetryAttempts"] != 0.0 || config["MaximumEventAgeInSeconds"] != 60.0 {
		t.Error(config)
	}
	if diff := cmp.Diff(ref(named(t, template, "AWS::Lambda::Function", "Warmer")), config["FunctionName"]); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}
