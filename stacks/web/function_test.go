package web_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func TestFunctionByDefault(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) { newFunction(stack, "Cart", code) })

	function := template.Only(t, "AWS::Lambda::Function")
	for property, want := range map[string]any{
		"Runtime":       "provided.al2023",
		"Architectures": []any{"arm64"},
		"Handler":       "bootstrap",
		"MemorySize":    256.0,
		"Timeout":       10.0,
		"TracingConfig": map[string]any{"Mode": "Active"},
		"LoggingConfig": map[string]any{"LogFormat": "JSON", "LogGroup": ref(template.Only(t, "AWS::Logs::LogGroup"))},
	} {
		if diff := cmp.Diff(want, function.Properties[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
	if got := template.Only(t, "AWS::Logs::LogGroup").Properties["RetentionInDays"]; got != 30.0 {
		t.Errorf("logs are kept for %v days", got)
	}
	// 0 would let it run never.
	if got := function.Properties["ReservedConcurrentExecutions"]; got != nil {
		t.Errorf("%v executions are reserved", got)
	}
}

func TestFunctionAsGiven(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		web.NewFunction(stack, "Cart", &web.FunctionProps{
			Code:        code.Handler("cart"),
			Environment: map[string]string{"CARTS_TABLE": "carts"},
			MemoryMiB:   1769,
			Timeout:     25 * time.Second,

			Concurrency: web.Concurrency{Reserved: 20},
		})
	})
	properties := template.Only(t, "AWS::Lambda::Function").Properties
	for property, want := range map[string]any{
		"MemorySize":                   1769.0,
		"Timeout":                      25.0,
		"ReservedConcurrentExecutions": 20.0,
		"Environment":                  map[string]any{"Variables": map[string]any{"CARTS_TABLE": "carts", "GOMEMLIMIT": "1592MiB"}},
	} {
		if diff := cmp.Diff(want, properties[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
}

// TestFunctionKnowsItsMemory but for one that is told otherwise.
func TestFunctionKnowsItsMemory(t *testing.T) {
	for want, props := range map[string]web.FunctionProps{
		"230MiB": {},
		"115MiB": {MemoryMiB: 128},
		"off":    {Environment: map[string]string{"GOMEMLIMIT": "off"}},
	} {
		template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
			props.Code = code.Handler("cart")
			web.NewFunction(stack, "Cart", &props)
		})
		if got := at(t, template.Only(t, "AWS::Lambda::Function").Properties, "Environment", "Variables", "GOMEMLIMIT"); got != want {
			t.Errorf("of %d MiB and %v it gets %v, want %s", props.MemoryMiB, props.Environment, got, want)
		}
	}
}

func TestVersionsAreKeptForMovingTheAliasBack(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) { newFunction(stack, "Cart", code) })

	version := template.Only(t, "AWS::Lambda::Version")
	if version.UpdateReplacePolicy != "Retain" || version.DeletionPolicy != "RetainExceptOnCreate" {
		t.Errorf("the version: %s, when deleted %s", version.UpdateReplacePolicy, version.DeletionPolicy)
	}
}

func TestFunctionNamesItsHandlersFolder(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) { newFunction(stack, "Basket", code) })

	function := template.Only(t, "AWS::Lambda::Function")
	if got := function.Metadata[web.HandlerMetadata]; got != "lambdas/cart" {
		t.Errorf("%s is %v", web.HandlerMetadata, got)
	}
	key, _ := at(t, function.Properties, "Code", "S3Key").(string)
	asset := template.Assets[strings.TrimSuffix(key, ".zip")]
	if filepath.Base(asset) != "cart" {
		t.Errorf("the code is the asset %q", asset)
	}
}

func TestFunctionMayOnlyTraceAndWriteItsOwnLogs(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) { newFunction(stack, "Cart", code) })

	if got := template.Only(t, "AWS::IAM::Role").Properties["ManagedPolicyArns"]; got != nil {
		t.Error("managed policies: ", got)
	}
	logs := template.Only(t, "AWS::Logs::LogGroup")
	want := []any{
		map[string]any{
			"Action": []any{"logs:CreateLogStream", "logs:PutLogEvents"}, "Effect": "Allow",
			"Resource": map[string]any{"Fn::GetAtt": []any{logs.LogicalID, "Arn"}},
		},
		map[string]any{
			"Action": []any{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, "Effect": "Allow",
			"Resource": "*",
		},
	}
	got := at(t, template.Only(t, "AWS::IAM::Policy").Properties, "PolicyDocument", "Statement")
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestMisusedFunction(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	code := bundle.NewPlaceholders(t.TempDir()).Handler("cart")
	for _, test := range []struct {
		name, want string
		props      web.FunctionProps
	}{
		{"no code", `web: function "F": no code: want code.Handler("<a folder of lambdas/>")`, web.FunctionProps{}},
		{"a negative reserve", `web: function "F": reserved concurrency -1: want 1 or more, or 0 for none`, web.FunctionProps{Code: code, Concurrency: web.Concurrency{Reserved: -1}}},
		{"too long", `web: function "F": timeout 16m0s: want whole seconds, up to 15 minutes`, web.FunctionProps{Code: code, Timeout: 16 * time.Minute}},
		{"parts of a second", `web: function "F": timeout 1.5s: want whole seconds, up to 15 minutes`, web.FunctionProps{Code: code, Timeout: 1500 * time.Millisecond}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := misuse(t, func() { web.NewFunction(stack, "F", &test.props) }); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestOnlySelectedStacksAreCompiled sets what the CDK's command line sets for
// `cdk synth -e cart`.
func TestOnlySelectedStacksAreCompiled(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"go.mod":                 "module example\n\ngo 1.26\n\ntoolchain " + runtime.Version() + "\n",
		"lambdas/cart/main.go":   "package main\n\nfunc main() {}\n",
		"lambdas/search/main.go": "package main\n\nfunc main() { broken }\n",
	} {
		file := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	app := cdktest.NewApp(t, map[string]any{"aws:cdk:bundling-stacks": []string{"cart"}})
	code := bundle.NewHandlers(t.Context(), bundle.Options{Root: root, Out: filepath.Join(root, "build"), Target: bundle.Host()})

	for _, name := range []string{"cart", "search"} {
		stack := awscdk.NewStack(app, &name, nil)
		web.NewFunction(stack, "Function", &web.FunctionProps{Code: code.Handler(name)})
	}
	templates := cdktest.Synth(t, app)
	for stack, want := range map[string]string{"cart": "build/cart", "search": "lambdas/search"} {
		key, _ := at(t, templates[stack].Only(t, "AWS::Lambda::Function").Properties, "Code", "S3Key").(string)
		if got := templates[stack].Assets[strings.TrimSuffix(key, ".zip")]; got != filepath.Join(root, want) {
			t.Errorf("the code in %s is the asset %s", stack, got)
		}
	}

	// In an app that deploys every stack, search is compiled, and is not there.
	stack := newStack(cdktest.NewApp(t, nil))
	message := misuse(t, func() { web.NewFunction(stack, "Search", &web.FunctionProps{Code: code.Handler("search")}) })
	if !strings.HasPrefix(message, `web: function "Search": handler "search" does not compile:`) || !strings.Contains(message, "lambdas/search/main.go:3:15") {
		t.Error(message)
	}
}
