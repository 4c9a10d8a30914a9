package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cron runs at each time that its six fields allow: minutes, hours, day of
// month, month, day of week and year. Libraries for cron know other fields, or
// not what L, W and # mean to AWS.
type cron struct {
	minutes, hours, months, years []int
	days                          dayField
	zone                          *time.Location
}

// dayField is the day of month or the day of week, one of which is "?".
type dayField []func(day time.Time) bool

var (
	monthNames = []string{"", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	dayNames   = []string{"", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

const firstYear, lastYear = 1970, 2199

func parseCron(text string, zone *time.Location) (*cron, error) {
	fields := strings.Fields(text)
	if len(fields) != 6 {
		return nil, fmt.Errorf("it has %d fields, want six: minutes, hours, day of month, month, day of week, year", len(fields))
	}
	c := &cron{zone: zone}
	var err error
	for _, f := range []struct {
		name        string
		text        string
		least, most int
		names       []string
		into        *[]int
	}{
		{"minutes", fields[0], 0, 59, nil, &c.minutes},
		{"hours", fields[1], 0, 23, nil, &c.hours},
		{"month", fields[3], 1, 12, monthNames, &c.months},
		{"year", fields[5], firstYear, lastYear, nil, &c.years},
	} {
		if *f.into, err = numbers(f.text, f.least, f.most, f.names); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	dayOfMonth, dayOfWeek := fields[2], fields[4]
	switch {
	case (dayOfMonth == "?") == (dayOfWeek == "?"):
		return nil, fmt.Errorf("day of month is %q and day of week %q: want ? for one of them", dayOfMonth, dayOfWeek)
	case dayOfWeek == "?":
		if c.days, err = parseDays(dayOfMonth, dayOfTheMonth); err != nil {
			return nil, fmt.Errorf("day of month: %w", err)
		}
	default:
		if c.days, err = parseDays(dayOfWeek, dayOfTheWeek); err != nil {
			return nil, fmt.Errorf("day of week: %w", err)
		}
	}
	return c, nil
}

// numbers reads a list such as 1,5-7,20/2 or *.
func numbers(text string, least, most int, names []string) ([]int, error) {
	var all []int
	for item := range strings.SplitSeq(text, ",") {
		span, stepText, stepped := strings.Cut(item, "/")
		from, to := least, most
		if span != "*" {
			first, last, ranged := strings.Cut(span, "-")
			var err error
			if from, err = number(first, least, most, names); err != nil {
				return nil, err
			}
			switch {
			case ranged:
				if to, err = number(last, least, most, names); err != nil {
					return nil, err
				}
			case !stepped:
				to = from
			}
		}
		step := 1
		if stepped {
			var err error
			if step, err = number(stepText, 1, most, nil); err != nil {
				return nil, err
			}
		}
		if from > to {
			return nil, fmt.Errorf("%q ends before it begins", item)
		}
		for n := from; n <= to; n += step {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func number(text string, least, most int, names []string) (int, error) {
	if i := slices.Index(names, strings.ToUpper(text)); i > 0 {
		return i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q: want a number from %d to %d", text, least, most)
	}
	return n, nil
}

// parseDays reads a list of days, each as the field has it.
func parseDays(text string, day func(string) (func(time.Time) bool, error)) (dayField, error) {
	var days dayField
	for item := range strings.SplitSeq(text, ",") {
		d, err := day(item)
		if err != nil {
			return nil, err
		}
		days = append(days, d)
	}
	return days, nil
}

// dayOfTheMonth reads a day of the month: also L, the last one, and 15W, the
// weekday that is nearest to the 15th within its month.
func dayOfTheMonth(text string) (func(time.Time) bool, error) {
	if text == "L" {
		return func(t time.Time) bool { return t.Day() == lastDay(t) }, nil
	}
	if before, ok := strings.CutSuffix(text, "W"); ok {
		if before == "L" {
			return func(t time.Time) bool { return t.Day() == nearestWeekday(t, lastDay(t)) }, nil
		}
		day, err := number(before, 1, 31, nil)
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return day <= lastDay(t) && t.Day() == nearestWeekday(t, day) }, nil
	}
	days, err := numbers(text, 1, 31, nil)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) bool { return slices.Contains(days, t.Day()) }, nil
}

// dayOfTheWeek reads a day of the week, from 1 for Sunday to 7: also L, which is
// Saturday, 6L, the last Friday of the month, and 3#2, its second Tuesday.
func dayOfTheWeek(text string) (func(time.Time) bool, error) {
	if text == "L" {
		text = "7"
	}
	if before, ok := strings.CutSuffix(text, "L"); ok {
		day, err := number(before, 1, 7, dayNames)
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return weekday(t) == day && t.Day()+7 > lastDay(t) }, nil
	}
	if before, after, ok := strings.Cut(text, "#"); ok {
		day, err := number(before, 1, 7, dayNames)
		if err != nil {
			return nil, err
		}
		nth, err := number(after, 1, 5, nil)
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return weekday(t) == day && (t.Day()-1)/7+1 == nth }, nil
	}
	days, err := numbers(text, 1, 7, dayNames)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) bool { return slices.Contains(days, weekday(t)) }, nil
}

// weekday is the day of the week as AWS counts.
func weekday(t time.Time) int { return int(t.Weekday()) + 1 }

// lastDay is that of the time's month.
func lastDay(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearestWeekday is the Monday to Friday of the time's month that is nearest to
// a day of it.
func nearestWeekday(t time.Time, day int) int {
	switch time.Date(t.Year(), t.Month(), day, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == lastDay(t) {
			return day - 2
		}
		return day + 1
	}
	return day
}

// next also knows daylight-saving time: a time that a spring leaves out is left
// out, and one that an autumn has twice counts once ("Daylight savings time on
// EventBridge Scheduler").
func (c *cron) next(after, _ time.Time) (time.Time, bool) {
	local := after.In(c.zone)
	for day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC); day.Year() <= c.years[len(c.years)-1]; day = day.AddDate(0, 0, 1) {
		if !slices.Contains(c.years, day.Year()) || !slices.Contains(c.months, int(day.Month())) ||
			!slices.ContainsFunc(c.days, func(on func(time.Time) bool) bool { return on(day) }) {
			continue
		}
		for _, hour := range c.hours {
			for _, minute := range c.minutes {
				t := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, c.zone)
				if t.After(after) && t.Hour() == hour && t.Minute() == minute {
					return t, true
				}
			}
		}
	}
	return time.Time{}, false
}
