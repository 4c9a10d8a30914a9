package codedeploy

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"annex/local/lambda"
)

// metrics are those of AWS/Lambda that are known here, each with the value that
// an invocation has for it, if it has one ("Types of metrics for Lambda
// functions").
var metrics = map[string]func(lambda.Invocation) (value float64, counts bool){
	"Invocations": func(i lambda.Invocation) (float64, bool) { return 1, !i.Throttled },
	"Errors":      func(i lambda.Invocation) (float64, bool) { return one(i.Failed), !i.Throttled },
	"Throttles":   func(i lambda.Invocation) (float64, bool) { return one(i.Throttled), true },
	"Duration": func(i lambda.Invocation) (float64, bool) {
		return float64(i.Duration) / float64(time.Millisecond), !i.Throttled
	},
}

func one(if1 bool) float64 {
	if if1 {
		return 1
	}
	return 0
}

// published says whether Lambda counts the invocation, of a function with the
// name, under the dimensions ("Viewing metrics for Lambda functions",
// dimensions). ExecutedVersion is for what comes by an alias.
func published(dimensions map[string]string, name string, i lambda.Invocation) bool {
	all := map[string]string{"FunctionName": name, "Resource": name}
	if i.Qualifier != "" {
		all["Resource"] += ":" + i.Qualifier
	}
	if i.Qualifier != "" && i.Qualifier != i.Version {
		all["ExecutedVersion"] = i.Version
	}
	for dimension, value := range dimensions {
		if all[dimension] != value {
			return false
		}
	}
	return true
}

// dimensionSets are those that Lambda publishes its metrics under.
var dimensionSets = [][]string{{}, {"FunctionName"}, {"FunctionName", "Resource"}, {"ExecutedVersion", "FunctionName", "Resource"}}

func isDimensionSet(dimensions map[string]string) bool {
	names := slices.Sorted(maps.Keys(dimensions))
	return slices.ContainsFunc(dimensionSets, func(set []string) bool { return slices.Equal(set, names) })
}

// values are those of one period. Percentiles are kept to one percent, so that a
// period takes the same memory however many invocations it has.
type values struct {
	count, sum, least, most float64
	counts                  map[int]float64 // by the logarithm of the value
}

// grain is the ratio of a percentile's steps.
const grain = 1.01

func (v *values) add(value float64) {
	if v.count == 0 {
		v.least, v.most, v.counts = value, value, map[int]float64{}
	}
	v.count++
	v.sum += value
	v.least, v.most = min(v.least, value), max(v.most, value)
	v.counts[int(math.Round(math.Log(max(value, 1e-3))/math.Log(grain)))]++
}

// statistic is one of the values, which are at least one. The name is one that
// isStatistic takes.
func (v *values) statistic(name string) float64 {
	switch name {
	case "SampleCount":
		return v.count
	case "Sum":
		return v.sum
	case "Average":
		return v.sum / v.count
	case "Minimum":
		return v.least
	case "Maximum":
		return v.most
	}
	share, _ := percentile(name)
	rank := math.Ceil(share * v.count)
	for _, step := range slices.Sorted(maps.Keys(v.counts)) {
		if rank -= v.counts[step]; rank <= 0 {
			return min(v.most, max(v.least, math.Pow(grain, float64(step))))
		}
	}
	return v.most
}

func isStatistic(name string) bool {
	_, is := percentile(name)
	return is || slices.Contains([]string{"SampleCount", "Sum", "Average", "Minimum", "Maximum"}, name)
}

// percentile is the share that a statistic such as p99 or p99.9 is of.
func percentile(name string) (share float64, is bool) {
	digits, is := strings.CutPrefix(name, "p")
	percent, err := strconv.ParseFloat(digits, 64)
	return percent / 100, is && err == nil && percent >= 0 && percent <= 100
}

// tooFew says whether values are too few for a percentile to say much
// ("Percentile-based alarms and low data samples").
func tooFew(statistic string, count float64) bool {
	share, is := percentile(statistic)
	switch {
	case !is:
		return false
	case share >= 0.5:
		return count < 10/(1-share)
	}
	return count < 10/share
}
