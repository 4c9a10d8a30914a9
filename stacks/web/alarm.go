package web

import (
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// AlarmProps describe an alarm.
type AlarmProps struct {
	// Topic is told when the alarm begins and when it is over. It has to be of
	// the alarm's region. Required.
	Topic awssns.ITopic

	// Metric is what is watched. Its period is how often. Required.
	Metric awscloudwatch.IMetric

	// Above is the value that the metric has to exceed.
	// Default: 0.
	Above float64

	// Below is, in place of Above, the value that the metric has to fall short
	// of. For a metric that ends when it is too late: a period without a value
	// leaves the alarm as it is.
	// Default: Above counts.
	Below float64

	// Periods and Of say when: with 3 of 5, when the metric exceeds Above in 3
	// of the last 5 periods. A period without a value does not.
	// Default: 3 of 5.
	Periods, Of int

	// Description is what is mailed: what it means, and what to do. Required.
	Description string
}

// NewAlarm defines an alarm that a topic is told of.
func NewAlarm(scope constructs.Construct, id string, props *AlarmProps) awscloudwatch.Alarm {
	periods, of := props.Periods, props.Of
	if periods == 0 && of == 0 {
		periods, of = 3, 5
	}
	switch {
	case props.Topic == nil || props.Metric == nil || props.Description == "":
		panic(&Error{"alarm", id, errors.New("want a topic, a metric and a description")})
	case props.Above != 0 && props.Below != 0:
		panic(&Error{"alarm", id, errors.New("want one of Above and Below")})
	case periods < 1 || of < periods:
		panic(&Error{"alarm", id, fmt.Errorf("%d of %d periods: want some of them, or all", periods, of)})
	}
	threshold, comparison, missing := props.Above, awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD, awscloudwatch.TreatMissingData_NOT_BREACHING
	if props.Below != 0 {
		threshold, comparison, missing = props.Below, awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD, awscloudwatch.TreatMissingData_IGNORE
	}
	alarm := awscloudwatch.NewAlarm(scope, jsii.String(id), &awscloudwatch.AlarmProps{
		AlarmDescription:   jsii.String(props.Description),
		Metric:             props.Metric,
		Threshold:          jsii.Number(threshold),
		ComparisonOperator: comparison,
		DatapointsToAlarm:  jsii.Number(periods),
		EvaluationPeriods:  jsii.Number(of),
		TreatMissingData:   missing,
	})
	told := awscloudwatchactions.NewSnsAction(props.Topic)
	alarm.AddAlarmAction(told)
	alarm.AddOkAction(told)
	return alarm
}

// watchErrors defines the alarm of an API: the percentage of its requests that
// it answers with 5xx. Of the requests, not their number: one that fails means
// much in a quiet night, and nothing among a million.
func watchErrors(scope constructs.Construct, httpAPI awsapigatewayv2.HttpApi, props *APIProps) {
	metric := func(name, statistic string) awscloudwatch.Metric {
		return httpAPI.Metric(jsii.String(name), &awscloudwatch.MetricOptions{Period: seconds(time.Minute), Statistic: jsii.String(statistic)})
	}
	NewAlarm(scope, "Errors", &AlarmProps{
		Topic: props.AlarmTopic,
		Metric: awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: jsii.String("100 * errors / requests"),
			Label:      jsii.String("5xx of all answers, in percent"),
			Period:     seconds(time.Minute),
			UsingMetrics: &map[string]awscloudwatch.IMetric{
				"errors":   metric("5xx", "Sum"),
				"requests": metric("Count", "SampleCount"),
			},
		}),
		Above: 1,
		Description: "The API " + props.Path + " answers more than 1 % of its requests with 5xx: " +
			"see integrationErrorMessage in its access log, and the logs of its functions by requestId.",
	})
}

// watchThrottles defines the alarm of a function that is refused executions.
func watchThrottles(scope constructs.Construct, id string, function awslambda.Function, topic awssns.ITopic) {
	NewAlarm(scope, "Throttles", &AlarmProps{
		Topic:  topic,
		Metric: function.MetricThrottles(&awscloudwatch.MetricOptions{Period: seconds(time.Minute), Statistic: jsii.String("Sum")}),
		Description: "Lambda refuses to run the function " + id + " of " + *awscdk.Stack_Of(scope).StackName() + ": " +
			"its reserved concurrency or the account's limit is used up.",
	})
}
