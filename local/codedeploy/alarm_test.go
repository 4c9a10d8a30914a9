package codedeploy

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"annex/local/lambda"
)

// The rows of the two tables of "Configuring how CloudWatch alarms treat missing
// data", each named by its datapoints: 0 is a good one, X a bad one, - a missing
// one, the newest last.
func TestAlarmsTreatMissingDataAsCloudWatchDoes(t *testing.T) {
	const retained = State("as before")
	treatments := []string{"missing", "ignore", "breaching", "notBreaching"}
	for _, c := range []struct {
		datapoints, periods int
		row                 string
		want                [4]State
	}{
		{3, 3, "0 - X - X", [4]State{OK, OK, OK, OK}},
		{3, 3, "0 - - - -", [4]State{OK, OK, OK, OK}},
		{3, 3, "- - - - -", [4]State{InsufficientData, retained, InAlarm, OK}},
		{3, 3, "0 X X - X", [4]State{InAlarm, InAlarm, InAlarm, InAlarm}},
		{3, 3, "- - X - -", [4]State{InAlarm, retained, InAlarm, OK}},
		{2, 3, "0 - X - X", [4]State{InAlarm, InAlarm, InAlarm, InAlarm}},
		{2, 3, "0 0 X 0 X", [4]State{InAlarm, InAlarm, InAlarm, InAlarm}},
		{2, 3, "0 - X - -", [4]State{OK, OK, InAlarm, OK}},
		{2, 3, "- - - - 0", [4]State{OK, OK, InAlarm, OK}},
		{2, 3, "- - - X -", [4]State{InAlarm, retained, InAlarm, OK}},
		// "Avoiding premature transitions to alarm state": the next one may be
		// good. What it is instead an earlier edition of the page says, whose tables
		// have a row for - - - - X.
		{3, 3, "- - - - X", [4]State{InsufficientData, retained, InAlarm, OK}},
		{3, 3, "- - - X -", [4]State{InsufficientData, retained, InAlarm, OK}},
		{2, 3, "- - - - X", [4]State{InsufficientData, retained, InAlarm, OK}},
		{3, 3, "- - - X 0", [4]State{OK, OK, OK, OK}},
		{3, 3, "- - X - 0", [4]State{OK, OK, OK, OK}},
		// In a later one.
		{3, 3, "X - - - -", [4]State{InAlarm, retained, InAlarm, OK}},
	} {
		for i, treatment := range treatments {
			t.Run(fmt.Sprintf("%d of %d, %s, %s", c.datapoints, c.periods, c.row, treatment), func(t *testing.T) {
				a := Alarm{Comparison: "GreaterThanThreshold", Datapoints: c.datapoints, Periods: c.periods, Missing: treatment}
				var points []datapoint
				for p := range strings.FieldsSeq(c.row) {
					points = append(points, datapoint{map[string]float64{"X": 1}[p], p != "-"})
				}
				if len(points) != a.window() {
					t.Fatalf("these are %d periods, and the alarm looks at %d", len(points), a.window())
				}
				if got := a.evaluate(points, retained); got != c.want[i] {
					t.Errorf("it is %s, want %s", got, c.want[i])
				}
			})
		}
	}
}

func TestAlarmsCompareWithTheirThreshold(t *testing.T) {
	for comparison, want := range map[string][3]bool{ // below, at and above it
		"GreaterThanThreshold":          {false, false, true},
		"GreaterThanOrEqualToThreshold": {false, true, true},
		"LessThanThreshold":             {true, false, false},
		"LessThanOrEqualToThreshold":    {true, true, false},
	} {
		for i, value := range []float64{4, 5, 6} {
			if got := (Alarm{Comparison: comparison, Threshold: 5}).breaches(value); got != want[i] {
				t.Errorf("%v against 5, %s: %t", value, comparison, got)
			}
		}
	}
}

