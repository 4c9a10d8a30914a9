package web_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func newDeployments(stack awscdk.Stack, topic awssns.ITopic) *web.Deployments {
	return web.NewDeployments(stack, "Releases", &web.DeploymentsProps{AlarmTopic: topic})
}

// released is a stack with a function that is released, and tells a topic.
func released(t *testing.T, props web.FunctionProps) cdktest.Template {
	t.Helper()
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		props.AlarmTopic = newTopic(stack)
		props.Deployments = newDeployments(stack, props.AlarmTopic)
		props.Code = code.Handler("cart")
		web.NewFunction(stack, "Cart", &props)
	})
}

func getAtt(resource cdktest.Resource, attribute string) any {
	return map[string]any{"Fn::GetAtt": []any{resource.LogicalID, attribute}}
}

func TestCodeDeployMovesTheAlias(t *testing.T) {
	template := released(t, web.FunctionProps{})
	group := template.Only(t, "AWS::CodeDeploy::DeploymentGroup")
	application := template.Only(t, "AWS::CodeDeploy::Application")
	alias := template.Only(t, "AWS::Lambda::Alias")
	want := map[string]any{"CodeDeployLambdaAliasUpdate": map[string]any{
		"ApplicationName": ref(application), "DeploymentGroupName": ref(group),
	}}
	if diff := cmp.Diff(want, alias.UpdatePolicy); diff != "" {
		t.Error("the alias's update policy (-want +got):\n", diff)
	}
	if alias.Properties["Name"] != "live" {
		t.Errorf("the alias is %v", alias.Properties["Name"])
	}
	// What is watched takes the release back, as does what else goes wrong.
	if diff := cmp.Diff(any([]any{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"}),
		at(t, group.Properties, "AutoRollbackConfiguration", "Events")); diff != "" {
		t.Error("rolled back for (-want +got):\n", diff)
	}
	var alarms []any
	for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
		if alarm.Properties["MetricName"] != "Throttles" {
			alarms = append(alarms, map[string]any{"Name": ref(alarm)})
		}
	}
	if got := at(t, group.Properties, "AlarmConfiguration", "Alarms").([]any); len(alarms) != 2 || len(got) != 2 || cmp.Equal(got[0], got[1]) || !cmp.Equal(got, alarms) && !cmp.Equal(got, []any{alarms[1], alarms[0]}) {
		t.Errorf("the release is watched by %v, want %v", got, alarms)
	}
	if at(t, group.Properties, "AlarmConfiguration", "Enabled") != true || at(t, group.Properties, "AutoRollbackConfiguration", "Enabled") != true {
		t.Error("alarms or rollbacks are not enabled")
	}
}

// TestReleaseIsWatchedByTheNewVersionAlone: beside an old version that answers
// nine of ten requests, and well, nobody would see that the new one fails.
func TestReleaseIsWatchedByTheNewVersionAlone(t *testing.T) {
	template := released(t, web.FunctionProps{Timeout: 20 * time.Second})
	function, version := template.Only(t, "AWS::Lambda::Function"), template.Only(t, "AWS::Lambda::Version")
	number := getAtt(version, "Version")
	dimensions := []any{
		map[string]any{"Name": "ExecutedVersion", "Value": number},
		map[string]any{"Name": "FunctionName", "Value": ref(function)},
		map[string]any{"Name": "Resource", "Value": map[string]any{"Fn::Join": []any{"", []any{ref(function), ":live"}}}},
	}
	topic := []any{ref(template.Only(t, "AWS::SNS::Topic"))}
	watched := 0
	for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
		metric, _ := alarm.Properties["MetricName"].(string)
		want, ok := map[string]map[string]any{
			"Errors":   {"Statistic": "Sum", "Threshold": 0.0},
			"Duration": {"ExtendedStatistic": "p99", "Threshold": 10000.0, "EvaluateLowSampleCountPercentile": "evaluate"},
		}[metric]
		if !ok {
			continue
		}
		watched++
		maps.Copy(want, map[string]any{
			"Namespace": "AWS/Lambda", "Period": 60.0, "Dimensions": dimensions,
			"ComparisonOperator": "GreaterThanThreshold", "DatapointsToAlarm": 2.0, "EvaluationPeriods": 5.0,
			"TreatMissingData": "notBreaching", "AlarmActions": topic,
			// Every release has new alarms, whose first state after no data is OK.
			"OKActions": nil,
			// Another version has another alarm: one that is in alarm for this
			// version would refuse the release that mends it.
			"AlarmName": map[string]any{"Fn::Join": []any{"", []any{"shop-Cart-", number, "-" + metric}}},
		})
		for property, value := range want {
			if diff := cmp.Diff(value, alarm.Properties[property]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", metric, property, diff)
			}
		}
	}
	if watched != 2 {
		t.Errorf("%d alarms watch the new version, want one on its errors and one on its duration", watched)
	}
}

