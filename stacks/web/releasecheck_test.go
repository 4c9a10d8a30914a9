package web_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// checked is a stack with a function and the check of its releases.
func checked(t *testing.T) (template cdktest.Template, cart, check cdktest.Resource) {
	t.Helper()
	template = synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		cart := web.NewFunction(stack, "Cart", &web.FunctionProps{
			Code: code.Handler("cart"), Deployments: newDeployments(stack, newTopic(stack)),
		})
		web.NewReleaseCheck(stack, "CartCheck", &web.ReleaseCheckProps{
			Function: cart, Code: code.Handler("cartcheck"), Environment: map[string]string{"CARTS_TABLE": "carts"},
		})
	})
	for _, function := range template.All("AWS::Lambda::Function") {
		if function.Metadata[web.HandlerMetadata] == "lambdas/cartcheck" {
			check = function
		} else {
			cart = function
		}
	}
	return template, cart, check
}

func TestReleaseCheckIsCalledBeforeAndAfter(t *testing.T) {
	template, _, check := checked(t)
	update := at(t, template.Only(t, "AWS::Lambda::Alias").UpdatePolicy, "CodeDeployLambdaAliasUpdate")
	for _, hook := range []string{"BeforeAllowTrafficHook", "AfterAllowTrafficHook"} {
		if diff := cmp.Diff(ref(check), at(t, update, hook)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", hook, diff)
		}
	}
}

func TestReleaseCheckKnowsWhatItChecks(t *testing.T) {
	template, cart, check := checked(t)
	want := map[string]any{
		"CARTS_TABLE":  "carts",
		"GOMEMLIMIT":   "230MiB",
		"FUNCTION_ARN": getAtt(cart, "Arn"),
		"VERSION":      getAtt(template.Only(t, "AWS::Lambda::Version"), "Version"),
	}
	if diff := cmp.Diff(any(want), at(t, check.Properties, "Environment", "Variables")); diff != "" {
		t.Error("its environment (-want +got):\n", diff)
	}
	if check.Properties["Timeout"] != 60.0 {
		t.Errorf("it has %v s", check.Properties["Timeout"])
	}
}

// TestReleaseBeginsWhenAllOfItIsThere follows what CloudFormation makes before
// the alias goes to the new version, which is when CodeDeploy calls the check.
func TestReleaseBeginsWhenAllOfItIsThere(t *testing.T) {
	template, _, check := checked(t)
	before := needs(template, template.Only(t, "AWS::Lambda::Alias").LogicalID)
	for _, resource := range template.Resources {
		grant := resource.Type == "AWS::IAM::Policy"
		watch := resource.Type == "AWS::CloudWatch::Alarm"
		if (grant || watch || resource.LogicalID == check.LogicalID) && !before[resource.LogicalID] {
			t.Errorf("%s, a %s, may be made after it", resource.LogicalID, resource.Type)
		}
	}
	// In a circle nothing could be made first.
	for id := range template.Resources {
		if needs(template, id)[id] {
			t.Errorf("%s needs itself", id)
		}
	}
}

// needs are the resources that are made before one.
func needs(template cdktest.Template, id string) map[string]bool {
	found := map[string]bool{}
	var visit func(value any)
	add := func(id string) {
		if _, ok := template.Resources[id]; ok && !found[id] {
			found[id] = true
			resource := template.Resources[id]
			for _, other := range resource.DependsOn {
				visit(map[string]any{"Ref": other})
			}
			visit(resource.Properties)
			visit(resource.UpdatePolicy)
		}
	}
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if id, ok := value["Ref"].(string); ok {
				add(id)
			}
			if attribute, ok := value["Fn::GetAtt"].([]any); ok {
				add(attribute[0].(string))
			}
			for _, held := range value {
				visit(held)
			}
		case []any:
			for _, held := range value {
				visit(held)
			}
		}
	}
	resource := template.Resources[id]
	for _, other := range resource.DependsOn {
		add(other)
	}
	visit(resource.Properties)
	visit(resource.UpdatePolicy)
	return found
}

func TestCodeDeployMayCallTheCheckAndNothingElse(t *testing.T) {
	template, _, check := checked(t)
	for _, policy := range template.All("AWS::IAM::Policy") {
		roles, _ := policy.Properties["Roles"].([]any)
		role := at(t, roles[0], "Ref").(string)
		if !slices.Contains([]any{"codedeploy.amazonaws.com"}, at(t, template.Resources[role].Properties, "AssumeRolePolicyDocument", "Statement", 0, "Principal", "Service")) {
			continue
		}
		want := []any{map[string]any{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": getAtt(check, "Arn")}}
		if diff := cmp.Diff(any(want), at(t, policy.Properties, "PolicyDocument", "Statement")); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
		return
	}
	t.Error("CodeDeploy may call nothing")
}

func TestMisusedReleaseCheck(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	code := bundle.NewPlaceholders(t.TempDir())
	deployments := newDeployments(stack, nil)
	cart := web.NewFunction(stack, "Cart", &web.FunctionProps{Code: code.Handler("cart"), Deployments: deployments})
	web.NewReleaseCheck(stack, "CartCheck", &web.ReleaseCheckProps{Function: cart, Code: code.Handler("cartcheck")})
	other := web.NewFunction(stack, "Other", &web.FunctionProps{Code: code.Handler("cart"), Deployments: deployments})
	for _, test := range []struct {
		name, want string
		props      web.ReleaseCheckProps
	}{
		{"no function", `web: release check "C": no function`, web.ReleaseCheckProps{Code: code.Handler("cartcheck")}},
		{"no release", `web: release check "C": the function has no Deployments, so nothing would ask for its check`, web.ReleaseCheckProps{Code: code.Handler("cartcheck"), Function: newFunction(stack, "Search", code)}},
		{"a second one", `web: release check "C": the function has one already`, web.ReleaseCheckProps{Code: code.Handler("cartcheck"), Function: cart}},
		{
			"no time to check", `web: release check "C": timeout 9s: want 10 s or more, of which lambdas/internal/release keeps 8 s to clean up and report`,
			web.ReleaseCheckProps{Code: code.Handler("cartcheck"), Function: other, Timeout: 9 * time.Second},
		},
		{
			"another version", `web: release check "C": environment variable "VERSION": want another name: there the check finds what it checks`,
			web.ReleaseCheckProps{Code: code.Handler("cartcheck"), Function: other, Environment: map[string]string{"VERSION": "2"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewReleaseCheck(stack, "C", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
