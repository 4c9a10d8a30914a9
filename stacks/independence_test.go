package stacks_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// TestAServiceIsDeployedAlone changes one service after another, in its code
// and in its routes, and compares every other stack's template with what it
// was: it may differ in no byte, and so not in what it uploads, which it names
// by the hash. What else could tie stacks together, references and exports, is
// in test/.
func TestAServiceIsDeployedAlone(t *testing.T) {
	for _, stage := range stacks.Stages() {
		root := handlers(t)
		before := written(t, root, stage, nil)
		for _, service := range services(t, stage) {
			name := strings.TrimPrefix(service, "annex-"+stage.Name+"-")
			writeHandler(t, root, name, `package main; func main() { println("changed") }`)
			after := written(t, root, stage, func(stack awscdk.Stack, code *bundle.Handlers) {
				if *stack.StackName() == service {
					addRoute(stack, code.Handler(name))
				}
			})
			writeHandler(t, root, name, unchanged)

			if len(after) != len(before) {
				t.Errorf("%s: %d stacks became %d", service, len(before), len(after))
			}
			for file := range before {
				changed := !bytes.Equal(before[file], after[file])
				if own := strings.HasPrefix(file, service+"."); own != changed {
					t.Errorf("%s changed, and of %s: %t", service, file, changed)
				}
			}
		}
	}
}

// TestANewHandlerChangesItsFunctionAlone changes the code of one handler, and
// lists all that the deployment then changes: the function, a version of it,
// where its alias leads and what watches the version.
func TestANewHandlerChangesItsFunctionAlone(t *testing.T) {
	stage := stage()
	root := handlers(t)
	before := written(t, root, stage, nil)
	writeHandler(t, root, "cart", `package main; func main() { println("changed") }`)
	after := written(t, root, stage, nil)

	got := map[string]int{}
	for file := range before {
		was, is := resources(t, before[file]), resources(t, after[file])
		for id, resource := range was {
			if diff := cmp.Diff(resource, is[id]); diff != "" {
				got[resource.Type+" is another"]++
			}
		}
		for id, resource := range is {
			if _, ok := was[id]; !ok {
				got[resource.Type+" is new"]++
			}
		}
	}
	want := map[string]int{
		"AWS::Lambda::Function is another":  2, // the check names the version, and has none itself
		"AWS::Lambda::Version is another":   1, // it leaves the template, and is kept
		"AWS::Lambda::Version is new":       1,
		"AWS::Lambda::Alias is another":     1,
		"AWS::CloudWatch::Alarm is another": 2, // they watch the version
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("changed (-want +got):\n", diff)
	}
}

func resources(t *testing.T, template []byte) map[string]cdktest.Resource {
	t.Helper()
	var document struct{ Resources map[string]cdktest.Resource }
	if err := json.Unmarshal(template, &document); err != nil {
		t.Fatal(err)
	}
	return document.Resources
}

const unchanged = "package main; func main() {}"

// handlers makes a repository with a small program for each handler.
func handlers(t *testing.T) (root string) {
	t.Helper()
	names, err := bundle.Discover(".")
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	module := "module example\n\ngo 1.26\n\ntoolchain " + runtime.Version() + "\n"
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte(module), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		writeHandler(t, root, name, unchanged)
	}
	return root
}

func writeHandler(t *testing.T, root, name, text string) {
	t.Helper()
	dir := filepath.Join(root, "lambdas", name)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// services are the stacks of a stage that have an API.
func services(t *testing.T, stage stacks.Stage) (names []string) {
	t.Helper()
	for name, template := range cdktest.Synth(t, define(t, stage)) {
		if len(template.All("AWS::ApiGatewayV2::Api")) > 0 {
			names = append(names, name)
		}
	}
	if len(names) < 2 {
		t.Fatalf("stage %s has the services %v: nothing to compare", stage.Name, names)
	}
	return names
}

// written synthesizes a stage with the handlers as they are now, and with a
// change of each stack, and gives the templates by file.
func written(t *testing.T, root string, stage stacks.Stage, change func(awscdk.Stack, *bundle.Handlers)) map[string][]byte {
	t.Helper()
	app := cdktest.NewApp(t, nil)
	code := bundle.NewHandlers(t.Context(), bundle.Options{Root: root, Out: filepath.Join(root, "build"), Target: bundle.Lambda})
	stacks.New(app, stage, code)
	for _, child := range *app.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok && change != nil {
			change(stack, code)
		}
	}
	cdktest.Synth(t, app)
	files := map[string][]byte{}
	paths, err := filepath.Glob(filepath.Join(*app.Outdir(), "*.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = text
	}
	return files
}

// addRoute adds a function to a service, with a route to it.
func addRoute(stack awscdk.Stack, handler bundle.Handler) {
	added := web.NewFunction(stack, "Added", &web.FunctionProps{Code: handler})
	group := stack.Node().TryFindChild(jsii.String("API"))
	if group == nil {
		return // a service of a WebSocket: the function is change enough
	}
	api := group.Node().FindChild(jsii.String("API")).(awsapigatewayv2.HttpApi)
	integration := awsapigatewayv2.NewCfnIntegration(stack, jsii.String("AddedIntegration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: api.ApiId(), IntegrationType: jsii.String("AWS_PROXY"),
		IntegrationUri: added.Live.FunctionArn(), PayloadFormatVersion: jsii.String("2.0"),
	})
	awsapigatewayv2.NewCfnRoute(stack, jsii.String("GetAdded"), &awsapigatewayv2.CfnRouteProps{
		ApiId: api.ApiId(), RouteKey: jsii.String("GET /added"), Target: jsii.String("integrations/" + *integration.Ref()),
	})
}