func TestLatencyThatIsTooMuchIsAsGiven(t *testing.T) {
	for _, alarm := range released(t, web.FunctionProps{LatencyP99: 1500 * time.Millisecond}).All("AWS::CloudWatch::Alarm") {
		if alarm.Properties["MetricName"] == "Duration" && alarm.Properties["Threshold"] != 1500.0 {
			t.Errorf("the alarm begins above %v ms", alarm.Properties["Threshold"])
		}
	}
}

func TestTopicIsToldOfAReleaseThatDoesNotGoThrough(t *testing.T) {
	template := released(t, web.FunctionProps{})
	topic := ref(template.Only(t, "AWS::SNS::Topic"))
	want := []any{map[string]any{
		"TriggerName":      "alarms",
		"TriggerEvents":    []any{"DeploymentFailure", "DeploymentStop", "DeploymentRollback"},
		"TriggerTargetArn": topic,
	}}
	if diff := cmp.Diff(any(want), template.Only(t, "AWS::CodeDeploy::DeploymentGroup").Properties["TriggerConfigurations"]); diff != "" {
		t.Error("triggers (-want +got):\n", diff)
	}
	for _, role := range template.All("AWS::IAM::Role") {
		if !strings.HasPrefix(role.LogicalID, "Releases") {
			continue
		}
		// In the role itself, so that no deployment group is there before it.
		statement := at(t, role.Properties, "Policies", 0, "PolicyDocument", "Statement", 0)
		if at(t, statement, "Action") != "sns:Publish" || !cmp.Equal(at(t, statement, "Resource"), topic) {
			t.Errorf("CodeDeploy may %v", statement)
		}
		return
	}
	t.Error("there is no role for CodeDeploy")
}

func TestReleaseIsAsTheConfigurationOfCodeDeploySays(t *testing.T) {
	for _, test := range []struct {
		release web.Release
		name    string         // AWS's own configuration
		routing map[string]any // of one that is made
	}{
		{release: web.Release{}, name: "CodeDeployDefault.LambdaAllAtOnce"},
		{release: web.AllAtOnce(), name: "CodeDeployDefault.LambdaAllAtOnce"},
		{release: web.Canary(10, 5*time.Minute), name: "CodeDeployDefault.LambdaCanary10Percent5Minutes"},
		{release: web.Canary(10, 30*time.Minute), name: "CodeDeployDefault.LambdaCanary10Percent30Minutes"},
		{release: web.Linear(10, time.Minute), name: "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"},
		{release: web.Linear(10, 10*time.Minute), name: "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes"},
		{release: web.Canary(10, time.Hour), routing: map[string]any{
			"Type": "TimeBasedCanary", "TimeBasedCanary": map[string]any{"CanaryPercentage": 10.0, "CanaryInterval": 60.0},
		}},
		{release: web.Linear(25, 5*time.Minute), routing: map[string]any{
			"Type": "TimeBasedLinear", "TimeBasedLinear": map[string]any{"LinearPercentage": 25.0, "LinearInterval": 5.0},
		}},
	} {
		t.Run(test.release.String(), func(t *testing.T) {
			template := released(t, web.FunctionProps{Release: test.release})
			var want any = test.name
			if test.routing != nil {
				config := template.Only(t, "AWS::CodeDeploy::DeploymentConfig")
				want = ref(config)
				if diff := cmp.Diff(any(test.routing), config.Properties["TrafficRoutingConfig"]); diff != "" || config.Properties["ComputePlatform"] != "Lambda" {
					t.Errorf("the configuration is of %v (-want +got):\n%s", config.Properties["ComputePlatform"], diff)
				}
			}
			if diff := cmp.Diff(want, template.Only(t, "AWS::CodeDeploy::DeploymentGroup").Properties["DeploymentConfigName"]); diff != "" {
				t.Error("(-want +got):\n", diff)
			}
		})
	}
}

