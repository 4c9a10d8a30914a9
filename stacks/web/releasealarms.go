package web

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
)

// watchRelease defines the alarms that take a release back, and gives their
// names. They are on what the alias has the new version do, so that the old one,
// which answers most requests of a canary and answers them well, does not hide
// it.
func (f *Function) watchRelease(id string, slow time.Duration, topic awssns.ITopic) (names []*string) {
	stack := *awscdk.Stack_Of(f.scope).StackName()
	const back = " A release goes back for it; after one, see the logs of the function, and 'Rolling back by hand' in docs/operations.md."
	return []*string{
		f.releaseAlarm(id, topic, "Errors", "Sum", &awscloudwatch.AlarmProps{
			Threshold:        jsii.Number(0),
			AlarmDescription: jsii.String("The newest version of the function " + id + " of " + stack + " fails: it panics, times out or returns an error." + back),
		}),
		f.releaseAlarm(id, topic, "Duration", "p99", &awscloudwatch.AlarmProps{
			Threshold:        jsii.Number(slow.Milliseconds()),
			AlarmDescription: jsii.String(fmt.Sprintf("One in a hundred calls of the newest version of the function %s of %s takes longer than %s.%s", id, stack, slow, back)),
			// CloudWatch would otherwise be free to wait for a thousand calls a
			// minute, which the canary of most services never sees.
			EvaluateLowSampleCountPercentile: jsii.String("evaluate"),
		}),
	}
}

// releaseAlarm begins when two of five minutes are bad: one may be chance. No
// calls are no values, and those are well.
//
// Its name has the version, so that every release has an alarm of its own. An
// alarm whose dimensions change keeps its state until it is evaluated again, and
// CodeDeploy fails a deployment at once while one of its alarms is in ALARM: the
// release that mends a version that fails would be refused for that version.
func (f *Function) releaseAlarm(id string, topic awssns.ITopic, metric, statistic string, props *awscloudwatch.AlarmProps) *string {
	version := f.Function.CurrentVersion().Version()
	stack := *awscdk.Stack_Of(f.scope).StackName()
	props.AlarmName = jsii.String(fmt.Sprintf("%s-%s-%s-%s", stack, id, *version, metric))
	props.Metric = awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:  jsii.String("AWS/Lambda"),
		MetricName: jsii.String(metric),
		Statistic:  jsii.String(statistic),
		Period:     seconds(time.Minute),
		DimensionsMap: &map[string]*string{
			"FunctionName":    f.Function.FunctionName(),
			"Resource":        jsii.String(*f.Function.FunctionName() + ":" + liveAlias),
			"ExecutedVersion": version,
		},
	})
	props.ComparisonOperator = awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD
	props.DatapointsToAlarm = jsii.Number(2)
	props.EvaluationPeriods = jsii.Number(5)
	props.TreatMissingData = awscloudwatch.TreatMissingData_NOT_BREACHING
	alarm := awscloudwatch.NewAlarm(f.scope, jsii.String("New"+metric), props)
	if topic != nil {
		// Not of its end: a new alarm begins without data, and becomes well from
		// there, of which the topic would be told twice at each release.
		alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(topic))
	}
	return alarm.AlarmName()
}
