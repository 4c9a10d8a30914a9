package web

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// watchSocket defines the alarm of a WebSocket API: the percentage of what comes
// over it that its functions fail for ("Monitor WebSocket API execution with
// CloudWatch metrics"), which takes in what they refuse with 4xx. What was refused
// before one was called, for the authorizer or a throttle, is no error of the
// API's.
func watchSocket(scope constructs.Construct, stage awsapigatewayv2.CfnStage, props *SocketProps) {
	metric := func(name string) awscloudwatch.IMetric {
		return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/ApiGateway"),
			MetricName:    jsii.String(name),
			DimensionsMap: &map[string]*string{"ApiId": stage.ApiId(), "Stage": stage.StageName()},
			Period:        seconds(time.Minute),
			Statistic:     jsii.String("Sum"),
		})
	}
	NewAlarm(scope, "Errors", &AlarmProps{
		Topic: props.AlarmTopic,
		Metric: awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			// A metric that nothing was counted for has no value in that minute.
			Expression: jsii.String("100 * (FILL(failed, 0) + FILL(uncalled, 0)) / (FILL(connects, 0) + FILL(messages, 0))"),
			Label:      jsii.String("Failures of all connections and messages, in percent"),
			Period:     seconds(time.Minute),
			UsingMetrics: &map[string]awscloudwatch.IMetric{
				"failed":   metric("IntegrationError"),
				"uncalled": metric("ExecutionError"),
				"connects": metric("ConnectCount"),
				"messages": metric("MessageCount"),
			},
		}),
		Above: 1,
		Description: "The WebSocket API " + props.Path + " fails for more than 1 % of its connections and messages: " +
			"see integration.error in its access log, and the logs of its functions by requestId.",
	})
}
