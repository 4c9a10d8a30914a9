package web

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the same time zones on every machine
)

// schedule says what an AWS schedule expression is.
const schedule = `"cron(0 8 ? * MON-FRI *)", which is minutes, hours, day of the month, month, day of the week and year, with ? for one of the days, ` +
	`or "at(2027-11-26T08:00:00)"`

// isSchedule tells whether a text is a time, or times that recur, as AWS writes
// them ("Schedule scaling actions using cron expressions" of Application Auto
// Scaling). AWS has rate(…) too, which says how often, and not when.
func isSchedule(expression string) bool {
	if at, ok := inside("at", expression); ok {
		_, err := time.Parse("2006-01-02T15:04:05", at)
		return err == nil
	}
	cron, ok := inside("cron", expression)
	fields := strings.Split(cron, " ")
	if !ok || len(fields) != len(cronFields) || (fields[dayOfMonth] == "?") == (fields[dayOfWeek] == "?") {
		return false
	}
	for i, field := range cronFields {
		if !field.allows(fields[i]) {
			return false
		}
	}
	return true
}

var rate = regexp.MustCompile(`^rate\([1-9][0-9]{0,5} (minute|hour|day)s?\)$`)

// isRate tells whether a text says how often, as EventBridge Scheduler takes it
// ("Schedule types in EventBridge Scheduler").
func isRate(expression string) bool { return rate.MatchString(expression) }

// inside gives what is between a function's parentheses.
func inside(function, expression string) (argument string, ok bool) {
	rest, ok := strings.CutPrefix(expression, function+"(")
	argument, closed := strings.CutSuffix(rest, ")")
	return argument, ok && closed
}

// cronField is what one field of a cron expression may hold.
type cronField struct {
	from, to int
	names    string         // that stand for from, from+1 …: "JAN FEB …"
	more     *regexp.Regexp // what it may be besides: "L", the last day
}

const dayOfMonth, dayOfWeek = 2, 4

var cronFields = [...]cronField{
	{from: 0, to: 59},
	{from: 0, to: 23},
	dayOfMonth: {from: 1, to: 31, more: regexp.MustCompile(`^(\?|L|([1-9]|[12][0-9]|3[01])W)$`)},
	{from: 1, to: 12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"},
	dayOfWeek: {from: 1, to: 7, names: "SUN MON TUE WED THU FRI SAT", more: regexp.MustCompile(`^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$`)},
	{from: 1970, to: 2199},
}

// allows takes "*", "5", "1-5", "MON-FRI", "0/15" and lists of them.
func (f cronField) allows(text string) bool {
	if f.more != nil && f.more.MatchString(text) {
		return true
	}
	for part := range strings.SplitSeq(text, ",") {
		part, step, stepped := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
			return false
		}
		if part == "*" {
			continue
		}
		first, last, ranged := strings.Cut(part, "-")
		low, ok := f.value(first)
		if !ok {
			return false
		}
		if high, ok := f.value(last); ranged && (!ok || high < low) {
			return false
		}
	}
	return true
}

func (f cronField) value(text string) (n int, ok bool) {
	for i, name := range strings.Fields(f.names) {
		if strings.EqualFold(name, text) {
			return f.from + i, true
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.from && n <= f.to
}

// isTimeZone tells whether a text is the name of a time zone, or empty, which is
// UTC.
func isTimeZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local" // which is whichever the machine has
}
