package events

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// expression says when a schedule runs ("Schedule types in EventBridge
// Scheduler").
type expression interface {
	// next is the first time after the given one; false where there is none.
	// What has a rhythm of its own counts from start.
	next(after, start time.Time) (time.Time, bool)
}

// parseExpression reads rate(…), cron(…) or at(…), in the time zone where that
// matters. Its error says what is wrong with it.
func parseExpression(text string, zone *time.Location) (expression, error) {
	kind, rest, ok := strings.Cut(text, "(")
	inner, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return nil, fmt.Errorf("%q: want rate(…), cron(…) or at(…)", text)
	}
	var e expression
	var err error
	switch kind {
	case "rate":
		e, err = parseRate(inner)
	case "cron":
		e, err = parseCron(inner, zone)
	case "at":
		var t time.Time
		t, err = time.ParseInLocation("2006-01-02T15:04:05", inner, zone)
		e = once(t)
		if err != nil {
			err = fmt.Errorf("%q is no time such as 2027-01-31T09:00:00", inner)
		}
	default:
		err = fmt.Errorf("want rate, cron or at, got %s", kind)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return e, nil
}

// rate runs at once, and then after each interval.
type rate time.Duration

var rateForm = regexp.MustCompile(`^(\d+) +(minute|hour|day)s?$`)

func parseRate(text string) (rate, error) {
	parts := rateForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("want a number and minutes, hours or days, got %q", text)
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, fmt.Errorf("want a number from 1, got %s", parts[1])
	}
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[parts[2]]
	return rate(time.Duration(n) * unit), nil
}

func (r rate) next(after, start time.Time) (time.Time, bool) {
	if after.Before(start) {
		return start, true
	}
	interval := time.Duration(r)
	return start.Add((after.Sub(start)/interval + 1) * interval), true
}

// once runs at one time.
type once time.Time

func (o once) next(after, _ time.Time) (time.Time, bool) {
	return time.Time(o), after.Before(time.Time(o))
}
