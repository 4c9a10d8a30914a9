package events

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"annex/local/assembly"
	"annex/local/assembly/assemblytest"
	"annex/local/lambda"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	warmer = "arn:aws:lambda:eu-west-1:111111111111:function:shop-Warmer"

	warming = `"Warmer":{"Type":"AWS::Lambda::Function"},
	"Role":{"Type":"AWS::IAM::Role"},
	"Live":{"Type":"AWS::Lambda::Alias","Properties":{"FunctionName":{"Ref":"Warmer"},"FunctionVersion":"2","Name":"live"}},
	"Retry":{"Type":"AWS::Lambda::EventInvokeConfig","Properties":{"FunctionName":{"Ref":"Warmer"},"Qualifier":"live","MaximumRetryAttempts":0,"MaximumEventAgeInSeconds":60}},
	"WarmUp":{"Type":"AWS::Scheduler::Schedule","Metadata":{"aws:cdk:path":"shop/Cart/WarmUp/Resource"},"Properties":{
		"Description":"Keeps 2 environments warm","FlexibleTimeWindow":{"Mode":"OFF"},"ScheduleExpression":"rate(5 minutes)","State":"ENABLED",
		"ScheduleExpressionTimezone":"Etc/UTC","Target":{"Arn":{"Ref":"Live"},"RoleArn":{"Fn::GetAtt":["Role","Arn"]},
			"Input":{"Fn::Join":["",["{\"function\":\"",{"Ref":"Live"},"\"}"]]},"RetryPolicy":{"MaximumRetryAttempts":0}}}}`
)

func read(t *testing.T, resources string) (Config, []assembly.Notice, error) {
	t.Helper()
	return Read(assemblytest.Stack(t, "shop", "aws://111111111111/eu-west-1", "{"+resources+"}"),
		[]lambda.Function{{Name: "shop-Warmer", ARN: warmer, Region: "eu-west-1", Account: "111111111111"}})
}

func TestReadFindsSchedulesAndRetries(t *testing.T) {
	c, notices, err := read(t, warming)
	if err != nil || len(notices) > 0 {
		t.Fatal(notices, err)
	}
	want := Config{
		Schedules: []Schedule{{
			Name: "shop/Cart/WarmUp", ARN: "arn:aws:scheduler:eu-west-1:111111111111:schedule/default/shop-WarmUp",
			GroupARN:   "arn:aws:scheduler:eu-west-1:111111111111:schedule-group/default",
			Expression: "rate(5 minutes)", Target: warmer + ":live", RoleARN: "arn:aws:iam::111111111111:role/shop-Role",
			Input: `{"function":"` + warmer + `:live"}`,
		}},
		Retries:     map[string]Retries{warmer + ":live": {Attempts: 0, Age: time.Minute}},
		DeadLetters: map[string]string{},
	}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Schedule{})); diff != "" {
		t.Error(diff)
	}
}

func TestReadLeavesOutWhatDoesNotRunHereAndSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		notice   string
	}{
		"one that is off":            {`"ENABLED"`, `"DISABLED"`, ""},
		"one that invokes a queue":   {`"Arn":{"Ref":"Live"}`, `"Arn":"arn:aws:sqs:eu-west-1:111111111111:q"`, "shop/Cart/WarmUp/Resource (AWS::Scheduler::Schedule): Target: arn:aws:sqs:eu-west-1:111111111111:q is no function: local mode runs no other targets"},
		"one that calls another API": {`"Arn":{"Ref":"Live"}`, `"Arn":"arn:aws:scheduler:::aws-sdk:lambda:invoke"`, "is no function"},
	} {
		t.Run(name, func(t *testing.T) {
			got, notices, err := read(t, strings.Replace(warming, c.old, c.new, 1))
			if err != nil || len(got.Schedules) > 0 {
				t.Fatalf("%+v, %v", got, err)
			}
			if c.notice == "" != (len(notices) == 0) || c.notice != "" && !strings.Contains(notices[0].String(), c.notice) {
				t.Errorf("notices are %v, want %q", notices, c.notice)
			}
		})
	}
}

func TestReadRefusesWhatAWSWould(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"an expression": {"rate(5 minutes)", "rate(5)", `shop/Cart/WarmUp/Resource (AWS::Scheduler::Schedule): ScheduleExpression: "rate(5)": want a number`},
		"a time zone":   {"Etc/UTC", "Ireland/Dublin", `ScheduleExpressionTimezone: "Ireland/Dublin" is no time zone`},
		"a date":        {`"State":"ENABLED"`, `"StartDate":"tomorrow"`, `StartDate: "tomorrow" is no time such as`},
		"no role":       {`"RoleArn":{"Fn::GetAtt":["Role","Arn"]},`, ``, "Target: it needs a RoleArn"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := read(t, strings.Replace(warming, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTheEventSaysWhatSchedulerKnows(t *testing.T) {
	at := time.Date(2027, time.March, 1, 9, 30, 0, 0, time.UTC)
	s := Schedule{ARN: "arn:aws:scheduler:eu-west-1:111111111111:schedule/default/a", Input: `{"at":"<aws.scheduler.scheduled-time>","of":"<aws.scheduler.schedule-arn>","try":<aws.scheduler.attempt-number>}`}
	if got, want := string(s.Event(at)), `{"at":"2027-03-01T09:30:00Z","of":"`+s.ARN+`","try":1}`; got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
	s.Input = ""
	var event struct {
		Source, Account, Region, Time, ID string
		Resources                         []string
		DetailType                        string `json:"detail-type"`
	}
	if err := json.Unmarshal(s.Event(at), &event); err != nil {
		t.Fatal(err)
	}
	if event.Source != "aws.scheduler" || event.Account != "111111111111" || event.Region != "eu-west-1" || event.Time != "2027-03-01T09:30:00Z" ||
		event.DetailType != "Scheduled Event" || len(event.Resources) != 1 || event.Resources[0] != s.ARN || strings.Count(event.ID, "-") != 4 {
		t.Errorf("without an input it is %+v", event)
	}
}
