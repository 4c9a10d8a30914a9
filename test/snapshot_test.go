package test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/stacks/bundle"
	"annex/test/cdktest"
)

var update = flag.Bool("update", false, "rewrite the snapshots")

// snapshots is the folder of the snapshots: <stage>/<stack>.json.
const snapshots = "test/snapshots"

// TestSnapshots shows in review what a change does to the templates of each
// stage, and that one which should do nothing does nothing.
func TestSnapshots(t *testing.T) {
	current := map[string]string{} // by file
	var excepted []exception
	for _, stage := range stacks.Stages() {
		if err := stage.Validate(); err != nil {
			t.Fatal(err)
		}
		app := cdktest.NewApp(t, nil)
		handlers := t.TempDir()
		stacks.New(app, stage, bundle.NewPlaceholders(handlers))
		for stack, template := range cdktest.Synth(t, app) {
			current[filepath.Join(snapshots, stage.Name, stack+".json")] = normalize(t, template, handlers)
			excepted = append(excepted, exceptions(t, template)...)
		}
	}
	compareExceptions(t, excepted)
	if *update {
		rewrite(t, current)
		return
	}
	recorded := recorded(t)
	for file, want := range recorded {
		got, ok := current[file]
		if !ok {
			t.Errorf("%s is of no stack: `make snapshots` removes it", file)
			continue
		}
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s differs from the template; if that is meant, run `make snapshots` and commit it (-snapshot +template):\n%s", file, diff)
		}
	}
	for file := range current {
		if _, ok := recorded[file]; !ok {
			t.Errorf("%s is missing: `make snapshots` writes it", file)
		}
	}
}

// TestSnapshotsAreASCII: CloudFormation takes any character, but gives a
// question mark back for each that is not ASCII (GetTemplate), so that the CDK
// takes a stack that did not change for one that did, and imports nothing into
// it (aws-cloudformation/cloudformation-coverage-roadmap#814).
func TestSnapshotsAreASCII(t *testing.T) {
	for file, text := range recorded(t) {
		for i, line := range strings.Split(text, "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return r > unicode.MaxASCII }) {
				t.Errorf("%s:%d: %s", file, i+1, line)
			}
		}
	}
}

// currentVersion is the logical ID of a function's version, whose end is a hash
// of all that the function is.
var currentVersion = regexp.MustCompile(`(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}`)

// normalize gives a template as it is recorded: without what changes with the
// content of an asset, and with the asset's name for what says which it is.
func normalize(t *testing.T, template cdktest.Template, handlers string) string {
	t.Helper()
	// Sorts the keys, too.
	pretty, err := json.MarshalIndent(template.Document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	// For people to read: these are escaped for HTML, which this is not.
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(pretty)) + "\n"
	for hash, path := range template.Assets {
		if name, ok := assetName(t, path, handlers); ok {
			text = strings.ReplaceAll(text, hash, "<"+name+">")
		}
	}
	return currentVersion.ReplaceAllString(text, "$1")
}

// assetName gives an asset's path in the repository, or in the modules of the
// CDK. One that is in neither, such as the site's config.json, was made from
// props at synth: a change of it is a change of them, so it keeps its hash.
func assetName(t *testing.T, path, handlers string) (name string, ok bool) {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if _, name, ok := strings.Cut(path, "/node_modules/"); ok {
		return name, true
	}
	if name, ok := strings.CutPrefix(path, handlers+"/"); ok {
		return "handler " + name, true
	}
	return strings.CutPrefix(path, root+"/")
}

func recorded(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(snapshots, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	recorded := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		recorded[file] = string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	}
	return recorded
}

func rewrite(t *testing.T, current map[string]string) {
	t.Helper()
	if err := os.RemoveAll(snapshots); err != nil {
		t.Fatal(err)
	}
	for file, text := range current {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
