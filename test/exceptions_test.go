package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"annex/stacks"
	"annex/stacks/bundle"
	"annex/stacks/check/rules"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// checked are the stages, and others that have what those do not.
func checked(t *testing.T) []stacks.Stage {
	t.Helper()
	all := stacks.Stages()
	stage, err := stacks.FindStage("dev")
	if err != nil {
		t.Fatal(err)
	}
	stage.Exposure = stacks.Edge
	stage.TakeoverHost = "new." + stage.Zone.Name
	stage.Services = map[string]stacks.Service{
		"cart": {Concurrency: web.Concurrency{Reserved: 50, Provisioned: &web.Provisioned{
			Min: 2, Max: 20, TimeZone: "Europe/Dublin",
			Schedule: []web.Scaling{{At: "cron(0 8 ? * MON-FRI *)", Min: 10}, {At: "cron(0 20 ? * MON-FRI *)", Min: 2}},
		}}},
		"search": {Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 50, Every: time.Minute}}},
	}
	all = append(all, stage)
	stage.Region = "us-east-1" // where the site is too
	stage.Exposure = stacks.Public
	stage.Firewall = &web.Firewall{}
	stage.Container.AllowOrigins = []string{"https://admin.example.com"}
	stage.AlarmEmail = "team@example.com"
	stage.Release = web.Canary(10, 5*time.Minute)
	stage.Services = map[string]stacks.Service{
		"cart":   {Concurrency: web.Concurrency{Reserved: 5, Provisioned: &web.Provisioned{Min: 5}}, HealthCheck: true},
		"search": {Concurrency: web.Concurrency{Reserved: 5, Warm: &web.Warm{Environments: 5}}, HealthCheck: true},
	}
	return append(all, stage)
}

// TestEveryExceptionIsNeeded has the checks pass over the stages, and finds
// exceptions from rules, of our own and of cdk-nag's, that outlived what they
// were for.
func TestEveryExceptionIsNeeded(t *testing.T) {
	for _, stage := range checked(t) {
		app := cdktest.NewApp(t, nil)
		stacks.New(app, stage, bundle.NewPlaceholders(t.TempDir()))
		// The packs once more, for their reports say what was excepted.
		props := &cdknag.NagPackProps{ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON}}
		awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(props), nil)
		awscdk.Aspects_Of(app).Add(cdknag.NewServerlessChecks(props), nil)
		templates := cdktest.Synth(t, app)

		needed := suppressed(t, *app.Outdir())
		for _, template := range templates {
			for _, exception := range exceptions(t, template) {
				if !strings.HasPrefix(exception.rule, "AX") && !needed[exception.path+": "+exception.rule] {
					t.Errorf("%s is excepted from %s, which finds nothing there: take the exception away", exception.path, exception.rule)
				}
			}
		}
		for _, unneeded := range rules.Unneeded(rules.All(), readSet(t, *app.Outdir(), stage)) {
			t.Errorf("%s finds nothing there: take the exception away", unneeded)
		}
	}
}

// exception is one rule that a resource is excepted from, with the finding in
// brackets if it is only from that.
type exception struct{ path, rule, reason string }

func exceptions(t *testing.T, template cdktest.Template) (found []exception) {
	t.Helper()
	for _, resource := range template.Resources {
		text, err := json.Marshal(resource.Metadata)
		if err != nil {
			t.Fatal(err)
		}
		var metadata struct {
			Path string `json:"aws:cdk:path"`
			Nag  struct {
				Rules []struct {
					ID, Reason string
					Findings   []string `json:"applies_to"`
				} `json:"rules_to_suppress"`
			} `json:"cdk_nag"`
		}
		if err := json.Unmarshal(text, &metadata); err != nil {
			t.Fatal(err)
		}
		for _, rule := range metadata.Nag.Rules {
			if len(rule.Findings) == 0 {
				found = append(found, exception{metadata.Path, rule.ID, rule.Reason})
			}
			for _, finding := range rule.Findings {
				found = append(found, exception{metadata.Path, rule.ID + "[" + finding + "]", rule.Reason})
			}
		}
	}
	return found
}

// suppressed gives what cdk-nag's reports say that an exception was for, as
// "<path>: <rule>", and with the finding in brackets.
func suppressed(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*NagReport.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("cdk-nag wrote no report: ", err)
	}
	found := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var report struct {
			Lines []struct{ RuleID, ResourceID, Compliance, ExceptionReason string }
		}
		if err := json.Unmarshal(text, &report); err != nil {
			t.Fatal(file, ": ", err)
		}
		for _, line := range report.Lines {
			if line.Compliance != "Suppressed" {
				continue
			}
			found[line.ResourceID+": "+line.RuleID] = true
			if finding, _, ok := strings.Cut(line.ExceptionReason, "] "); ok {
				found[line.ResourceID+": "+line.RuleID+finding+"]"] = true
			}
		}
	}
	return found
}

// readSet reads a synthesized stage as the rules do.
func readSet(t *testing.T, dir string, stage stacks.Stage) *rules.Set {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Read(files, stage.ConcurrencyLimit)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
