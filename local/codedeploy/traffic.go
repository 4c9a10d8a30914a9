package codedeploy

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Traffic is how invocations shift from the old version to the new one. The
// zero value shifts all of them at once.
type Traffic struct {
	Percent int           // of each step; 0 for all at once
	Every   time.Duration // between steps
	Linear  bool          // each step shifts Percent more; otherwise the second shifts the rest
}

// Shifts says whether two versions answer for a while.
func (t Traffic) Shifts() bool { return t.Percent > 0 }

// Weight is the new version's percentage at a time after the first step. At 100
// nothing is left to shift.
func (t Traffic) Weight(elapsed time.Duration) int {
	switch {
	case !t.Shifts():
		return 100
	case t.Linear && t.Every > 0:
		return min(100, t.Percent*(1+int(elapsed/t.Every)))
	case elapsed < t.Every:
		return t.Percent
	}
	return 100
}

// String is such as "10 % for 5m0s, then all".
func (t Traffic) String() string {
	switch {
	case !t.Shifts():
		return "all at once"
	case t.Linear:
		return fmt.Sprintf("%d %% more every %s", t.Percent, t.Every)
	}
	return fmt.Sprintf("%d %% for %s, then all", t.Percent, t.Every)
}

// predefined are the names of AWS's own configurations ("Deployment
// configurations on an AWS Lambda compute platform").
var predefined = regexp.MustCompile(`^CodeDeployDefault\.Lambda(Canary|Linear)(\d+)Percent(?:Every)?(\d+)Minutes?$`)

// predefinedTraffic is that of a configuration that AWS has itself.
func predefinedTraffic(name string) (Traffic, bool) {
	if name == "CodeDeployDefault.LambdaAllAtOnce" {
		return Traffic{}, true
	}
	parts := predefined.FindStringSubmatch(name)
	if parts == nil {
		return Traffic{}, false
	}
	percent, err1 := strconv.Atoi(parts[2])
	minutes, err2 := strconv.Atoi(parts[3])
	if err1 != nil || err2 != nil || percent < 1 || percent > 99 {
		return Traffic{}, false
	}
	return Traffic{percent, time.Duration(minutes) * time.Minute, parts[1] == "Linear"}, true
}
