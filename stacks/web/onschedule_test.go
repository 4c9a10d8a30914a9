package web_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// timed is a stack with a function that is called at certain times.
func timed(t *testing.T, schedules ...web.OnScheduleProps) cdktest.Template {
	t.Helper()
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		topic, function := newTopic(stack), newFunction(stack, "Tidy", code)
		for i, props := range schedules {
			props.Function, props.AlarmTopic = function, topic
			web.OnSchedule(stack, []string{"First", "Second"}[i], &props)
		}
	})
}

func TestSchedulerCallsTheFunction(t *testing.T) {
	template := timed(t, web.OnScheduleProps{
		Schedule: "cron(0 3 * * ? *)", TimeZone: "Europe/Dublin", MaxAge: time.Hour,
		Input: map[string]string{"day": "<aws.scheduler.scheduled-time>"},
	})
	want := map[string]any{
		"ScheduleExpression": "cron(0 3 * * ? *)", "ScheduleExpressionTimezone": "Europe/Dublin", "FlexibleTimeWindow": map[string]any{"Mode": "OFF"},
		"Target": map[string]any{
			"Arn":              ref(template.Only(t, "AWS::Lambda::Alias")),
			"RoleArn":          getAtt(named(t, template, "AWS::IAM::Role", "FirstRole"), "Arn"),
			"Input":            `{"day":"<aws.scheduler.scheduled-time>"}`,
			"RetryPolicy":      map[string]any{"MaximumEventAgeInSeconds": 3600.0},
			"DeadLetterConfig": map[string]any{"Arn": getAtt(template.Only(t, "AWS::SQS::Queue"), "Arn")},
		},
	}
	if diff := cmp.Diff(want, template.Only(t, "AWS::Scheduler::Schedule").Properties); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestFailedCallIsMadeAgainAndThenKept(t *testing.T) {
	for _, test := range []struct {
		props        web.OnScheduleProps
		retries, age float64
	}{
		{web.OnScheduleProps{}, 2, 21_600},
		{web.OnScheduleProps{Retries: 1, MaxAge: time.Minute}, 1, 60},
		{web.OnScheduleProps{Retries: web.NoRetries}, 0, 21_600},
	} {
		test.props.Schedule = "rate(1 hour)"
		template := timed(t, test.props)
		want := map[string]any{
			"FunctionName": ref(template.Only(t, "AWS::Lambda::Function")), "Qualifier": at(t, template.Only(t, "AWS::Lambda::Alias").Properties, "Name"),
			"MaximumRetryAttempts": test.retries, "MaximumEventAgeInSeconds": test.age,
			"DestinationConfig": map[string]any{"OnFailure": map[string]any{"Destination": getAtt(template.Only(t, "AWS::SQS::Queue"), "Arn")}},
		}
		if diff := cmp.Diff(want, template.Only(t, "AWS::Lambda::EventInvokeConfig").Properties); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.props, diff)
		}
	}
}

// TestSchedulesOfAFunctionShareItsDeadLetters, for Lambda has one destination for
// an alias.
func TestSchedulesOfAFunctionShareItsDeadLetters(t *testing.T) {
	template := timed(t, web.OnScheduleProps{Schedule: "rate(1 hour)"}, web.OnScheduleProps{Schedule: "rate(1 day)"})
	deadLetters := getAtt(template.Only(t, "AWS::SQS::Queue"), "Arn")
	template.Only(t, "AWS::Lambda::EventInvokeConfig")
	schedules := template.All("AWS::Scheduler::Schedule")
	if len(schedules) != 2 {
		t.Errorf("%d schedules", len(schedules))
	}
	for _, schedule := range schedules {
		if diff := cmp.Diff(deadLetters, at(t, schedule.Properties, "Target", "DeadLetterConfig", "Arn")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", schedule.LogicalID, diff)
		}
	}
}

func TestSchedulerAndFunctionMayDoNoMoreThanTheyDo(t *testing.T) {
	template := timed(t, web.OnScheduleProps{Schedule: "rate(1 hour)"})
	deadLetters := getAtt(template.Only(t, "AWS::SQS::Queue"), "Arn")
	for role, want := range map[string]map[string]any{
		"TidyRole":  {"sqs:SendMessage": deadLetters},
		"FirstRole": {"sqs:SendMessage": deadLetters, "lambda:InvokeFunction": ref(template.Only(t, "AWS::Lambda::Alias"))},
	} {
		if diff := cmp.Diff(want, grants(t, template, role)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", role, diff)
		}
	}
	trust := at(t, named(t, template, "AWS::IAM::Role", "FirstRole").Properties, "AssumeRolePolicyDocument", "Statement", 0)
	want := map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole",
		"Condition": map[string]any{"StringEquals": map[string]any{
			"aws:SourceAccount": "111122223333", "aws:SourceArn": "arn:aws:scheduler:us-east-1:111122223333:schedule-group/default",
		}},
	}
	if diff := cmp.Diff(any(want), trust); diff != "" {
		t.Error("who the role is for (-want +got):\n", diff)
	}
}

func TestMisusedOnSchedule(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	function := newFunction(stack, "Tidy", bundle.NewPlaceholders(t.TempDir()))
	web.OnSchedule(stack, "Hourly", &web.OnScheduleProps{Schedule: "rate(1 hour)", Function: function})
	const expression = `want "rate(1 hour)", "cron(0 8 ? * MON-FRI *)", which is minutes, hours, day of the month, month, day of the week and year, with ? for one of the days, or "at(2027-11-26T08:00:00)"`
	for _, test := range []struct {
		name, want string
		props      web.OnScheduleProps
	}{
		{"nothing", "no function", web.OnScheduleProps{}},
		{"no schedule", `schedule "": ` + expression, web.OnScheduleProps{Function: function}},
		{"cron as Unix has it", `schedule "0 3 * * *": ` + expression, web.OnScheduleProps{Function: function, Schedule: "0 3 * * *"}},
		{"seconds", `schedule "rate(30 seconds)": ` + expression, web.OnScheduleProps{Function: function, Schedule: "rate(30 seconds)"}},
		{"never", `schedule "rate(0 hours)": ` + expression, web.OnScheduleProps{Function: function, Schedule: "rate(0 hours)"}},
		{"no time zone", `time zone "Dublin": want a name such as "Europe/Dublin"`, web.OnScheduleProps{Function: function, Schedule: "rate(1 day)", TimeZone: "Dublin"}},
		{"many retries", "3 retries: want 1, 2 or web.NoRetries, as Lambda takes them", web.OnScheduleProps{Function: function, Schedule: "rate(1 day)", Retries: 3}},
		{"a day late", "maximum age 24h0m0s: want whole seconds, from 1 minute to 6 hours", web.OnScheduleProps{Function: function, Schedule: "rate(1 day)", MaxAge: 24 * time.Hour}},
		{"no JSON", "input: json: unsupported type: func()", web.OnScheduleProps{Function: function, Schedule: "rate(1 day)", Input: func() {}}},
		{
			"other retries", `0 retries and 6h0m0s: want 2 and 6h0m0s, as "Hourly" has it: Lambda has them once for all schedules of a function`,
			web.OnScheduleProps{Function: function, Schedule: "rate(1 day)", Retries: web.NoRetries},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := `web: on schedule "Nightly": ` + test.want
			if got := misuse(t, func() { web.OnSchedule(stack, "Nightly", &test.props) }); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
