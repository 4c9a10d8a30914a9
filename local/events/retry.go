package events

import (
	"errors"
	"time"

	"annex/local/lambda"
)

const (
	maxFailures = 3             // attempts of a function that fails: the first and two more
	maxAge      = 6 * time.Hour // of an event
	maxBackoff  = 5 * time.Minute
)

// next says when Lambda tries an event again after an attempt, and whether that
// was the last (Lambda Developer Guide, "Error handling for asynchronous
// invocations"): a function that failed runs twice more, one minute and two
// later; one that was throttled is tried for six hours, after one second at
// first and five minutes at most. What could not run for any other reason is
// not there, or not here.
func next(result *lambda.Result, err error, failures, attempts int, age time.Duration) (wait time.Duration, last bool) {
	_, throttled := errors.AsType[*lambda.TooManyRequestsError](err)
	switch {
	case throttled:
		wait = maxBackoff
		if doublings := attempts - 1; doublings < 9 {
			wait = min(maxBackoff, time.Second<<doublings)
		}
	case err != nil || result.FunctionError == "" || failures >= maxFailures:
		return 0, true
	default:
		wait = time.Duration(failures) * time.Minute
	}
	if age+wait > maxAge {
		return 0, true
	}
	return wait, false
}
