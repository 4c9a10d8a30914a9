package web

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// watchSite defines the alarms of a distribution: that it answers with errors,
// and that it does so because an origin is out of its reach. The second is the
// only one here that tells of a container, which has no metrics that are known
// here. CloudFront counts for it only where it is paid for.
func watchSite(scope constructs.Construct, distribution awscloudfront.Distribution, props *SiteProps) {
	metric := func(name string) awscloudwatch.Metric {
		// The distribution's own Metric leaves out the region, without which there
		// is no such metric, and an alarm that never has a value.
		return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/CloudFront"),
			MetricName:    jsii.String(name),
			DimensionsMap: &map[string]*string{"DistributionId": distribution.DistributionId(), "Region": jsii.String("Global")},
			Period:        seconds(time.Minute),
			Statistic:     jsii.String("Average"),
		})
	}
	NewAlarm(scope, "Errors", &AlarmProps{
		Topic:  props.AlarmTopic,
		Metric: metric("5xxErrorRate"),
		Above:  1,
		Description: "The site " + props.Host + " answers more than 1 % of its requests with 5xx: " +
			"see cache-behavior-path-pattern and x-edge-detailed-result-type in its access log.",
	})
	NewAlarm(scope, "OriginErrors", &AlarmProps{
		Topic: props.AlarmTopic,
		Metric: awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: jsii.String("unreachable + silent"),
			Label:      jsii.String("502 and 504 of all answers, in percent"),
			Period:     seconds(time.Minute),
			UsingMetrics: &map[string]awscloudwatch.IMetric{
				"unreachable": metric("502ErrorRate"),
				"silent":      metric("504ErrorRate"),
			},
		}),
		Above: 1,
		Description: "The site " + props.Host + " has more than 1 % of its requests end at an origin that refuses the connection " +
			"(502: see its certificate, and the client certificate that it is shown) or does not answer in time (504).",
	})
	for _, behavior := range props.Behaviors {
		if behavior.ClientCertificate != nil {
			watchCertificate(scope, behavior, props.AlarmTopic)
		}
	}
}

// watchCertificate defines the alarm of a client certificate that ACM does not
// renew, because it was imported. ACM counts the days once a day, until it has
// expired.
func watchCertificate(scope constructs.Construct, behavior Behavior, topic awssns.ITopic) {
	NewAlarm(scope, behavior.ID+"CertificateExpiry", &AlarmProps{
		Topic: topic,
		Metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/CertificateManager"),
			MetricName:    jsii.String("DaysToExpiry"),
			DimensionsMap: &map[string]*string{"CertificateArn": behavior.ClientCertificate},
			Period:        awscdk.Duration_Days(jsii.Number(1)),
			Statistic:     jsii.String("Minimum"),
		}),
		Below:   30,
		Periods: 1, Of: 1,
		Description: "The client certificate that the site shows to " + behavior.Origin + " expires in less than 30 days, " +
			"after which the site does not reach it: `make origin-certificate` renews it, and a deployment takes it.",
	})
}
