package web_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

const keyARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func withValues(stack awscdk.Stack, code *bundle.Handlers) {
	web.NewFunction(stack, "Cart", &web.FunctionProps{
		Code:        code.Handler("cart"),
		Environment: map[string]string{"CARTS_TABLE": "carts"},
		Secrets:     map[string]string{"PAYMENT_KEY": "shop/payment", "MAIL_KEY": "shop/mail", "OLD_PAYMENT_KEY": "shop/payment"},
		Parameters:  map[string]string{"FREE_SHIPPING": "/shop/free-shipping", "GREETING": "greeting"},
		Keys:        []string{keyARN},
	})
}

// granted gives the statements of the one role's policy, but for logs and
// traces.
func granted(t *testing.T, template cdktest.Template) (granted []any) {
	t.Helper()
	statements, _ := at(t, template.Only(t, "AWS::IAM::Policy").Properties, "PolicyDocument", "Statement").([]any)
	for _, statement := range statements {
		if _, several := at(t, statement, "Action").([]any); !several {
			granted = append(granted, statement)
		}
	}
	return granted
}

func TestFunctionMayReadTheValuesThatItNamesAndNoOthers(t *testing.T) {
	template := synth(t, withValues)

	want := []any{
		map[string]any{
			"Action": "secretsmanager:GetSecretValue", "Effect": "Allow",
			"Resource": []any{
				"arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/mail-??????",
				"arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/payment-??????",
			},
		},
		map[string]any{
			"Action": "ssm:GetParameter", "Effect": "Allow",
			"Resource": []any{
				"arn:aws:ssm:us-east-1:111122223333:parameter/greeting",
				"arn:aws:ssm:us-east-1:111122223333:parameter/shop/free-shipping",
			},
		},
		map[string]any{
			"Action": "kms:Decrypt", "Effect": "Allow", "Resource": keyARN,
			"Condition": map[string]any{"StringEquals": map[string]any{
				"kms:ViaService": []any{"secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com"},
			}},
		},
	}
	byAction := func(statements []any) map[any]any {
		all := map[any]any{}
		for _, statement := range statements {
			all[statement.(map[string]any)["Action"]] = statement
		}
		return all
	}
	if diff := cmp.Diff(byAction(want), byAction(granted(t, template))); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestEnvironmentHasTheNamesOfValues(t *testing.T) {
	template := synth(t, withValues)

	function := template.Only(t, "AWS::Lambda::Function")
	want := map[string]any{
		"CARTS_TABLE": "carts", "PAYMENT_KEY": "shop/payment", "MAIL_KEY": "shop/mail", "OLD_PAYMENT_KEY": "shop/payment",
		"FREE_SHIPPING": "/shop/free-shipping", "GREETING": "greeting", "GOMEMLIMIT": "230MiB",
	}
	if diff := cmp.Diff(any(want), at(t, function.Properties, "Environment", "Variables")); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	for key, want := range map[string]any{
		web.SecretsMetadata:    map[string]any{"PAYMENT_KEY": "shop/payment", "MAIL_KEY": "shop/mail", "OLD_PAYMENT_KEY": "shop/payment"},
		web.ParametersMetadata: map[string]any{"FREE_SHIPPING": "/shop/free-shipping", "GREETING": "greeting"},
	} {
		if diff := cmp.Diff(want, function.Metadata[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func TestFunctionWithoutValuesIsGrantedAndRecordsNothing(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) { newFunction(stack, "Cart", code) })

	if got := granted(t, template); got != nil {
		t.Error("it is granted ", got)
	}
	metadata := template.Only(t, "AWS::Lambda::Function").Metadata
	if metadata[web.SecretsMetadata] != nil || metadata[web.ParametersMetadata] != nil {
		t.Error(metadata)
	}
}

func TestMisusedEnvironment(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	code := bundle.NewPlaceholders(t.TempDir()).Handler("cart")
	secret := func(variable, name string) web.FunctionProps {
		return web.FunctionProps{Secrets: map[string]string{variable: name}}
	}
	parameter := func(name string) web.FunctionProps {
		return web.FunctionProps{Parameters: map[string]string{"FREE": name}}
	}
	const wantSecret = ": want a secret's name: up to 512 letters, digits and /_+=.@-, such as shop/payment"
	const wantParameter = ": want a parameter's name: letters, digits and _.-, or up to 15 levels of them, each after a slash, such as /shop/free-shipping"
	const wantVariable = ": want an environment variable's name: a letter, then letters, digits and _, such as PAYMENT_KEY"
	const wantOthers = ": want a parameter's name that does not begin with aws or ssm, which AWS keeps for itself"
	for _, test := range []struct {
		name, want string
		props      web.FunctionProps
	}{
		{"no secret", `Secrets "KEY": ""` + wantSecret, secret("KEY", "")},
		{"a secret with a space", `Secrets "KEY": "shop payment"` + wantSecret, secret("KEY", "shop payment")},
		{"a wildcard", `Secrets "KEY": "shop/*"` + wantSecret, secret("KEY", "shop/*")},
		{"a secret's ARN", `Secrets "KEY": "arn:aws:secretsmanager:x"` + wantSecret, secret("KEY", "arn:aws:secretsmanager:x")},
		{"a long secret", `Secrets "KEY": "` + strings.Repeat("x", 513) + `"` + wantSecret, secret("KEY", strings.Repeat("x", 513))},
		{"no parameter", `Parameters "FREE": ""` + wantParameter, parameter("")},
		{"a path without its slash", `Parameters "FREE": "shop/free"` + wantParameter, parameter("shop/free")},
		{"a path that ends in a slash", `Parameters "FREE": "/shop/"` + wantParameter, parameter("/shop/")},
		{"a version", `Parameters "FREE": "/shop/free:2"` + wantParameter, parameter("/shop/free:2")},
		{"sixteen levels", `Parameters "FREE": "` + strings.Repeat("/x", 16) + `"` + wantParameter, parameter(strings.Repeat("/x", 16))},
		{"AWS's own", `Parameters "FREE": "/aws/free"` + wantOthers, parameter("/aws/free")},
		{"Systems Manager's own", `Parameters "FREE": "SSM-free"` + wantOthers, parameter("SSM-free")},
		{"a long parameter", `Parameters "FREE": "` + strings.Repeat("x", 951) + `": want a parameter's name of at most 950 characters`, parameter(strings.Repeat("x", 951))},
		{"a variable with a hyphen", `Secrets "PAYMENT-KEY"` + wantVariable, secret("PAYMENT-KEY", "shop/payment")},
		{"a variable of one letter", `Secrets "K"` + wantVariable, secret("K", "shop/payment")},
		{"a variable with an underscore first", `Environment "_HANDLER"` + wantVariable, web.FunctionProps{Environment: map[string]string{"_HANDLER": "x"}}},
		{"a reserved variable", `Secrets "AWS_REGION": Lambda sets that variable itself, want another name`, secret("AWS_REGION", "shop/payment")},
		{"a reserved variable in the environment", `Environment "LAMBDA_TASK_ROOT": Lambda sets that variable itself, want another name`, web.FunctionProps{Environment: map[string]string{"LAMBDA_TASK_ROOT": "x"}}},
		{"twice", `Secrets "KEY": Environment has that variable too, want another name for one of them`, web.FunctionProps{
			Environment: map[string]string{"KEY": "x"}, Secrets: map[string]string{"KEY": "shop/payment"},
		}},
		{"twice again", `Parameters "KEY": Secrets has that variable too, want another name for one of them`, web.FunctionProps{
			Secrets: map[string]string{"KEY": "shop/payment"}, Parameters: map[string]string{"KEY": "key"},
		}},
		{"too much", `its environment has 4097 bytes: Lambda allows 4096, so keep the longest in a parameter (Parameters), of which only the name counts`, web.FunctionProps{
			Environment: map[string]string{"LONG": strings.Repeat("x", 4065)}, Secrets: map[string]string{"KEY": "shop/pays"},
		}},
		{"a key's alias", `key "alias/shop": want a key's ARN, such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab: IAM takes no alias`, web.FunctionProps{
			Secrets: map[string]string{"KEY": "shop/payment"}, Keys: []string{"alias/shop"},
		}},
		{"a key of nothing", `key "` + keyARN + `": want Secrets or Parameters that it encrypts`, web.FunctionProps{Keys: []string{keyARN}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.props.Code = code
			want := `web: function "F": ` + test.want
			if got := misuse(t, func() { web.NewFunction(stack, "F", &test.props) }); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestEnvironmentOfTheLargestSize also checks that a value which only
// CloudFormation knows is not counted by the CDK's placeholder for it.
func TestEnvironmentOfTheLargestSize(t *testing.T) {
	synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		web.NewFunction(stack, "F", &web.FunctionProps{
			Code:        code.Handler("cart"),
			Environment: map[string]string{"LONG": strings.Repeat("x", 4065), "STACK": *stack.StackId()},
			Parameters:  map[string]string{"K1": "free"},
		})
	})
}
