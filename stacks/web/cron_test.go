package web

import (
	"testing"
	"time"
)

func TestSchedules(t *testing.T) {
	for expression, want := range map[string]bool{
		"cron(0 8 ? * MON-FRI *)":      true,
		"cron(0/15 8-18 * * ? *)":      true,
		"cron(0 0 1,15 JAN,jul ? *)":   true,
		"cron(30 6 L * ? 2027-2030)":   true,
		"cron(30 6 15W * ? *)":         true,
		"cron(0 9 ? * 2#1 *)":          true,
		"cron(0 9 ? * FRIL *)":         true,
		"at(2027-11-26T08:00:00)":      true,
		"":                             false,
		"0 8 ? * MON-FRI *":            false, // what it is of is missing
		"cron(0 8 * * *)":              false, // as in a crontab
		"cron(0 8 * * * *)":            false, // both days
		"cron(0 8 ? * ? *)":            false, // neither day
		"cron(60 8 ? * MON *)":         false,
		"cron(0 24 ? * MON *)":         false,
		"cron(0 8 32 * ? *)":           false,
		"cron(0 8 ? 13 MON *)":         false,
		"cron(0 8 ? * MONDAY *)":       false,
		"cron(0 8 ? * 0 *)":            false, // Sunday is 1
		"cron(0 8 ? * 6#6 *)":          false,
		"cron(0 8 ? * MON 1969)":       false,
		"cron(0 18-8 ? * MON *)":       false,
		"cron(0/0 8 ? * MON *)":        false,
		"cron(,5 8 ? * MON *)":         false,
		"cron(0  8 ? * MON *)":         false, // a field that is empty
		"cron(0 8 ? * MON *":           false,
		"rate(5 minutes)":              false, // is no time of day
		"at(2027-11-26 08:00:00)":      false,
		"at(2027-02-30T08:00:00)":      false,
		"at(2027-11-26T08:00:00Z)":     false, // the time zone is a field of its own
		"at(cron(0 8 ? * MON-FRI *))":  false,
		"cron(0 8 ? * MON-FRI *) & on": false,
	} {
		if got := isSchedule(expression); got != want {
			t.Errorf("%q: %t", expression, got)
		}
	}
}

func TestRates(t *testing.T) {
	for expression, want := range map[string]bool{
		"rate(1 minute)": true, "rate(1 minutes)": true, "rate(5 minutes)": true, "rate(12 hours)": true, "rate(1 day)": true,
		"rate(0 minutes)": false, "rate(30 seconds)": false, "rate(1.5 hours)": false, "rate(-1 days)": false, "rate(5minutes)": false,
		"rate(5 minutes": false, "5 minutes": false, "rate()": false, "rate(1 week)": false,
	} {
		if got := isRate(expression); got != want {
			t.Errorf("%q: %t", expression, got)
		}
	}
}

func TestDurationsAsPeopleWriteThem(t *testing.T) {
	for duration, want := range map[time.Duration]string{
		12 * time.Hour: "12h", 10 * time.Minute: "10m", 70 * time.Minute: "1h10m", 90 * time.Second: "1m30s", 10 * time.Second: "10s", 0: "0s",
	} {
		if got := brief(duration); got != want {
			t.Errorf("%s: %s, want %s", duration, got, want)
		}
	}
}

func TestTimeZones(t *testing.T) {
	for name, want := range map[string]bool{
		"": true, "UTC": true, "Europe/Dublin": true, "America/New_York": true,
		"Local": false, "Dublin": false, "GMT+25": false, "../etc/passwd": false,
	} {
		if got := isTimeZone(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}
