package codedeploy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/local/assembly/assemblytest"
)

// stage is a function with its release, as stacks/web defines it. What replaces
// one of its parts makes another.
func stage(replace ...string) string {
	return strings.NewReplacer(replace...).Replace(`{
	"Cart":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"cart"}},
	"V":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Ref":"Cart"}}},
	"Check":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"check"}},
	"Live":{"Type":"AWS::Lambda::Alias","Metadata":{"aws:cdk:path":"shop/Live"},"Properties":{"FunctionName":{"Ref":"Cart"},"FunctionVersion":{"Fn::GetAtt":["V","Version"]},"Name":"live"},
		"UpdatePolicy":{"CodeDeployLambdaAliasUpdate":{"ApplicationName":{"Ref":"App"},"DeploymentGroupName":{"Ref":"Group"},"BeforeAllowTrafficHook":{"Ref":"Check"},"AfterAllowTrafficHook":{"Fn::GetAtt":["Check","Arn"]}}}},
	"App":{"Type":"AWS::CodeDeploy::Application","Properties":{"ComputePlatform":"Lambda"}},
	"Config":{"Type":"AWS::CodeDeploy::DeploymentConfig","Metadata":{"aws:cdk:path":"shop/Config"},"Properties":{"ComputePlatform":"Lambda","TrafficRoutingConfig":{"Type":"TimeBasedCanary","TimeBasedCanary":{"CanaryPercentage":20,"CanaryInterval":"7"}}}},
	"Group":{"Type":"AWS::CodeDeploy::DeploymentGroup","Metadata":{"aws:cdk:path":"shop/Group"},"Properties":{"ApplicationName":{"Ref":"App"},"DeploymentConfigName":"CodeDeployDefault.LambdaCanary10Percent10Minutes",
		"AlarmConfiguration":{"Enabled":true,"Alarms":[{"Name":{"Ref":"Errors"}}]},"AutoRollbackConfiguration":{"Enabled":true,"Events":["DEPLOYMENT_FAILURE"]},
		"DeploymentStyle":{"DeploymentType":"BLUE_GREEN"},"ServiceRoleArn":"r","TriggerConfigurations":[]}},
	"Errors":{"Type":"AWS::CloudWatch::Alarm","Metadata":{"aws:cdk:path":"shop/Errors"},"Properties":{"AlarmName":{"Fn::Join":["-",["errors",{"Fn::GetAtt":["V","Version"]}]]},"Namespace":"AWS/Lambda","MetricName":"Errors","Statistic":"Sum",
		"Dimensions":[{"Name":"FunctionName","Value":{"Ref":"Cart"}},{"Name":"Resource","Value":{"Fn::Join":["",[{"Ref":"Cart"},":live"]]}},{"Name":"ExecutedVersion","Value":{"Fn::GetAtt":["V","Version"]}}],
		"Period":60,"EvaluationPeriods":5,"DatapointsToAlarm":2,"Threshold":0,"ComparisonOperator":"GreaterThanThreshold","TreatMissingData":"notBreaching","AlarmActions":[],"OKActions":[],"AlarmDescription":"d"}}}`)
}

const environment = "aws://111111111111/eu-west-1"

func TestReadFindsDeploymentGroups(t *testing.T) {
	groups, notices, err := Read(assemblytest.Stack(t, "shop", environment, stage()))
	if err != nil || len(notices) > 0 {
		t.Fatal(notices, err)
	}
	check := "arn:aws:lambda:eu-west-1:111111111111:function:check"
	want := []Group{{
		Name: "shop-Group", ARN: "arn:aws:codedeploy:eu-west-1:111111111111:deploymentgroup:shop-App/shop-Group",
		FunctionARN: "arn:aws:lambda:eu-west-1:111111111111:function:cart", Function: "cart", Alias: "live", New: "2",
		Traffic: Traffic{Percent: 10, Every: 10 * time.Minute}, Before: check, After: check,
		Alarms: []Alarm{{
			Name: "errors-2", Metric: "Errors", Statistic: "Sum", Period: time.Minute, Periods: 5, Datapoints: 2, Comparison: "GreaterThanThreshold", Missing: "notBreaching",
			Dimensions: map[string]string{"FunctionName": "cart", "Resource": "cart:live", "ExecutedVersion": "2"},
		}},
	}}
	if diff := cmp.Diff(want, groups); diff != "" {
		t.Error(diff)
	}
}

func TestReadFindsConfigurationsOfTheTemplate(t *testing.T) {
	for name, c := range map[string]struct {
		routing string
		want    Traffic
	}{
		"canary":      {`"Type":"TimeBasedCanary","TimeBasedCanary":{"CanaryPercentage":20,"CanaryInterval":"7"}`, Traffic{20, 7 * time.Minute, false}},
		"linear":      {`"Type":"TimeBasedLinear","TimeBasedLinear":{"LinearPercentage":20,"LinearInterval":7}`, Traffic{20, 7 * time.Minute, true}},
		"all at once": {`"Type":"AllAtOnce"`, Traffic{}},
	} {
		t.Run(name, func(t *testing.T) {
			groups, notices, err := Read(assemblytest.Stack(t, "shop", environment, stage(
				`"CodeDeployDefault.LambdaCanary10Percent10Minutes"`, `{"Ref":"Config"}`,
				`"Type":"TimeBasedCanary","TimeBasedCanary":{"CanaryPercentage":20,"CanaryInterval":"7"}`, c.routing,
			)))
			if err != nil || len(notices) > 0 || len(groups) != 1 {
				t.Fatal(groups, notices, err)
			}
			if groups[0].Traffic != c.want {
				t.Errorf("%s, want %s", groups[0].Traffic, c.want)
			}
		})
	}
}

