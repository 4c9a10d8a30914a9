package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	all = append(all, stage)
	stage.Region = "us-east-1" // where the site is too
	stage.Exposure = stacks.Public
	stage.Firewall = &web.Firewall{}
	stage.Container.AllowOrigins = []string{"https://admin.example.com"}
	stage.AlarmEmail = "team@example.com"
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
			for _, resource := range template.Resources {
				for _, rule := range exceptions(t, resource) {
					if !strings.HasPrefix(rule, "AX") && !needed[resource.Metadata["aws:cdk:path"].(string)+": "+rule] {
						t.Errorf("%s is excepted from %s, which finds nothing there: take the exception away", resource.Metadata["aws:cdk:path"], rule)
					}
				}
			}
		}
		for _, unneeded := range rules.Unneeded(rules.All(), readSet(t, *app.Outdir(), stage)) {
			t.Errorf("%s finds nothing there: take the exception away", unneeded)
		}
	}
}

// exceptions gives the rules that a resource is excepted from, each with the
// finding in brackets if it is only from that.
func exceptions(t *testing.T, resource cdktest.Resource) (from []string) {
	t.Helper()
	text, err := json.Marshal(resource.Metadata["cdk_nag"])
	if err != nil {
		t.Fatal(err)
	}
	var nag struct {
		Rules []struct {
			ID       string   `json:"id"`
			Findings []string `json:"applies_to"`
		} `json:"rules_to_suppress"`
	}
	if err := json.Unmarshal(text, &nag); err != nil {
		t.Fatal(err)
	}
	for _, rule := range nag.Rules {
		if len(rule.Findings) == 0 {
			from = append(from, rule.ID)
		}
		for _, finding := range rule.Findings {
			from = append(from, rule.ID+"["+finding+"]")
		}
	}
	return from
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
