package codedeploy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"annex/local/assembly"
)

// readAlarm reads the alarm that a deployment group names. It is nil, with a
// notice of the reason, where it cannot be evaluated here.
func readAlarm(a *assembly.Assembly, group *assembly.Resource, name string) (*Alarm, []assembly.Notice, error) {
	alarms := a.Resources("AWS::CloudWatch::Alarm")
	i := slices.IndexFunc(alarms, func(r *assembly.Resource) bool {
		return r.Ref() == name && r.Stack.Account == group.Stack.Account && r.Stack.Region == group.Stack.Region
	})
	unwatched := func(r *assembly.Resource, format string, args ...any) []assembly.Notice {
		return []assembly.Notice{{Resource: r, Property: "AlarmConfiguration", Reason: fmt.Sprintf("the alarm %s is not watched in a release here: %s", name, fmt.Sprintf(format, args...))}}
	}
	if i < 0 {
		return nil, unwatched(group, "no template has an alarm of that name"), nil
	}
	r := alarms[i]
	var p struct {
		Namespace, MetricName, Statistic, ExtendedStatistic string
		Dimensions                                          []struct{ Name, Value string }
		Period, EvaluationPeriods, DatapointsToAlarm        int // Period in seconds
		Threshold                                           float64
		ComparisonOperator, TreatMissingData                string
		EvaluateLowSampleCountPercentile                    string
		Metrics                                             any // of metric math
		ThresholdMetric                                     any `json:"ThresholdMetricId"` // of anomaly detection

		ActionsEnabled, AlarmActions, OKActions, InsufficientDataActions any // nobody is told here
		AlarmName, AlarmDescription, Unit, Tags                          any // Lambda's metrics have one unit each
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return nil, nil, err
	}
	alarm := Alarm{
		Name:         name,
		Metric:       p.MetricName,
		Dimensions:   map[string]string{},
		Statistic:    cmp.Or(p.ExtendedStatistic, p.Statistic),
		Period:       time.Duration(p.Period) * time.Second,
		Periods:      p.EvaluationPeriods,
		Datapoints:   cmp.Or(p.DatapointsToAlarm, p.EvaluationPeriods),
		Comparison:   p.ComparisonOperator,
		Threshold:    p.Threshold,
		Missing:      cmp.Or(p.TreatMissingData, "missing"),
		IgnoreTooFew: p.EvaluateLowSampleCountPercentile == "ignore",
	}
	for _, d := range p.Dimensions {
		alarm.Dimensions[d.Name] = d.Value
	}
	notices := assembly.Unknown(r, unknown)
	switch _, known := metrics[p.MetricName]; {
	case p.Metrics != nil || p.ThresholdMetric != nil:
		return nil, append(notices, unwatched(group, "it is of metric math")...), nil
	case p.Namespace != "AWS/Lambda" || !known:
		return nil, append(notices, unwatched(group, "there is no metric %s %s here", p.Namespace, p.MetricName)...), nil
	case !isDimensionSet(alarm.Dimensions):
		return nil, append(notices, unwatched(group, "Lambda has no metric of its dimensions, so it will not go off at AWS either")...), nil
	case !isStatistic(alarm.Statistic):
		return nil, append(notices, unwatched(group, "the statistic %s is not known here", alarm.Statistic)...), nil
	case comparisons[p.ComparisonOperator] == "":
		return nil, append(notices, unwatched(group, "the comparison %s is not known here", p.ComparisonOperator)...), nil
	case alarm.Period <= 0 || alarm.Periods < 1 || alarm.Datapoints < 1 || alarm.Datapoints > alarm.Periods:
		return nil, nil, fmt.Errorf("%s: want a Period, EvaluationPeriods, and no more DatapointsToAlarm, got %s, %d and %d", r, alarm.Period, alarm.Periods, alarm.Datapoints)
	}
	return &alarm, notices, nil
}
