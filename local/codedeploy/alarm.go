package codedeploy

import (
	"slices"
	"time"
)

// Alarm is a CloudWatch alarm on one of Lambda's metrics.
type Alarm struct {
	Name       string
	Metric     string            // Invocations, Errors, Throttles or Duration, in milliseconds
	Dimensions map[string]string // FunctionName, Resource, ExecutedVersion
	Statistic  string            // such as Sum or p99
	Period     time.Duration
	Periods    int // EvaluationPeriods
	Datapoints int // DatapointsToAlarm: that many bad ones of the periods

	Comparison   string // ComparisonOperator
	Threshold    float64
	Missing      string // TreatMissingData
	IgnoreTooFew bool   // EvaluateLowSampleCountPercentile is ignore
}

// State is an alarm's.
type State string

// The states of an alarm, as CloudWatch names them.
const (
	OK               State = "OK"
	InAlarm          State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// datapoint is the statistic of one period; nothing where it is missing.
type datapoint struct {
	value  float64
	exists bool
}

// early says whether the period that is under way counts with what it has so
// far. CloudWatch evaluates once a minute, by what it was told until then; here
// a developer waits, and a version that has failed already is not better for a
// minute more. A value that is too low while invocations still come says
// nothing, though.
func (a Alarm) early() bool {
	below := a.Comparison == "LessThanThreshold" || a.Comparison == "LessThanOrEqualToThreshold"
	grows := a.Statistic == "Sum" || a.Statistic == "SampleCount" || a.Statistic == "Maximum"
	return !below || !grows
}

// window is how many periods CloudWatch looks at: more than the alarm's, so that
// late values are not missed. How many is not documented; the examples of
// "Configuring how CloudWatch alarms treat missing data" have two more.
func (a Alarm) window() int { return a.Periods + 2 }

// evaluate is the alarm's state by the datapoints of its window, the newest
// last, where it was in another ("Configuring how CloudWatch alarms treat
// missing data").
func (a Alarm) evaluate(points []datapoint, was State) State {
	var real []datapoint // as many of the newest as the alarm wants
	oldest := 0          // how many periods ago the oldest of them is, from 1
	for i, p := range slices.Backward(points) {
		if p.exists && len(real) < a.Periods {
			real, oldest = append(real, p), len(points)-i
		}
	}
	bad := 0
	for _, p := range real {
		if a.breaches(p.value) {
			bad++
		}
	}
	missing := a.Periods - len(real)
	switch {
	case bad >= a.Datapoints:
		return InAlarm
	case missing == 0 || a.Missing == "notBreaching":
		return OK
	case a.Missing == "breaching":
		if bad+missing >= a.Datapoints {
			return InAlarm
		}
		return OK
	case bad < len(real):
		return OK
	case a.Missing == "ignore":
		return was
	case len(real) > 0 && oldest >= a.Datapoints:
		return InAlarm // all that is known is bad, and has been for long enough
	}
	return InsufficientData
}

func (a Alarm) breaches(value float64) bool {
	switch a.Comparison {
	case "GreaterThanThreshold":
		return value > a.Threshold
	case "GreaterThanOrEqualToThreshold":
		return value >= a.Threshold
	case "LessThanThreshold":
		return value < a.Threshold
	default:
		return value <= a.Threshold
	}
}

// comparisons are the operators that a threshold is compared by, as messages
// have them.
var comparisons = map[string]string{
	"GreaterThanThreshold":          "above",
	"GreaterThanOrEqualToThreshold": "at least",
	"LessThanThreshold":             "below",
	"LessThanOrEqualToThreshold":    "at most",
}