func TestReadNamesWhatIsNotWatched(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"metric math":           {`"MetricName":"Errors","Statistic":"Sum"`, `"Metrics":[]`, "it is of metric math"},
		"another metric":        {`"MetricName":"Errors"`, `"MetricName":"IteratorAge"`, "there is no metric AWS/Lambda IteratorAge here"},
		"another namespace":     {`"AWS/Lambda"`, `"AWS/ApiGateway"`, "there is no metric AWS/ApiGateway Errors here"},
		"dimensions of nothing": {`{"Name":"Resource"`, `{"Name":"Function"`, "Lambda has no metric of its dimensions, so it will not go off at AWS either"},
		"a statistic":           {`"Statistic":"Sum"`, `"ExtendedStatistic":"tm99"`, "the statistic tm99 is not known here"},
		"a comparison":          {`"GreaterThanThreshold"`, `"GreaterThanUpperThreshold"`, "the comparison GreaterThanUpperThreshold is not known here"},
		"no such alarm":         {`[{"Name":{"Ref":"Errors"}}]`, `[{"Name":"errors-2 "}]`, "no template has an alarm of that name"},
	} {
		t.Run(name, func(t *testing.T) {
			groups, notices, err := Read(assemblytest.Stack(t, "shop", environment, stage(c.from, c.to)))
			if err != nil || len(groups) != 1 || len(groups[0].Alarms) != 0 {
				t.Fatal(groups, err)
			}
			if len(notices) != 1 || !strings.HasPrefix(notices[0].String(), "shop/Group (AWS::CodeDeploy::DeploymentGroup): AlarmConfiguration: the alarm errors-2") || !strings.HasSuffix(notices[0].String(), " is not watched in a release here: "+c.want) {
				t.Errorf("notices %v, want one that ends %q", notices, c.want)
			}
		})
	}
	if groups, notices, err := Read(assemblytest.Stack(t, "shop", environment, stage(`"Enabled":true,"Alarms"`, `"Enabled":false,"Alarms"`))); err != nil || len(notices) > 0 || len(groups[0].Alarms) > 0 {
		t.Errorf("alarms that are not enabled: %v, %v, %v", groups, notices, err)
	}
	_, notices, err := Read(assemblytest.Stack(t, "shop", environment, stage(`"ServiceRoleArn":"r"`, `"ServiceRoleArn":"r","LoadBalancerInfo":{}`)))
	if err != nil || len(notices) != 1 || notices[0].Property != "LoadBalancerInfo" {
		t.Errorf("a property that is not known: %v, %v", notices, err)
	}
}

func TestReadLeavesAliasesAloneThatCodeDeployDoes(t *testing.T) {
	groups, notices, err := Read(assemblytest.Stack(t, "shop", environment, stage(`"UpdatePolicy":`, `"Metadata2":`)))
	if err != nil || len(groups) > 0 || len(notices) > 0 {
		t.Error(groups, notices, err)
	}
}

func TestReadRefusesWhatIsMalformed(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"a group of no stack":   {`"DeploymentGroupName":{"Ref":"Group"}`, `"DeploymentGroupName":"other"`, `shop/Live (AWS::Lambda::Alias): UpdatePolicy: its stack has no deployment group "other"`},
		"a hook that is a list": {`"BeforeAllowTrafficHook":{"Ref":"Check"}`, `"BeforeAllowTrafficHook":[1]`, "shop/Live (AWS::Lambda::Alias): CodeDeployLambdaAliasUpdate.BeforeAllowTrafficHook: want a string, got [1], in its UpdatePolicy"},
		"a configuration":       {`LambdaCanary10Percent10Minutes`, `OneAtATime`, `shop/Group (AWS::CodeDeploy::DeploymentGroup): DeploymentConfigName: neither AWS nor its stack has a configuration "CodeDeployDefault.OneAtATime" for Lambda`},
		"a type of routing":     {`"Type":"TimeBasedCanary"`, `"Type":"Gradual"`, `TrafficRoutingConfig: want the Type AllAtOnce, TimeBasedCanary or TimeBasedLinear, got "Gradual"`},
		"a percentage":          {`"CanaryPercentage":20`, `"CanaryPercentage":100`, "TrafficRoutingConfig: want 1 to 99 percent and 1 minute or more, got 100 % for 7m0s, then all"},
		"datapoints":            {`"DatapointsToAlarm":2`, `"DatapointsToAlarm":6`, "shop/Errors (AWS::CloudWatch::Alarm): want a Period, EvaluationPeriods, and no more DatapointsToAlarm, got 1m0s, 5 and 6"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := Read(assemblytest.Stack(t, "shop", environment, stage(c.from, c.to))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want it to say %q", err, c.want)
			}
		})
	}
}
