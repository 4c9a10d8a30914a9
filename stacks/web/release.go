package web

import (
	"fmt"
	"time"
)

// Release is how the requests go from a function's old version to its new one,
// after the check before and before the check after (see NewReleaseCheck). The
// zero value is AllAtOnce.
type Release struct {
	shift   shift
	percent int
	every   time.Duration
}

type shift string

const (
	allAtOnce shift = "AllAtOnce"
	canary    shift = "Canary"
	linear    shift = "Linear"
	direct    shift = "Direct"
)

// AllAtOnce gives the new version every request once its check has passed. The
// checks alone take such a release back: it is over before the alarms, which
// need some minutes, have seen a request.
func AllAtOnce() Release { return Release{shift: allAtOnce} }

// Canary gives the new version a percentage of the requests for some time, and
// then all of them. The alarms need some minutes to see that it fails: give it
// five at least.
func Canary(percent int, wait time.Duration) Release {
	return Release{canary, percent, wait}
}

// Linear gives the new version a further percentage of the requests, again and
// again, until it has all of them.
func Linear(percent int, every time.Duration) Release {
	return Release{linear, percent, every}
}

// Direct has CloudFormation itself move the alias, wherever it is, past checks
// and alarms. It is for the one deployment after an alias was moved by hand,
// which CodeDeploy would refuse: `cdk deploy -c release=direct`.
func Direct() Release { return Release{shift: direct} }

// ShiftsTraffic tells whether two versions answer requests for a while.
func (r Release) ShiftsTraffic() bool { return r.shift == canary || r.shift == linear }

// String gives the release as it is written: "web.Canary(10, 10m0s)".
func (r Release) String() string {
	switch {
	case r == Release{}:
		return AllAtOnce().String()
	case r.ShiftsTraffic():
		return fmt.Sprintf("web.%s(%d, %s)", r.shift, r.percent, r.every)
	}
	return "web." + string(r.shift) + "()"
}

// maxShift is how long CodeDeploy shifts traffic at most ("CodeDeploy quotas":
// 48 hours between the shifts of a Lambda deployment).
const maxShift = 48 * time.Hour

// Validate says what of it CodeDeploy would not take.
func (r Release) Validate() error {
	if !r.ShiftsTraffic() {
		return nil
	}
	takes := r.every
	if r.shift == linear && r.percent > 0 {
		takes *= time.Duration((99+r.percent)/r.percent - 1)
	}
	switch {
	case r.percent < 1 || r.percent > 99:
		return fmt.Errorf("release %s: want 1 to 99 percent", r)
	case r.every < time.Minute || r.every%time.Minute != 0:
		return fmt.Errorf("release %s: want whole minutes, 1 or more", r)
	case takes > maxShift:
		return fmt.Errorf("release %s: want all requests on the new version after 48 hours, not after %s", r, takes)
	}
	return nil
}
