package web_test

import (
	"errors"
	"os"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func TestMain(m *testing.M) { os.Exit(cdktest.Run(m, "../..", cdktest.Unvalidated)) }

// synth gives the template of a stack that define fills, in the region that
// the site's stack is in, and all others can be.
func synth(t *testing.T, define func(stack awscdk.Stack, code *bundle.Handlers)) cdktest.Template {
	t.Helper()
	app := cdktest.NewApp(t, nil)
	define(newStack(app), bundle.NewPlaceholders(t.TempDir()))
	return cdktest.Synth(t, app)["shop"]
}

func newStack(app awscdk.App) awscdk.Stack {
	return awscdk.NewStack(app, jsii.String("shop"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("us-east-1")},
	})
}

func newAPI(stack awscdk.Stack) *web.API {
	return web.NewAPI(stack, "API", &web.APIProps{
		DomainName:   "api.example.com",
		Path:         "cart",
		Prefix:       "lambda",
		AllowOrigins: []string{"https://www.example.com"},
	})
}

func newFunction(stack awscdk.Stack, id string, code *bundle.Handlers) *web.Function {
	return web.NewFunction(stack, id, &web.FunctionProps{Code: code.Handler("cart")})
}

// misuse gives what define panicked with, if that is for a person to read.
func misuse(t *testing.T, define func()) (message string) {
	t.Helper()
	defer func() {
		switch mistake := recover().(type) {
		case nil:
			t.Error("there was no panic")
		case error:
			if _, ok := errors.AsType[*web.Error](mistake); !ok {
				t.Errorf("panic with a %T: %v", mistake, mistake)
			}
			message = mistake.Error()
		default:
			t.Errorf("panic with a %T: %v", mistake, mistake)
		}
	}()
	define()
	return ""
}

// at gives what is at a path of decoded JSON: at(t, p, "Origins", 0, "Id").
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for i, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				t.Fatalf("nothing at %v", path[:i+1])
			}
			value = list[step]
		}
	}
	return value
}

// ref is a reference to a resource, as it is in a template.
func ref(resource cdktest.Resource) any { return map[string]any{"Ref": resource.LogicalID} }
