package stacks_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"annex/test/cdktest"
)

// TestSignInPagesHaveTheColoursOfTheSite reads both, for a colour that changes
// in one place alone is not seen until after a deployment.
func TestSignInPagesHaveTheColoursOfTheSite(t *testing.T) {
	tokens, err := os.ReadFile("site/css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	settings, err := os.ReadFile("stacks/branding/settings.json")
	if err != nil {
		t.Fatal(err)
	}
	colours := regexp.MustCompile(`"([0-9a-f]{6})ff"`).FindAllStringSubmatch(string(settings), -1)
	if len(colours) == 0 {
		t.Fatal("stacks/branding/settings.json has no colour")
	}
	for _, colour := range colours {
		if !strings.Contains(string(tokens), "#"+colour[1]) {
			t.Errorf("#%s of stacks/branding/settings.json is not in site/css/tokens.css", colour[1])
		}
	}
}

// TestPageReadsTheClientWhenItIsDeployed checks that the site takes the client
// of the pool by a reference that is resolved at deployment, and locks nothing.
func TestPageReadsTheClientWhenItIsDeployed(t *testing.T) {
	templates := cdktest.Synth(t, define(t, stage()))
	deployment := templates["annex-dev-site"].All("Custom::CDKBucketDeployment")[0] // that of the files without a hash
	markers, _ := deployment.Properties["SourceMarkers"].([]any)[1].(map[string]any)
	if len(markers) != 1 {
		t.Fatal("markers of config.json: ", markers)
	}
	for _, value := range markers {
		parts := value.(map[string]any)["Fn::Join"].([]any)[1].([]any)
		reference, _ := parts[1].(map[string]any)["Fn::GetStackOutput"].(map[string]any)
		if reference["StackName"] != "annex-dev-identity" || reference["Region"] != "eu-west-1" {
			t.Error("the client is taken from ", parts)
		}
		output, _ := templates["annex-dev-identity"].Document["Outputs"].(map[string]any)[reference["OutputName"].(string)].(map[string]any)
		if output == nil || output["Export"] != nil {
			t.Error("the output of the client is ", output)
		}
	}
}
