package events

import (
	"errors"
	"time"

	"annex/local/lambda"
)

// maxBackoff is the longest time between attempts of a function that is
// throttled.
const maxBackoff = 5 * time.Minute

// usual is how a function is tried again that says nothing about it.
var usual = Retries{Attempts: 2, Age: 6 * time.Hour}

// next says when Lambda tries an event again after an attempt, and whether that
// was the last (Lambda Developer Guide, "Error handling for asynchronous
// invocations"): a function that failed runs up to twice more, one minute and
// two later; one that was throttled is tried for up to six hours, after one
// second at first and five minutes at most, but for one that reserves nothing.
// What could not run for any other reason is not there, or not here.
func next(result *lambda.Result, err error, retries Retries, failures, attempts int, age time.Duration) (wait time.Duration, last bool) {
	limit, throttled := errors.AsType[*lambda.TooManyRequestsError](err)
	switch {
	case throttled && limit.Limit == 0:
		return 0, true // nothing runs of a function that reserves none
	case throttled:
		wait = maxBackoff
		if doublings := attempts - 1; doublings < 9 {
			wait = min(maxBackoff, time.Second<<doublings)
		}
	case err != nil || result.FunctionError == "" || failures > retries.Attempts:
		return 0, true
	default:
		wait = time.Duration(failures) * time.Minute
	}
	if age+wait > retries.Age {
		return 0, true
	}
	return wait, false
}

// condition is how an event ended whose last attempt led to this.
func condition(result *lambda.Result, err error, retries Retries, failures int) string {
	_, throttled := errors.AsType[*lambda.TooManyRequestsError](err)
	switch {
	case err == nil && result.FunctionError == "":
		return success
	case throttled, err == nil && failures <= retries.Attempts:
		return eventAgeExceeded
	}
	return retriesExhausted
}
