package events

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// zone is a time zone with daylight-saving time.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

const minuteForm = "2006-01-02 15:04"

// times are the first n of an expression after a minute, all in the time zone.
func times(t testing.TB, expression, zoneName, after string, n int) []string {
	t.Helper()
	z := zone(t, zoneName)
	e, err := parseExpression(expression, z)
	if err != nil {
		t.Fatal(err)
	}
	from, err := time.ParseInLocation(minuteForm, after, z)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	at := from
	for range n {
		next, ok := e.next(at, from)
		if !ok {
			break
		}
		if !next.After(at) {
			t.Fatalf("%s after %s is %s", expression, at, next)
		}
		at = next
		all = append(all, at.In(z).Format(minuteForm))
	}
	return all
}

func TestExpressionsSayWhenAScheduleRuns(t *testing.T) {
	const from = "2027-01-01 00:00" // a Friday
	for expression, want := range map[string][]string{
		"rate(5 minutes)":              {"2027-01-01 00:05", "2027-01-01 00:10"},
		"rate(1 hour)":                 {"2027-01-01 01:00", "2027-01-01 02:00"},
		"rate(7 days)":                 {"2027-01-08 00:00", "2027-01-15 00:00"},
		"at(2027-03-01T09:30:00)":      {"2027-03-01 09:30"},
		"at(2026-12-31T23:59:59)":      nil, // it is over
		"cron(15 10 * * ? *)":          {"2027-01-01 10:15", "2027-01-02 10:15"},
		"cron(0 12 ? * MON-FRI *)":     {"2027-01-01 12:00", "2027-01-04 12:00"},
		"cron(0 8 1 * ? *)":            {"2027-01-01 08:00", "2027-02-01 08:00"},
		"cron(0/15 * * * ? *)":         {"2027-01-01 00:15", "2027-01-01 00:30"},
		"cron(5/20 9-10 * * ? *)":      {"2027-01-01 09:05", "2027-01-01 09:25", "2027-01-01 09:45", "2027-01-01 10:05"},
		"cron(0,30 6 ? jan 2,4,fri *)": {"2027-01-01 06:00", "2027-01-01 06:30", "2027-01-04 06:00"},
		"cron(0 0 L * ? *)":            {"2027-01-31 00:00", "2027-02-28 00:00", "2027-03-31 00:00"},
		"cron(0 0 LW * ? *)":           {"2027-01-29 00:00", "2027-02-26 00:00", "2027-03-31 00:00"},
		"cron(0 9 1W * ? *)":           {"2027-01-01 09:00", "2027-02-01 09:00", "2027-03-01 09:00", "2027-04-01 09:00", "2027-05-03 09:00"},
		"cron(0 9 30W * ? *)":          {"2027-01-29 09:00", "2027-03-30 09:00"},
		"cron(0 9 31W 10 ? *)":         {"2027-10-29 09:00", "2028-10-31 09:00"},
		"cron(0 10 ? * 6L 2027-2028)":  {"2027-01-29 10:00", "2027-02-26 10:00"},
		"cron(0 10 ? * L *)":           {"2027-01-02 10:00", "2027-01-09 10:00"},
		"cron(0 10 ? * 3#2 *)":         {"2027-01-12 10:00", "2027-02-09 10:00"},
		"cron(0 10 ? * TUE#5 *)":       {"2027-03-30 10:00", "2027-06-29 10:00"},
		"cron(0 0 29 2 ? *)":           {"2028-02-29 00:00", "2032-02-29 00:00"},
		"cron(0 0 30 2 ? *)":           nil, // there is none
		"cron(0 0 1 1 ? 2020-2026)":    nil, // they are over
		"cron(0 0 1 1 ? 2030)":         {"2030-01-01 00:00"},
		"cron(0 0 1 1 ? 2027/3)":       {"2030-01-01 00:00", "2033-01-01 00:00"},
	} {
		if got := times(t, expression, "UTC", from, max(2, len(want))); !slices.Equal(got, want) {
			t.Errorf("%s runs at %q, want %q", expression, got, want)
		}
	}
}

