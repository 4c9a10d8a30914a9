package stacks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// production is a stage with every field that has a default.
func production() stacks.Stage {
	stage := stage()
	stage.AllowOrigins = []string{"https://admin.example.com"}
	stage.Firewall = &web.Firewall{RequestsPerFiveMinutes: 500}
	stage.Throttle = web.Throttle{PerSecond: 7, Burst: 9}
	stage.Services = map[string]stacks.Service{"cart": {Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 1}}, HealthCheck: true}}
	stage.LogRetentionDays = 400
	stage.AlarmEmail = "platform@example.com"
	stage.Protected = true
	return stage
}

// TestEveryServiceIsWatched holds for the services that a team adds, too.
func TestEveryServiceIsWatched(t *testing.T) {
	templates := cdktest.Synth(t, define(t, production()))
	for name, template := range templates {
		watched := map[string]bool{} // by metric and logical ID
		for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
			for _, metric := range watches(t, alarm) {
				watched[metric] = true
			}
		}
		for _, api := range template.All("AWS::ApiGatewayV2::Api") {
			if !watched["5xx "+api.LogicalID] {
				t.Errorf("%s: no alarm on the 5xx of the API %s", name, api.LogicalID)
			}
		}
		// A function without an alias is CodeDeploy's to call, which says itself
		// when it fails.
		for _, alias := range template.All("AWS::Lambda::Alias") {
			function, _ := alias.Properties["FunctionName"].(map[string]any)
			metrics := []string{"Throttles"}
			if alias.UpdatePolicy != nil { // it is released
				metrics = append(metrics, "Errors", "Duration")
			}
			for _, metric := range metrics {
				if !watched[fmt.Sprint(metric, " ", function["Ref"])] {
					t.Errorf("%s: no alarm on the metric %s of the function %v", name, metric, function["Ref"])
				}
			}
		}
	}
}

// watches gives the metrics of an alarm, each with what it is of: "Throttles
// CartFunctionBB8F1CB1".
func watches(t *testing.T, alarm cdktest.Resource) (metrics []string) {
	t.Helper()
	type metric struct {
		MetricName string
		Dimensions []struct{ Value any }
	}
	var properties struct {
		metric
		Metrics []struct{ MetricStat struct{ Metric metric } }
	}
	text, err := json.Marshal(alarm.Properties)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &properties); err != nil {
		t.Fatal(err)
	}
	all := []metric{properties.metric}
	for _, part := range properties.Metrics {
		all = append(all, part.MetricStat.Metric)
	}
	for _, metric := range all {
		for _, dimension := range metric.Dimensions {
			if reference, ok := dimension.Value.(map[string]any); ok {
				metrics = append(metrics, fmt.Sprint(metric.MetricName, " ", reference["Ref"]))
			}
		}
	}
	return metrics
}

// TestAlarmsAreSentWithinTheirRegion follows each alarm to its topic, in both
// directions of its state. Those of a version, which alone have a name, do not
// tell of their end.
func TestAlarmsAreSentWithinTheirRegion(t *testing.T) {
	for _, test := range []struct {
		region string
		topics []string // the stacks that have one
	}{
		{"eu-west-1", []string{"annex-dev-domain", "annex-dev-site"}},
		{"us-east-1", []string{"annex-dev-domain"}},
	} {
		t.Run(test.region, func(t *testing.T) {
			stage := production()
			stage.Region = test.region
			templates := cdktest.Synth(t, define(t, stage))
			var topics []string
			for name, template := range templates {
				for range template.All("AWS::SNS::Topic") {
					topics = append(topics, name)
				}
				for _, subscription := range template.All("AWS::SNS::Subscription") {
					if subscription.Properties["Endpoint"] != "platform@example.com" {
						t.Errorf("%s: subscription %v", name, subscription.Properties)
					}
				}
				region := test.region
				if name == "annex-dev-site" {
					region = "us-east-1"
				}
				for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
					properties := []string{"AlarmActions", "OKActions"}
					if alarm.Properties["AlarmName"] != nil {
						properties = properties[:1]
					}
					for _, property := range properties {
						if got := topicRegion(templates, name, region, alarm.Properties[property]); got != region {
							t.Errorf("%s: %s: %s are in %q: %v", name, alarm.LogicalID, property, got, alarm.Properties[property])
						}
					}
				}
			}
			slices.Sort(topics)
			if diff := cmp.Diff(test.topics, topics); diff != "" {
				t.Error("topics (-want +got):\n", diff)
			}
		})
	}
}

// topicRegion gives the region of the topic that an alarm's actions name.
func topicRegion(templates map[string]cdktest.Template, stack, region string, actions any) string {
	list, _ := actions.([]any)
	if len(list) != 1 {
		return ""
	}
	action, _ := list[0].(map[string]any)
	if output, ok := action["Fn::GetStackOutput"].(map[string]any); ok {
		stack, _ = output["StackName"].(string)
		region, _ = output["Region"].(string)
		outputs, _ := templates[stack].Document["Outputs"].(map[string]any)
		value, _ := outputs[fmt.Sprint(output["OutputName"])].(map[string]any)
		action, _ = value["Value"].(map[string]any)
	}
	id, _ := action["Ref"].(string)
	if templates[stack].Resources[id].Type != "AWS::SNS::Topic" {
		return ""
	}
	return region
}

