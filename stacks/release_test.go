package stacks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// releases gives the deployment configuration of each stack's function.
func releases(t *testing.T, templates map[string]cdktest.Template) map[string]any {
	t.Helper()
	configurations := map[string]any{}
	for name, template := range templates {
		for _, group := range template.All("AWS::CodeDeploy::DeploymentGroup") {
			configurations[strings.Join(strings.Split(name, "-")[2:], "-")+" "+group.Metadata["aws:cdk:path"].(string)] = group.Properties["DeploymentConfigName"]
		}
	}
	return configurations
}

func TestStagesReleaseAsTheySay(t *testing.T) {
	for name, want := range map[string]string{
		"dev":  "CodeDeployDefault.LambdaAllAtOnce",
		"prod": "CodeDeployDefault.LambdaCanary10Percent10Minutes",
	} {
		stage, err := stacks.FindStage(name)
		if err != nil {
			t.Fatal(err)
		}
		got := releases(t, cdktest.Synth(t, define(t, stage)))
		if len(got) < 2 {
			t.Errorf("%s releases %v", name, got)
		}
		for function, configuration := range got {
			if configuration != want {
				t.Errorf("%s: %s by %v, want %s", name, function, configuration, want)
			}
		}
	}
}

func TestServiceIsReleasedAsItSays(t *testing.T) {
	stage := stage()
	release := web.Linear(10, 2*time.Minute)
	stage.Release = web.Canary(10, 5*time.Minute)
	stage.Services = map[string]stacks.Service{"cart": {Release: &release}}
	want := map[string]any{
		"cart annex-dev-cart/Cart/Release":                                  "CodeDeployDefault.LambdaLinear10PercentEvery2Minutes",
		"search annex-dev-search/Indexer/Release":                           "CodeDeployDefault.LambdaCanary10Percent5Minutes",
		"search annex-dev-search/Search/Release":                            "CodeDeployDefault.LambdaCanary10Percent5Minutes",
		"recommendations annex-dev-recommendations/Learner/Release":         "CodeDeployDefault.LambdaCanary10Percent5Minutes",
		"recommendations annex-dev-recommendations/Recommendations/Release": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
	}
	if diff := cmp.Diff(want, releases(t, cdktest.Synth(t, define(t, stage)))); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestUnknownServiceNamesTheKnownOnes(t *testing.T) {
	stage := stage()
	stage.Services = map[string]stacks.Service{"basket": {}}
	defer func() {
		want := `stage "dev" in stacks/stages.go: Services["basket"]: no such service, want one of cart, search, recommendations`
		if got := fmt.Sprint(recover()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}()
	define(t, stage)
}

func TestStageDeployedDirectlyLeavesCodeDeployOut(t *testing.T) {
	stage := stage()
	release := web.Canary(10, 5*time.Minute)
	stage.Services = map[string]stacks.Service{"cart": {Release: &release}}
	for name, template := range cdktest.Synth(t, define(t, stage.Directly())) {
		for _, alias := range template.All("AWS::Lambda::Alias") {
			if alias.UpdatePolicy != nil {
				t.Errorf("%s: %s is updated by %v", name, alias.LogicalID, alias.UpdatePolicy)
			}
		}
	}
}

// TestDirectReleaseIsNoStages: it would leave out the checks of every
// deployment, and nobody would notice.
func TestDirectReleaseIsNoStages(t *testing.T) {
	stage := stage()
	direct := web.Direct()
	stage.Release = direct
	stage.Services = map[string]stacks.Service{"cart": {Release: &direct}}
	const reason = `: release web.Direct(): want another: with it no deployment is checked or goes back; for the one that needs it, deploy with -c release=direct`
	if diff := cmp.Diff([]string{"Release" + reason, `Services["cart"].Release` + reason}, mistakes(stage.Validate())); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestReleasesOfTheShopAreChecked(t *testing.T) {
	templates := cdktest.Synth(t, define(t, stage()))
	for name, function := range map[string]string{"annex-dev-cart": "Cart", "annex-dev-search": "Search"} {
		template := templates[name]
		var update map[string]any
		for _, alias := range template.All("AWS::Lambda::Alias") {
			if alias.Metadata["aws:cdk:path"] == name+"/"+function+"/Live/Resource" {
				update, _ = alias.UpdatePolicy["CodeDeployLambdaAliasUpdate"].(map[string]any)
			}
		}
		for _, hook := range []string{"BeforeAllowTrafficHook", "AfterAllowTrafficHook"} {
			check, _ := update[hook].(map[string]any)
			id, _ := check["Ref"].(string)
			if template.Resources[id].Type != "AWS::Lambda::Function" {
				t.Errorf("%s: %s is %v", name, hook, update[hook])
			}
		}
	}
}

// TestOnlyWhatAFunctionIsMakesAVersion: a version that changes nothing would be
// a canary for nothing.
func TestOnlyWhatAFunctionIsMakesAVersion(t *testing.T) {
	stage := stage()
	before := aliases(t, written(t, handlers(t), stage, nil))
	for _, test := range []struct {
		name   string
		change func(awscdk.Stack, *bundle.Handlers)
		is     []string // another version
	}{
		{name: "a build of the same source, elsewhere"},
		{name: "a tag", change: func(stack awscdk.Stack, _ *bundle.Handlers) {
			awscdk.Tags_Of(stack).Add(jsii.String("release"), jsii.String("42"), nil)
		}},
		{
			name: "a variable of the environment",
			change: func(stack awscdk.Stack, _ *bundle.Handlers) {
				if cart := stack.Node().TryFindChild(jsii.String("Cart")); cart != nil {
					cart.Node().FindChild(jsii.String("Function")).(awslambda.Function).AddEnvironment(jsii.String("SALE"), jsii.String("on"), nil)
				}
			},
			is: []string{"annex-dev-cart CartLive"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var is []string
			for alias, version := range aliases(t, written(t, handlers(t), stage, test.change)) {
				if !cmp.Equal(version, before[alias]) {
					is = append(is, alias)
				}
			}
			slices.Sort(is)
			if diff := cmp.Diff(test.is, is); diff != "" {
				t.Error("aliases of another version (-want +got):\n", diff)
			}
		})
	}
}

// aliases gives the version that each alias of a set of templates is of.
func aliases(t *testing.T, files map[string][]byte) map[string]any {
	t.Helper()
	versions := map[string]any{}
	for file, text := range files {
		for id, resource := range resources(t, text) {
			if resource.Type == "AWS::Lambda::Alias" {
				stack := strings.TrimSuffix(file, ".template.json")
				versions[stack+" "+id[:len(id)-len("0123ABCD")]] = resource.Properties["FunctionVersion"]
			}
		}
	}
	if len(versions) < 2 {
		t.Fatalf("the aliases are %v", versions)
	}
	return versions
}