func TestDaylightSavingTimeLeavesOutAndDoesNotRepeat(t *testing.T) {
	const dublin = "Europe/Dublin" // 2027: clocks go forward on 28 March at 1:00, and back on 31 October at 2:00
	for name, c := range map[string]struct {
		expression, after string
		want              []string
	}{
		"a time that is left out":    {"cron(30 1 * * ? *)", "2027-03-27 00:00", []string{"2027-03-27 01:30", "2027-03-29 01:30"}},
		"the hour after it":          {"cron(0 2 * * ? *)", "2027-03-27 12:00", []string{"2027-03-28 02:00", "2027-03-29 02:00"}},
		"a time that is there twice": {"cron(30 1 * * ? *)", "2027-10-30 12:00", []string{"2027-10-31 01:30", "2027-11-01 01:30"}},
		"a time of day once":         {"at(2027-07-01T09:00:00)", "2027-01-01 00:00", []string{"2027-07-01 09:00"}},
	} {
		if got := times(t, c.expression, dublin, c.after, len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// A rate counts time, and not the clock.
	e, err := parseExpression("rate(1 day)", zone(t, dublin))
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2027, time.March, 27, 12, 0, 0, 0, zone(t, dublin))
	if next, _ := e.next(noon, noon); next.Sub(noon) != 24*time.Hour {
		t.Errorf("a day later is %s later", next.Sub(noon))
	}
}

func TestAnExpressionThatAWSWouldRefuseSaysWhy(t *testing.T) {
	for expression, want := range map[string]string{
		"":                              "want rate(…), cron(…) or at(…)",
		"rate(5 minutes":                "want rate(…), cron(…) or at(…)",
		"every(5 minutes)":              "want rate, cron or at, got every",
		"rate(5)":                       `want a number and minutes, hours or days, got "5"`,
		"rate(0 minutes)":               "want a number from 1, got 0",
		"rate(5 seconds)":               "want a number and minutes, hours or days",
		"at(tomorrow)":                  `"tomorrow" is no time such as`,
		"cron(0 12 * * ?)":              "it has 5 fields, want six",
		"cron(0 12 * * * *)":            `day of month is "*" and day of week "*": want ? for one of them`,
		"cron(0 12 ? * ? *)":            "want ? for one of them",
		"cron(60 12 * * ? *)":           `minutes: "60": want a number from 0 to 59`,
		"cron(0 24 * * ? *)":            "hours: ",
		"cron(0 12 32 * ? *)":           "day of month: ",
		"cron(0 12 0W * ? *)":           "day of month: ",
		"cron(0 12 * 13 ? *)":           "month: ",
		"cron(0 12 ? * 8 *)":            "day of week: ",
		"cron(0 12 ? * MON#6 *)":        "day of week: ",
		"cron(0 12 ? * 0L *)":           "day of week: ",
		"cron(0 12 * * ? 1969)":         "year: ",
		"cron(0 12-9 * * ? *)":          `hours: "12-9" ends before it begins`,
		"cron(0 12/0 * * ? *)":          "hours: ",
		"cron(1, 12 * * ? *)":           "minutes: ",
		"cron(0 12 ? * FRI-MON *)":      "ends before it begins",
		"cron(0 12 * JAN-DEZ ? *)":      `month: "DEZ"`,
		"cron(0 12 ? * MON#2#3 *)":      "day of week: ",
		"cron(0 12 1-2W * ? *)":         "day of month: ",
		"cron(1000000000000 1 * * ? *)": "minutes: ",
	} {
		if _, err := parseExpression(expression, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", expression, err, want)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"rate(5 minutes)", "at(2027-03-01T09:30:00)", "cron(0/15 9-17 ? * MON-FRI *)", "cron(0 9 LW * ? 2027/2)", "cron(0 9 ? 2 3#5 *)"} {
		f.Add(seed, int64(1_800_000_000))
	}
	z := zone(f, "Europe/Dublin")
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		e, err := parseExpression(text, z)
		after := time.Unix(seconds%4_000_000_000, 0)
		if err != nil {
			return
		}
		if next, ok := e.next(after, after); ok && !next.After(after) {
			t.Errorf("%s after %s is %s", text, after, next)
		}
	})
}