func TestFunctionsShareAConfiguration(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		deployments := newDeployments(stack, nil)
		for _, id := range []string{"Cart", "Search"} {
			web.NewFunction(stack, id, &web.FunctionProps{
				Code: code.Handler("cart"), Deployments: deployments, Release: web.Canary(5, 20*time.Minute),
			})
		}
	})
	template.Only(t, "AWS::CodeDeploy::DeploymentConfig")
	template.Only(t, "AWS::CodeDeploy::Application")
	if groups := template.All("AWS::CodeDeploy::DeploymentGroup"); len(groups) != 2 || groups[0].Properties["TriggerConfigurations"] != nil {
		t.Errorf("%d deployment groups, the first with %v", len(groups), groups)
	}
}

// TestDirectReleaseIsCloudFormations: CodeDeploy refuses an alias that is not at
// the version that CloudFormation left it at.
func TestDirectReleaseIsCloudFormations(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		cart := web.NewFunction(stack, "Cart", &web.FunctionProps{
			Code: code.Handler("cart"), Deployments: newDeployments(stack, nil), Release: web.Direct(),
		})
		web.NewReleaseCheck(stack, "CartCheck", &web.ReleaseCheckProps{Function: cart, Code: code.Handler("cartcheck")})
	})
	if policy := template.Only(t, "AWS::Lambda::Alias").UpdatePolicy; policy != nil {
		t.Errorf("the alias is updated by %v", policy)
	}
	// What CodeDeploy needs stays, for the release after it.
	template.Only(t, "AWS::CodeDeploy::DeploymentGroup")
}

func TestMisusedRelease(t *testing.T) {
	app := awscdk.NewApp(nil)
	stack := newStack(app)
	deployments := newDeployments(stack, nil)
	code := bundle.NewPlaceholders(t.TempDir()).Handler("cart")
	for _, test := range []struct {
		name, want string
		props      web.FunctionProps
	}{
		{"nothing", "release web.Canary(0, 5m0s): want 1 to 99 percent", web.FunctionProps{Release: web.Canary(0, 5*time.Minute)}},
		{"everything", "release web.Linear(100, 5m0s): want 1 to 99 percent", web.FunctionProps{Release: web.Linear(100, 5*time.Minute)}},
		{"parts of a minute", "release web.Canary(10, 1m30s): want whole minutes, 1 or more", web.FunctionProps{Release: web.Canary(10, 90*time.Second)}},
		{"no time", "release web.Linear(10, 0s): want whole minutes, 1 or more", web.FunctionProps{Release: web.Linear(10, 0)}},
		{"too long a canary", "release web.Canary(10, 48h1m0s): want all requests on the new version after 48 hours, not after 48h1m0s", web.FunctionProps{Release: web.Canary(10, 48*time.Hour+time.Minute)}},
		{"too many steps", "release web.Linear(3, 1h28m0s): want all requests on the new version after 48 hours, not after 48h24m0s", web.FunctionProps{Release: web.Linear(3, 88*time.Minute)}},
		{"never too slow", "p99 10s: want less than the timeout, 10s, or it is never exceeded", web.FunctionProps{LatencyP99: 10 * time.Second}},
		{"parts of a millisecond", "p99 1.5ms: want whole milliseconds", web.FunctionProps{LatencyP99: 1500 * time.Microsecond}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.props.Code, test.props.Deployments = code, deployments
			if got, want := misuse(t, func() { web.NewFunction(stack, "F", &test.props) }), `web: function "F": `+test.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	want := `web: function "F": a release without Deployments: want web.NewDeployments, which the functions of a stack share`
	for _, props := range []web.FunctionProps{{Code: code, Release: web.AllAtOnce()}, {Code: code, LatencyP99: time.Second}} {
		if got := misuse(t, func() { web.NewFunction(stack, "F", &props) }); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if err := web.Linear(3, 87*time.Minute).Validate(); err != nil {
		t.Error("33 steps of 87 minutes: ", err)
	}
}
