package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// watched gives the template of a site whose alarms are sent to a topic.
func watched(t *testing.T, certificate *string) cdktest.Template {
	t.Helper()
	content := t.TempDir()
	if err := os.WriteFile(filepath.Join(content, "index.html"), []byte("<!doctype html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	return synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewSite(stack, "Site", &web.SiteProps{
			Host: "www.example.com", Zone: newZone(stack), Content: content,
			Behaviors: []web.Behavior{{
				ID: "API", Paths: []string{"/api/*"}, Origin: "api.example.com", ClientCertificate: certificate,
			}},
			AlarmTopic: web.NewAlarmTopic(stack, "Alarms", &web.AlarmTopicProps{Name: "annex-dev"}),
		})
	})
}

func TestASiteIsWatchedWhereSomebodyIsTold(t *testing.T) {
	for _, test := range []struct {
		name     string
		template cdktest.Template
		alarms   []string
	}{
		{"nobody", site(t), nil},
		{"without a certificate", watched(t, nil), []string{"5xxErrorRate > 1", "unreachable + silent > 1"}},
		{
			"with one", watched(t, jsii.String("arn:aws:acm:us-east-1:111122223333:certificate/x")),
			[]string{"DaysToExpiry < 30", "5xxErrorRate > 1", "unreachable + silent > 1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, alarm := range test.template.All("AWS::CloudWatch::Alarm") {
				p := alarm.Properties
				name := p["MetricName"]
				if metrics, ok := p["Metrics"].([]any); ok {
					name = at(t, metrics, 0, "Expression")
				}
				sign := map[any]string{"GreaterThanThreshold": ">", "LessThanThreshold": "<"}[p["ComparisonOperator"]]
				got = append(got, fmt.Sprint(name, " ", sign, " ", p["Threshold"]))
			}
			if diff := cmp.Diff(test.alarms, got); diff != "" {
				t.Error("(-want +got):\n", diff)
			}
			// The metrics of single statuses are only there where they are paid for.
			if paid := len(test.template.All("AWS::CloudFront::MonitoringSubscription")); (paid == 1) != (test.alarms != nil) {
				t.Errorf("%d subscriptions to the metrics", paid)
			}
		})
	}
}

// TestMetricsOfADistributionAreGlobal checks the dimension without which an
// alarm never has a value.
func TestMetricsOfADistributionAreGlobal(t *testing.T) {
	template := watched(t, nil)
	want := []any{
		map[string]any{"Name": "DistributionId", "Value": ref(template.Only(t, "AWS::CloudFront::Distribution"))},
		map[string]any{"Name": "Region", "Value": "Global"},
	}
	for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
		dimensions := []any{alarm.Properties["Dimensions"]}
		if metrics, ok := alarm.Properties["Metrics"].([]any); ok {
			dimensions = nil
			for _, metric := range metrics[1:] { // the first is the expression
				dimensions = append(dimensions, at(t, metric, "MetricStat", "Metric", "Dimensions"))
			}
		}
		for _, got := range dimensions {
			if diff := cmp.Diff(any(want), got); diff != "" {
				t.Error(alarm.LogicalID, " (-want +got):\n", diff)
			}
		}
	}
}

func TestACertificateThatHasExpiredKeepsItsAlarm(t *testing.T) {
	template := watched(t, jsii.String("arn:aws:acm:us-east-1:111122223333:certificate/x"))
	for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
		p := alarm.Properties
		if p["MetricName"] != "DaysToExpiry" {
			continue
		}
		// ACM stops to count then.
		if p["TreatMissingData"] != "ignore" || p["Period"] != 86400.0 || p["EvaluationPeriods"] != 1.0 {
			t.Errorf("without a value it is %v, looked at every %v s", p["TreatMissingData"], p["Period"])
		}
		want := []any{map[string]any{"Name": "CertificateArn", "Value": "arn:aws:acm:us-east-1:111122223333:certificate/x"}}
		if diff := cmp.Diff(any(want), p["Dimensions"]); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
		return
	}
	t.Error("there is no such alarm")
}
