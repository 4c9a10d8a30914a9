package web_test

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// layerFolder makes a folder of the repository that has these files, each with its name as its content.
func layerFolder(t *testing.T, files ...string) string {
	t.Helper()
	if err := os.MkdirAll("build", 0o750); err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("build", "layer-") //nolint:usetesting // a folder of the repository
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for _, file := range files {
		if err := os.WriteFile(folder+"/"+file, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func withLayer(t *testing.T, folder string) cdktest.Template {
	t.Helper()
	t.Cleanup(func() { _ = os.RemoveAll("build/" + folder + ".zip") })
	return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		words := web.NewLayer(stack, "Words", &web.LayerProps{Folder: folder})
		web.NewFunction(stack, "Search", &web.FunctionProps{
			Code: code.Handler("search"), Layers: []*web.Layer{words},
			Environment: map[string]string{"STOP_WORDS": words.Path("stop.txt")},
		})
	})
}

func TestFunctionHasItsLayersFiles(t *testing.T) {
	template := withLayer(t, layerFolder(t, "stop.txt", "synonyms.txt"))
	layer, function := template.Only(t, "AWS::Lambda::LayerVersion"), template.Only(t, "AWS::Lambda::Function")
	if diff := cmp.Diff([]any{ref(layer)}, function.Properties["Layers"]); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"Variables": map[string]any{"STOP_WORDS": "/opt/stop.txt", "GOMEMLIMIT": "230MiB"}}, function.Properties["Environment"]); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	for property, want := range map[string]any{"CompatibleRuntimes": []any{"provided.al2023"}, "CompatibleArchitectures": []any{"arm64"}} {
		if diff := cmp.Diff(want, layer.Properties[property]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", property, diff)
		}
	}
}

func TestLayersVersionsAreKept(t *testing.T) {
	layer := withLayer(t, layerFolder(t, "stop.txt")).Only(t, "AWS::Lambda::LayerVersion")
	if layer.UpdateReplacePolicy != "Retain" || layer.DeletionPolicy != "RetainExceptOnCreate" {
		t.Errorf("the version: %s, when deleted %s", layer.UpdateReplacePolicy, layer.DeletionPolicy)
	}
}

// A function that has other files is another version of it, and is released as one.
func TestChangeOfALayerIsANewVersionOfItsFunctions(t *testing.T) {
	folder := layerFolder(t, "stop.txt")
	version := func() string { return withLayer(t, folder).Only(t, "AWS::Lambda::Version").LogicalID }
	first := version()
	if again := version(); again != first {
		t.Errorf("the same files make the versions %s and %s", first, again)
	}
	if err := os.WriteFile(folder+"/stop.txt", []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed := version(); changed == first {
		t.Errorf("other files make the same version, %s", changed)
	}
}

func TestMisusedLayer(t *testing.T) {
	folder, empty := layerFolder(t, "stop.txt"), layerFolder(t, ".hidden")
	large := func(bytes int64) string {
		folder := layerFolder(t, "large")
		if err := os.Truncate(folder+"/large", bytes); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	for name, test := range map[string]struct {
		define func(stack awscdk.Stack, code *bundle.Handlers)
		want   string
	}{
		"no folder": {func(stack awscdk.Stack, _ *bundle.Handlers) { web.NewLayer(stack, "Words", &web.LayerProps{}) }, `web: layer "Words": folder ""`},
		"missing folder": {func(stack awscdk.Stack, _ *bundle.Handlers) {
			web.NewLayer(stack, "Words", &web.LayerProps{Folder: "lambdas/layers/wrods"})
		}, `folder "lambdas/layers/wrods": there is no such folder`},
		"a file": {func(stack awscdk.Stack, _ *bundle.Handlers) {
			web.NewLayer(stack, "Words", &web.LayerProps{Folder: folder + "/stop.txt"})
		}, "there is no such folder"},
		"too large": {func(stack awscdk.Stack, _ *bundle.Handlers) {
			web.NewLayer(stack, "Words", &web.LayerProps{Folder: large(251 << 20)})
		}, "has 263192576 bytes: Lambda takes 262144000"},
		"elsewhere": {func(stack awscdk.Stack, _ *bundle.Handlers) {
			web.NewLayer(stack, "Words", &web.LayerProps{Folder: "../words"})
		}, `folder "../words": want one of the repository`},
		"everything": {func(stack awscdk.Stack, _ *bundle.Handlers) {
			web.NewLayer(stack, "Words", &web.LayerProps{Folder: "./"})
		}, "want one of the repository"},
		"empty folder": {func(stack awscdk.Stack, _ *bundle.Handlers) {
			web.NewLayer(stack, "Words", &web.LayerProps{Folder: empty})
		}, "has no files"},
		"unknown file": {func(stack awscdk.Stack, _ *bundle.Handlers) {
			web.NewLayer(stack, "Words", &web.LayerProps{Folder: folder}).Path("stpo.txt")
		}, `has no file "stpo.txt": want one of stop.txt`},
		"twice": {func(stack awscdk.Stack, code *bundle.Handlers) {
			words := web.NewLayer(stack, "Words", &web.LayerProps{Folder: folder})
			web.NewFunction(stack, "Search", &web.FunctionProps{Code: code.Handler("search"), Layers: []*web.Layer{words, words}})
		}, "want each of them once"},
		"too many": {func(stack awscdk.Stack, code *bundle.Handlers) {
			web.NewFunction(stack, "Search", &web.FunctionProps{Code: code.Handler("search"), Layers: make([]*web.Layer, 6)})
		}, "6 layers: a function has 5 at most"},
	} {
		t.Run(name, func(t *testing.T) {
			message := misuse(t, func() { synth(t, test.define) })
			if !strings.Contains(message, test.want) {
				t.Errorf("panic is %q, want one with %q", message, test.want)
			}
		})
	}
}
