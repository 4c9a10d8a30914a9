package web_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

func newTopic(stack awscdk.Stack) awssns.ITopic {
	return web.NewAlarmTopic(stack, "Alarms", &web.AlarmTopicProps{Name: "annex-dev"})
}

func TestAPIAnsweringWithErrorsRaisesAnAlarm(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewAPI(stack, "API", &web.APIProps{
			DomainName: "api.example.com", Path: "cart", Prefix: "api", AlarmTopic: newTopic(stack),
		})
	})
	alarm := template.Only(t, "AWS::CloudWatch::Alarm").Properties
	api := []any{map[string]any{"Name": "ApiId", "Value": ref(template.Only(t, "AWS::ApiGatewayV2::Api"))}}
	metrics := map[any]any{}
	for _, metric := range alarm["Metrics"].([]any) {
		if at(t, metric, "ReturnData") == true {
			if got := at(t, metric, "Expression"); got != "100 * errors / requests" {
				t.Errorf("the alarm is on %v", got)
			}
			continue
		}
		if diff := cmp.Diff(any(api), at(t, metric, "MetricStat", "Metric", "Dimensions")); diff != "" {
			t.Error("dimensions (-want +got):\n", diff)
		}
		metrics[at(t, metric, "Id")] = []any{at(t, metric, "MetricStat", "Metric", "MetricName"), at(t, metric, "MetricStat", "Stat"), at(t, metric, "MetricStat", "Period")}
	}
	want := map[any]any{"errors": []any{"5xx", "Sum", 60.0}, "requests": []any{"Count", "SampleCount", 60.0}}
	if diff := cmp.Diff(want, metrics); diff != "" {
		t.Error("metrics (-want +got):\n", diff)
	}
	checkAlarm(t, alarm, ref(template.Only(t, "AWS::SNS::Topic")), 1)
}

func TestFunctionThatIsRefusedExecutionsRaisesAnAlarm(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		web.NewFunction(stack, "Cart", &web.FunctionProps{Code: code.Handler("cart"), AlarmTopic: newTopic(stack)})
	})
	alarm := template.Only(t, "AWS::CloudWatch::Alarm").Properties
	function := ref(template.Only(t, "AWS::Lambda::Function"))
	for property, want := range map[string]any{
		"Namespace": "AWS/Lambda", "MetricName": "Throttles", "Statistic": "Sum", "Period": 60.0,
		"Dimensions": []any{map[string]any{"Name": "FunctionName", "Value": function}},
	} {
		if diff := cmp.Diff(want, alarm[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
	checkAlarm(t, alarm, ref(template.Only(t, "AWS::SNS::Topic")), 0)
}

// checkAlarm checks that an alarm tells the topic of its beginning and of its
// end, once 3 of 5 values are above the threshold. No requests are no values.
func checkAlarm(t *testing.T, alarm map[string]any, topic any, above float64) {
	t.Helper()
	for property, want := range map[string]any{
		"AlarmActions": []any{topic}, "OKActions": []any{topic},
		"Threshold": above, "ComparisonOperator": "GreaterThanThreshold",
		"DatapointsToAlarm": 3.0, "EvaluationPeriods": 5.0, "TreatMissingData": "notBreaching",
	} {
		if diff := cmp.Diff(want, alarm[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
}

func TestWithoutATopicThereIsNoAlarm(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		newAPI(stack)
		newFunction(stack, "Cart", code)
	})
	if got := template.All("AWS::CloudWatch::Alarm"); len(got) > 0 {
		t.Errorf("%d alarms", len(got))
	}
}

func TestMisusedAlarm(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	topic := newTopic(stack)
	metric := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{Namespace: jsii.String("Shop"), MetricName: jsii.String("Failures")})
	for _, test := range []struct {
		name, want string
		props      web.AlarmProps
	}{
		{"no topic", `web: alarm "A": want a topic, a metric and a description`, web.AlarmProps{Metric: metric, Description: "It fails."}},
		{"no description", `web: alarm "A": want a topic, a metric and a description`, web.AlarmProps{Topic: topic, Metric: metric}},
		{"more than all", `web: alarm "A": 4 of 3 periods: want some of them, or all`, web.AlarmProps{Topic: topic, Metric: metric, Description: "It fails.", Periods: 4, Of: 3}},
		{"none of them", `web: alarm "A": 0 of 3 periods: want some of them, or all`, web.AlarmProps{Topic: topic, Metric: metric, Description: "It fails.", Of: 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewAlarm(stack, "A", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