func TestStatisticsOfAPeriod(t *testing.T) {
	var v values
	for i := range 1000 {
		v.add(float64(i + 1))
	}
	for name, want := range map[string]float64{
		"SampleCount": 1000, "Sum": 500500, "Average": 500.5, "Minimum": 1, "Maximum": 1000, "p99": 990, "p50": 500, "p99.9": 999, "p0": 1, "p100": 1000,
	} {
		if !isStatistic(name) {
			t.Errorf("%s is no statistic", name)
		}
		if got := v.statistic(name); math.Abs(got-want) > want/100 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if len(v.counts) > 1000/2 {
		t.Errorf("1000 values are kept as %d", len(v.counts))
	}
	var alone values
	alone.add(0)
	if got := alone.statistic("p99"); got != 0 {
		t.Errorf("the p99 of 0 is %v", got)
	}
	for _, name := range []string{"", "p", "p101", "p-1", "tm99", "IQM", "sum"} {
		if isStatistic(name) {
			t.Errorf("%q is taken for a statistic", name)
		}
	}
	for _, c := range []struct {
		statistic string
		count     float64
		want      bool
	}{{"p99", 999, true}, {"p99", 1001, false}, {"p10", 99, true}, {"p10", 101, false}, {"Sum", 1, false}} {
		if got := tooFew(c.statistic, c.count); got != c.want {
			t.Errorf("%v values are too few for %s: %t", c.count, c.statistic, got)
		}
	}
}

func TestMetricsHaveTheDimensionsOfLambda(t *testing.T) {
	ofNew := map[string]string{"FunctionName": "cart", "Resource": "cart:live", "ExecutedVersion": "2"}
	for name, c := range map[string]struct {
		dimensions map[string]string
		invocation lambda.Invocation
		want       bool
	}{
		"the new version, by the alias":  {ofNew, lambda.Invocation{Qualifier: "live", Version: "2"}, true},
		"the old version, by the alias":  {ofNew, lambda.Invocation{Qualifier: "live", Version: "1"}, false},
		"the new version, by its number": {ofNew, lambda.Invocation{Qualifier: "2", Version: "2"}, false},
		"unqualified":                    {ofNew, lambda.Invocation{Version: "$LATEST"}, false},
		"the alias":                      {map[string]string{"FunctionName": "cart", "Resource": "cart:live"}, lambda.Invocation{Qualifier: "live", Version: "1"}, true},
		"the version":                    {map[string]string{"FunctionName": "cart", "Resource": "cart:2"}, lambda.Invocation{Qualifier: "2", Version: "2"}, true},
		"the function":                   {map[string]string{"FunctionName": "cart"}, lambda.Invocation{Qualifier: "2", Version: "2"}, true},
		"another function":               {map[string]string{"FunctionName": "search"}, lambda.Invocation{Qualifier: "live", Version: "2"}, false},
		"every function":                 {nil, lambda.Invocation{Version: "$LATEST"}, true},
	} {
		if got := published(c.dimensions, "cart", c.invocation); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
		if !isDimensionSet(c.dimensions) {
			t.Errorf("%s: %v are no dimensions of Lambda", name, c.dimensions)
		}
	}
	if isDimensionSet(map[string]string{"FunctionName": "cart", "ExecutedVersion": "2"}) {
		t.Error("Lambda has no metric of FunctionName and ExecutedVersion alone")
	}
}

func TestAnAlarmGoesOffWithinThePeriodThatIsUnderWay(t *testing.T) {
	bad := lambda.Invocation{FunctionARN: "functions:cart", Qualifier: "live", Version: "2", Failed: true}
	good := lambda.Invocation{FunctionARN: "functions:cart", Qualifier: "live", Version: "2", Duration: time.Second}
	errors := Alarm{Metric: "Errors", Statistic: "Sum", Comparison: "GreaterThanThreshold", Period: time.Minute, Periods: 1, Datapoints: 1, Missing: "notBreaching"}
	start := time.Unix(1_800_000_000, 0).Truncate(time.Minute)
	for name, c := range map[string]struct {
		change func(*Alarm)
		at     map[time.Duration]lambda.Invocation
		want   map[time.Duration]State
	}{
		"1 of 1": {nil, map[time.Duration]lambda.Invocation{10 * time.Second: bad}, map[time.Duration]State{
			10 * time.Second: InAlarm, 59 * time.Second: InAlarm, 119 * time.Second: InAlarm, 10 * time.Minute: OK,
		}},
		"good ones": {nil, map[time.Duration]lambda.Invocation{10 * time.Second: good}, map[time.Duration]State{10 * time.Second: OK, time.Minute: OK}},
		"2 of 5": {func(a *Alarm) { a.Periods, a.Datapoints = 5, 2 }, map[time.Duration]lambda.Invocation{50 * time.Second: bad, 70 * time.Second: good, 130 * time.Second: bad}, map[time.Duration]State{
			50 * time.Second: OK, 119 * time.Second: OK, 130 * time.Second: InAlarm,
		}},
		"the p99 of durations": {func(a *Alarm) { a.Metric, a.Statistic, a.Threshold = "Duration", "p99", 500 }, map[time.Duration]lambda.Invocation{time.Second: good}, map[time.Duration]State{time.Second: InAlarm}},
		"too few for a p99":    {func(a *Alarm) { a.Metric, a.Statistic, a.Threshold, a.IgnoreTooFew = "Duration", "p99", 500, true }, map[time.Duration]lambda.Invocation{time.Second: good}, map[time.Duration]State{time.Second: OK}},
		// So few may still become enough.
		"below": {func(a *Alarm) { a.Metric, a.Comparison, a.Threshold = "Invocations", "LessThanThreshold", 10 }, map[time.Duration]lambda.Invocation{time.Second: good}, map[time.Duration]State{time.Second: OK, time.Minute: InAlarm}},
	} {
		t.Run(name, func(t *testing.T) {
			a := errors
			if c.change != nil {
				c.change(&a)
			}
			w := watch(a, "functions:")
			var said []string
			for second := range 700 {
				elapsed := time.Duration(second) * time.Second
				if i, ok := c.at[elapsed]; ok {
					w.observe(i, start.Add(elapsed))
				}
				got := w.evaluate(start.Add(elapsed))
				if want, ok := c.want[elapsed]; ok {
					said = append(said, fmt.Sprint(elapsed, got))
					if got.state != want {
						t.Errorf("after %s it is %s, want %s: %s", elapsed, got.state, want, strings.Join(said, "; "))
					}
				}
			}
			if len(w.counted) > w.window()+1 {
				t.Errorf("%d periods are kept", len(w.counted))
			}
		})
	}
}
