package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

func TestConcurrencyThatWorks(t *testing.T) {
	for name, concurrency := range map[string]web.Concurrency{
		"none":                             {},
		"reserved":                         {Reserved: 1},
		"all that is reserved provisioned": {Reserved: 5, Provisioned: &web.Provisioned{Min: 5}},
		"all that is reserved warm":        {Reserved: 5, Warm: &web.Warm{Environments: 5}},
		"the least utilization":            {Provisioned: &web.Provisioned{Min: 1, Max: 2, Utilization: 10}},
		"the most utilization":             {Provisioned: &web.Provisioned{Min: 1, Max: 2, Utilization: 90}},
		"none at night":                    {Provisioned: &web.Provisioned{Min: 2, Schedule: hours(2, 0)}},
		"the most warm environments":       {Warm: &web.Warm{Environments: 50, Every: time.Minute}},
		"as seldom as it can be":           {Warm: &web.Warm{Environments: 1, Every: 10 * time.Minute}},
	} {
		if err := concurrency.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// hours is a schedule with one number during the day, and another at night.
func hours(day, night int) []web.Scaling {
	return []web.Scaling{{At: "cron(0 8 ? * MON-FRI *)", Min: day}, {At: "cron(0 20 ? * MON-FRI *)", Min: night}}
}

func TestConcurrencyThatDoesNot(t *testing.T) {
	provisioned := func(p web.Provisioned) web.Concurrency { return web.Concurrency{Provisioned: &p} }
	at := func(min, max int) []web.Scaling {
		return []web.Scaling{{At: "at(2027-11-26T08:00:00)", Min: min, Max: max}}
	}
	for _, test := range []struct {
		name, want  string
		concurrency web.Concurrency
	}{
		{"a negative reserve", "reserved concurrency -1: want 1 or more, or 0 for none", web.Concurrency{Reserved: -1}},
		{
			"warm beside provisioned",
			"both provisioned and warm environments: want one of them; Lambda keeps what is provisioned warm by itself, and a warm-up's calls would go there and be paid for twice",
			web.Concurrency{Provisioned: &web.Provisioned{Min: 1}, Warm: &web.Warm{Environments: 1}},
		},
		{
			"more provisioned than reserved",
			"provisioned concurrency of up to 6: want no more than the 5 that are reserved, or more reserved: Lambda provisions out of these",
			web.Concurrency{Reserved: 5, Provisioned: &web.Provisioned{Min: 2, Max: 6}},
		},
		{
			"at some time more provisioned than reserved",
			"provisioned concurrency of up to 6: want no more than the 5 that are reserved, or more reserved: Lambda provisions out of these",
			web.Concurrency{Reserved: 5, Provisioned: &web.Provisioned{Min: 2, Schedule: hours(6, 2)}},
		},
		{
			"more warm than reserved",
			"6 warm environments: want no more than the 5 that are reserved: Lambda refuses what exceeds them, the calls of the warm-up too",
			web.Concurrency{Reserved: 5, Warm: &web.Warm{Environments: 6}},
		},
		{"no environment", "provisioned concurrency: min 0: want 1 or more", provisioned(web.Provisioned{Max: 3})},
		{"min above max", "provisioned concurrency: min 5, max 3: want a max above min", provisioned(web.Provisioned{Min: 5, Max: 3})},
		{
			"min as max", "provisioned concurrency: min 3, max 3: want a max above min, or none for a fixed number",
			provisioned(web.Provisioned{Min: 3, Max: 3}),
		},
		{"too little utilization", "provisioned concurrency: utilization 9 %: want 10 to 90", provisioned(web.Provisioned{Min: 1, Max: 2, Utilization: 9})},
		{"too much utilization", "provisioned concurrency: utilization 91 %: want 10 to 90", provisioned(web.Provisioned{Min: 1, Max: 2, Utilization: 91})},
		{
			"utilization of a fixed number", "provisioned concurrency: utilization 70 % without a max: want a max above min, up to which the number follows it",
			provisioned(web.Provisioned{Min: 1, Utilization: 70}),
		},
		{
			"no time zone", `provisioned concurrency: time zone "Dublin": want the name of one, like "Europe/Dublin"`,
			provisioned(web.Provisioned{Min: 1, Schedule: hours(2, 1), TimeZone: "Dublin"}),
		},
		{
			"a time zone of nothing", `provisioned concurrency: time zone "Europe/Dublin" without a schedule: want a schedule, or no time zone`,
			provisioned(web.Provisioned{Min: 1, TimeZone: "Europe/Dublin"}),
		},
		{
			"a crontab", `provisioned concurrency: schedule "0 8 * * *": want "cron(0 8 ? * MON-FRI *)", which is minutes, hours, day of the month, month, ` +
				`day of the week and year, with ? for one of the days, or "at(2027-11-26T08:00:00)"`,
			provisioned(web.Provisioned{Min: 1, Schedule: []web.Scaling{{At: "0 8 * * *", Min: 2}}}),
		},
		{
			"min above max at some time", `provisioned concurrency: schedule "at(2027-11-26T08:00:00)": min 5, max 3: want a max that is not below min`,
			provisioned(web.Provisioned{Min: 1, Schedule: at(5, 3)}),
		},
		{
			"less than nothing", `provisioned concurrency: schedule "at(2027-11-26T08:00:00)": min -1, max 3: want a max that is not below min`,
			provisioned(web.Provisioned{Min: 1, Schedule: at(-1, 3)}),
		},
		{
			"nothing to measure", `provisioned concurrency: schedule "at(2027-11-26T08:00:00)": min 0, max 3: want a min of 1 or more: without an environment there is no utilization to follow`,
			provisioned(web.Provisioned{Min: 1, Schedule: at(0, 3)}),
		},
		{
			"a schedule that never goes back",
			"provisioned concurrency: a schedule that sets the same number each time: want a time that sets it back, or that number as min and no schedule",
			provisioned(web.Provisioned{Min: 1, Schedule: hours(20, 20)}),
		},
		{
			"no warm environment", "warm environments: 0 environments: want 1 to 50; more are cheaper to have provisioned than to be without",
			web.Concurrency{Warm: &web.Warm{}},
		},
		{
			"too many warm environments", "warm environments: 51 environments: want 1 to 50; more are cheaper to have provisioned than to be without",
			web.Concurrency{Warm: &web.Warm{Environments: 51}},
		},
		{
			"too often", "warm environments: every 30s: want a minute or more, which is as often as EventBridge Scheduler calls",
			web.Concurrency{Warm: &web.Warm{Environments: 1, Every: 30 * time.Second}},
		},
		{
			"too seldom", "warm environments: every 11m0s: want 10 minutes or less: by then Lambda has taken the environments away, and each warm-up would start them anew",
			web.Concurrency{Warm: &web.Warm{Environments: 1, Every: 11 * time.Minute}},
		},
		{
			"parts of a minute", "warm environments: every 1m30s: want whole minutes",
			web.Concurrency{Warm: &web.Warm{Environments: 1, Every: 90 * time.Second}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.concurrency.Validate()
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestOnlyANumberThatChangesIsRefusedWhereTrafficShifts: Lambda changes none
// while the alias is weighted.
func TestOnlyANumberThatChangesIsRefusedWhereTrafficShifts(t *testing.T) {
	scaled, scheduled := &web.Provisioned{Min: 1, Max: 2}, &web.Provisioned{Min: 1, Schedule: hours(2, 1)}
	canary, linear := web.Canary(10, 10*time.Minute), web.Linear(10, time.Minute)
	for _, test := range []struct {
		name        string
		concurrency web.Concurrency
		release     web.Release
		refused     bool
	}{
		{"by demand, a canary", web.Concurrency{Provisioned: scaled}, canary, true},
		{"by the clock, a canary", web.Concurrency{Provisioned: scheduled}, canary, true},
		{"by demand, step by step", web.Concurrency{Provisioned: scaled}, linear, true},
		{"by demand, all at once", web.Concurrency{Provisioned: scaled}, web.AllAtOnce(), false},
		{"by demand, by default", web.Concurrency{Provisioned: scaled}, web.Release{}, false},
		{"by demand, directly", web.Concurrency{Provisioned: scaled}, web.Direct(), false},
		{"fixed, a canary", web.Concurrency{Provisioned: &web.Provisioned{Min: 1}}, canary, false},
		{"warm, a canary", web.Concurrency{Reserved: 1, Warm: &web.Warm{Environments: 1}}, canary, false},
		{"none, a canary", web.Concurrency{}, canary, false},
	} {
		err := test.concurrency.ValidateRelease(test.release)
		if refused := err != nil; refused != test.refused {
			t.Errorf("%s: %v", test.name, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "provisioned concurrency that scales, and release "+test.release.String()+": want web.AllAtOnce()") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestFunctionWhoseStartsAndReleasesDoNotGoTogether(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	code := bundle.NewPlaceholders(t.TempDir())
	deployments := web.NewDeployments(stack, "Releases", &web.DeploymentsProps{})
	warmer := web.NewWarmer(stack, "Warmer", &web.WarmerProps{Code: code.Handler("warmer")})
	for _, test := range []struct {
		name, want string
		props      web.FunctionProps
	}{
		{
			"a number that scales, and a canary",
			`web: function "F": provisioned concurrency that scales, and release web.Canary(10, 10m0s): want web.AllAtOnce(), before which the check runs too, or a fixed number: ` +
				`while a release shifts traffic the alias is weighted, and then AWS refuses to change its provisioned concurrency (“Alias with weights can not be used with Provisioned Concurrency”)`,
			web.FunctionProps{
				Deployments: deployments, Release: web.Canary(10, 10*time.Minute),
				Concurrency: web.Concurrency{Provisioned: &web.Provisioned{Min: 1, Max: 2}},
			},
		},
		{
			"a warm-up that is slower than a release may be",
			`web: function "F": p99 200ms, and 3 warm environments: want a p99 above 200ms, for which the calls of the warm-up are held: in quiet hours they are most calls, and releases would go back for them`,
			web.FunctionProps{
				Deployments: deployments, LatencyP99: 200 * time.Millisecond,
				Warmer: warmer, Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 3}},
			},
		},
		{
			"nobody who warms", `web: function "F": warm environments and no warmer: want web.NewWarmer, or a function of a service, which has one`,
			web.FunctionProps{Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 1}}},
		},
		{
			"what cannot be", `web: function "F": provisioned concurrency: min 0: want 1 or more`,
			web.FunctionProps{Concurrency: web.Concurrency{Provisioned: &web.Provisioned{}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.props.Code = code.Handler("cart")
			if got := misuse(t, func() { web.NewFunction(stack, "F", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