func TestLogsAreKeptAsLongAsTheStageSays(t *testing.T) {
	for name, template := range cdktest.Synth(t, define(t, production())) {
		groups := template.All("AWS::Logs::LogGroup")
		for _, group := range groups {
			if got := group.Properties["RetentionInDays"]; got != 400.0 {
				t.Errorf("%s: %s is kept for %v days", name, group.LogicalID, got)
			}
		}
		for _, function := range template.All("AWS::Lambda::Function") {
			config, _ := function.Properties["LoggingConfig"].(map[string]any)
			if config["LogGroup"] == nil {
				t.Errorf("%s: %s has no log group, so Lambda makes one that is kept for ever", name, function.LogicalID)
			}
		}
	}
}

func TestProtectedStageIsNotDeleted(t *testing.T) {
	for _, protected := range []bool{true, false} {
		stage := stage()
		stage.Protected = protected
		app := define(t, stage)
		for _, child := range *app.Node().Children() {
			if stack, ok := child.(awscdk.Stack); ok && *stack.TerminationProtection() != protected {
				t.Errorf("protected %t: the stack %s: %t", protected, *stack.StackName(), !protected)
			}
		}
		for name, template := range cdktest.Synth(t, app) {
			for _, table := range template.All("AWS::DynamoDB::GlobalTable") {
				for _, replica := range table.Properties["Replicas"].([]any) {
					if replica.(map[string]any)["DeletionProtectionEnabled"] != protected {
						t.Errorf("protected %t: %s: the table %s: %v", protected, name, table.LogicalID, replica)
					}
				}
			}
		}
	}
}

func TestAPIsAnswerThePagesThatMayCallThem(t *testing.T) {
	for _, test := range []struct {
		exposure stacks.Exposure
		origins  []string
		want     any
	}{
		{stacks.Public, nil, []any{"https://www.example.com"}},
		{"", []string{"https://admin.example.com"}, []any{"https://www.example.com", "https://admin.example.com"}},
		{stacks.Edge, nil, nil}, // no page gets there
	} {
		stage := stage()
		stage.Exposure, stage.AllowOrigins = test.exposure, test.origins
		api := cdktest.Synth(t, define(t, stage))["annex-dev-cart"].Only(t, "AWS::ApiGatewayV2::Api")
		cors, _ := api.Properties["CorsConfiguration"].(map[string]any)
		if diff := cmp.Diff(test.want, cors["AllowOrigins"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.exposure, diff)
		}
	}
}

func TestThrottleOfAStageIsThatOfItsAPIs(t *testing.T) {
	templates := cdktest.Synth(t, define(t, production()))
	for _, name := range []string{"annex-dev-cart", "annex-dev-search"} {
		settings, _ := templates[name].Only(t, "AWS::ApiGatewayV2::Stage").Properties["DefaultRouteSettings"].(map[string]any)
		if settings["ThrottlingRateLimit"] != 7.0 || settings["ThrottlingBurstLimit"] != 9.0 {
			t.Errorf("%s: %v", name, settings)
		}
	}
}

// TestTagsAreTheStacks: in a template, they would be a change of every resource.
func TestTagsAreTheStacks(t *testing.T) {
	app := define(t, stage())
	for _, child := range *app.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok {
			name := strings.TrimPrefix(*stack.StackName(), "annex-dev-")
			want := map[string]string{"annex:stage": "dev", "annex:service": name}
			got := map[string]string{}
			for key, value := range *stack.Tags().TagValues() {
				got[key] = *value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	for name, template := range cdktest.Synth(t, app) {
		for _, resource := range template.Resources {
			if text := fmt.Sprint(resource.Properties["Tags"]); strings.Contains(text, "annex:") {
				t.Errorf("%s: %s has %s", name, resource.LogicalID, text)
			}
		}
	}
}

func TestContainersURL(t *testing.T) {
	container := stacks.Container{Host: "container.example.com"}
	if got := container.URL(); got != "https://container.example.com" {
		t.Error(got)
	}
	container.PlainHTTP = true
	if got := container.URL(); got != "http://container.example.com" {
		t.Error("plain: ", got)
	}
}

func TestEarlierVersionsOfObjectsAreForgotten(t *testing.T) {
	for name, template := range cdktest.Synth(t, define(t, stage())) {
		for _, bucket := range template.All("AWS::S3::Bucket") {
			text, err := json.Marshal(bucket.Properties["LifecycleConfiguration"])
			if err != nil {
				t.Fatal(err)
			}
			if bucket.Properties["VersioningConfiguration"] != nil && !strings.Contains(string(text), `"NoncurrentVersionExpiration":{"NoncurrentDays":`) {
				t.Errorf("%s: the bucket %s keeps every version for ever", name, bucket.LogicalID)
			}
		}
	}
}
