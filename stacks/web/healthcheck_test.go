package web_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

func TestHealthCheckAsksByHTTPSAndRaisesAnAlarm(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		topic := web.NewAlarmTopic(stack, "Alarms", &web.AlarmTopicProps{Name: "shop"})
		web.NewHealthCheck(stack, "CartHealth", &web.HealthCheckProps{Host: "api.example.com", Path: "/cart/health", AlarmTopic: topic})
	})

	healthCheck := template.Only(t, "AWS::Route53::HealthCheck")
	config := healthCheck.Properties["HealthCheckConfig"].(map[string]any)
	for property, want := range map[string]any{
		"Type": "HTTPS", "FullyQualifiedDomainName": "api.example.com", "ResourcePath": "/cart/health", "Port": 443.0,
		"EnableSNI": true, "RequestInterval": 30.0, "FailureThreshold": 3.0,
		"Regions": nil, // all of them
	} {
		if config[property] != want {
			t.Errorf("%s: %v", property, config[property])
		}
	}
	alarm := template.Only(t, "AWS::CloudWatch::Alarm").Properties
	for property, want := range map[string]any{
		"Namespace": "AWS/Route53", "MetricName": "HealthCheckStatus", "Statistic": "Minimum", "Period": 60.0,
		"ComparisonOperator": "LessThanThreshold", "Threshold": 1.0, "EvaluationPeriods": 1.0,
		"Dimensions":   []any{map[string]any{"Name": "HealthCheckId", "Value": ref(healthCheck)}},
		"AlarmActions": []any{ref(template.Only(t, "AWS::SNS::Topic"))},
	} {
		if diff := cmp.Diff(want, alarm[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
}

func TestMisusedHealthCheck(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	topic := web.NewAlarmTopic(stack, "Alarms", &web.AlarmTopicProps{Name: "shop"})
	for name, props := range map[string]web.HealthCheckProps{
		"no host":      {Path: "/health", AlarmTopic: topic},
		"no path":      {Host: "api.example.com", AlarmTopic: topic},
		"no slash":     {Host: "api.example.com", Path: "health", AlarmTopic: topic},
		"nobody hears": {Host: "api.example.com", Path: "/health"},
	} {
		want := `web: health check "CartHealth": want a host, a path that begins with a slash, and a topic`
		if got := misuse(t, func() { web.NewHealthCheck(stack, "CartHealth", &props) }); got != want {
			t.Errorf("%s: got  %s\nwant %s", name, got, want)
		}
	}
}
