// Package cdktest synthesizes CDK apps for tests and reads what came out. Only
// tests of stacks/ and below, and of test/, import it.
package cdktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/web"
)

// Unvalidated is an environment for Run that leaves out the validation of
// templates, which takes most of the time that it takes to synthesize one. What
// is deployed is validated in test/.
const Unvalidated = "CDK_VALIDATION=false"

// Run is for TestMain: it runs the tests in the root of the repository, where
// the CDK runs the app too, with additions to the environment, and at the end
// stops the Node process that the CDK is in.
func Run(m *testing.M, root string, environment ...string) (code int) {
	if err := setUp(root, environment); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer web.Close()
	return m.Run()
}

func setUp(root string, environment []string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	node, err := filepath.Abs(filepath.Join("node_modules", ".bin", "node"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(node); err != nil {
		return fmt.Errorf("the CDK runs in Node, which is not there: run `make test`, which installs it: %w", err)
	}
	for _, variable := range append(environment, "JSII_NODE="+node) {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	// jsii has noted the environment before main, for a process that it has not
	// started. Closed, it begins afresh.
	jsii.Close()
	return nil
}

// NewApp gives an app with the feature flags of cdk.json, and with the context
// given, which it writes to a folder of the test.
func NewApp(t testing.TB, context map[string]any) awscdk.App {
	t.Helper()
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal("cdk.json: ", err)
	}
	maps.Copy(file.Context, map[string]any{
		"aws:cdk:enable-path-metadata": true, // as the CDK's command line has it
		// Assets stay where they are, so that one can tell which is which.
		"aws:cdk:disable-asset-staging": true,
		// What validation finds is in the error, not on the console.
		"@aws-cdk/core:appMode": "inmemory",
	})
	maps.Copy(file.Context, context)
	outdir := t.TempDir()
	return awscdk.NewApp(&awscdk.AppProps{Context: &file.Context, Outdir: &outdir})
}

// Template is a stack's template.
type Template struct {
	// Document is all of it, as decoded from JSON.
	Document map[string]any
	// Resources are its resources by logical ID.
	Resources map[string]Resource
	// Assets are the paths of the files and folders that it uploads, by hash.
	Assets map[string]string
}

// Resource is a resource of a template.
type Resource struct {
	LogicalID  string `json:"-"`
	Type       string
	Properties map[string]any
	Metadata   map[string]any
	DependsOn  []string
	// UpdatePolicy is how CloudFormation updates it, where not by itself.
	UpdatePolicy map[string]any
	// DeletionPolicy is what becomes of it with its stack.
	DeletionPolicy string
	// UpdateReplacePolicy is what becomes of it when another replaces it.
	UpdateReplacePolicy string
}

// Synth synthesizes an app and gives its templates by stack name.
func Synth(t testing.TB, app awscdk.App) map[string]Template {
	t.Helper()
	defer func() {
		if mistake := recover(); mistake != nil {
			t.Fatal("synthesizing: ", mistake)
		}
	}()
	dir := *app.Synth(nil).Directory()
	files, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	templates := map[string]Template{}
	for _, file := range files {
		stack := strings.TrimSuffix(filepath.Base(file), ".template.json")
		templates[stack] = Template{
			Document:  read[map[string]any](t, file),
			Resources: resources(t, file),
			Assets:    assets(t, dir, stack),
		}
	}
	return templates
}

func resources(t testing.TB, file string) map[string]Resource {
	t.Helper()
	resources := read[struct{ Resources map[string]Resource }](t, file).Resources
	for id, resource := range resources {
		resource.LogicalID = id
		resources[id] = resource
	}
	return resources
}

func assets(t testing.TB, dir, stack string) map[string]string {
	t.Helper()
	manifest := read[struct {
		Files map[string]struct{ Source struct{ Path string } }
	}](t, filepath.Join(dir, stack+".assets.json"))
	paths := map[string]string{}
	for hash, file := range manifest.Files {
		path := file.Source.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		paths[hash] = path
	}
	return paths
}

func read[T any](t testing.TB, file string) (value T) {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // what the test has synthesized
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(file, ": ", err)
	}
	return value
}

// Only gives the one resource of that type.
func (t Template) Only(tb testing.TB, resourceType string) Resource {
	tb.Helper()
	all := t.All(resourceType)
	if len(all) != 1 {
		tb.Fatalf("the template has %d of %s, want 1", len(all), resourceType)
	}
	return all[0]
}

// All gives the resources of that type, in the order of their logical IDs.
func (t Template) All(resourceType string) []Resource {
	var all []Resource
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if t.Resources[id].Type == resourceType {
			all = append(all, t.Resources[id])
		}
	}
	return all
}
