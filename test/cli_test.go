package test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/test/cdktest"
)

// TestCommandLine runs the CDK's command line over the stacks as they are, with
// handlers of its own that compile in no time, one of which does not.
func TestCommandLine(t *testing.T) {
	project := newProject(t)
	handlers, err := bundle.Discover(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range handlers {
		project.write("lambdas/"+name+"/main.go", "package main\n\nfunc main() {}\n")
	}
	project.write("lambdas/search/main.go", "package main\n\nfunc main() { undefined() }\n")

	for _, test := range []struct {
		name  string
		args  []string
		fails bool
		// stdout and stderr, line by line. What the CLI adds about the process
		// that it ran is not the app's to say, and left out.
		stdout, stderr []string
		// bundled are the handlers that were compiled.
		bundled []string
	}{
		{
			name:   "the list of stacks compiles nothing",
			args:   []string{"ls", "-c", "stage=prod"},
			stdout: []string{"annex-prod-domain", "annex-prod-identity", "annex-prod-site", "annex-prod-cart", "annex-prod-search", "annex-prod-recommendations", "annex-prod-updates"},
		},
		{
			name:   "an unknown stage stops with the known ones",
			args:   []string{"synth", "-q", "-c", "stage=qa"},
			fails:  true,
			stderr: []string{`annex: unknown stage "qa": want -c stage=<one of dev, prod>, or add it to stacks/stages.go`},
		},
		{
			name:   "an unknown release stops with the one that there is",
			args:   []string{"synth", "-q", "-c", "release=canary"},
			fails:  true,
			stderr: []string{`annex: unknown release "canary": want -c release=direct, once after an alias was moved by hand, or none`},
		},
		{
			name:    "a handler that does not compile holds up no other stack",
			args:    []string{"synth", "-q", "-e", "annex-dev-cart"},
			bundled: []string{"cart", "cartcheck", "warmer"},
		},
		{
			name:  "a handler that does not compile stops its stack",
			args:  []string{"synth", "-q", "-e", "annex-dev-search"},
			fails: true,
			stderr: []string{
				`annex: stacks/search.go: web: function "Search": handler "search" does not compile:`,
				"# annex/lambdas/search",
				"lambdas/search/main.go:3:15: undefined: undefined",
			},
			bundled: []string{"indexer"}, // which the stack asks for before
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			project.remove("build")
			stdout, stderr, err := project.cdk(test.args...)
			if failed := err != nil; failed != test.fails {
				t.Error("cdk: ", err)
			}
			if diff := cmp.Diff(test.stdout, stdout); diff != "" {
				t.Error("stdout (-want +got):\n", diff)
			}
			if diff := cmp.Diff(test.stderr, stderr); diff != "" {
				t.Error("stderr (-want +got):\n", diff)
			}
			if diff := cmp.Diff(test.bundled, project.compiled()); diff != "" {
				t.Error("compiled (-want +got):\n", diff)
			}
		})
	}
}

// project is a copy of the repository, as far as the CDK reads it.
type project struct {
	t    *testing.T
	root string // of the repository
	dir  string
}

func newProject(t *testing.T) project {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	p := project{t, root, t.TempDir()}
	app := filepath.Join(p.dir, "annex")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", app, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	if err := os.Mkdir(filepath.Join(p.dir, "lambdas"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"go.mod", "go.sum", "lambdas/layers", "site", "stacks"} {
		if err := os.Symlink(filepath.Join(root, file), filepath.Join(p.dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	config := map[string]any{}
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal("cdk.json: ", err)
	}
	maps.Copy(config, map[string]any{"app": app, "build": "true"})
	if text, err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	p.write("cdk.json", string(text))
	return p
}

func (p project) write(file, text string) {
	p.t.Helper()
	file = filepath.Join(p.dir, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p project) remove(folder string) {
	p.t.Helper()
	if err := os.RemoveAll(filepath.Join(p.dir, folder)); err != nil {
		p.t.Fatal(err)
	}
}

// compiled are the handlers that were, beside which are the layers.
func (p project) compiled() (names []string) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "build", "*", "bootstrap"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, filepath.Base(filepath.Dir(file)))
	}
	return names
}

// cdk runs the CDK's command line, and gives the lines that it printed.
func (p project) cdk(args ...string) (stdout, stderr []string, err error) {
	p.t.Helper()
	bin := filepath.Join(p.root, "node_modules", ".bin")
	cmd := exec.CommandContext(p.t.Context(), filepath.Join(bin, "cdk"), append(args, "--ci=false")...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), cdktest.Unvalidated, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return lines(out.String()), lines(errs.String()), err
}

// position is the line in a file of stacks/, which is not what the test is of.
var position = regexp.MustCompile(`(stacks/\w+\.go):\d+`)

func lines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line != "" && !strings.Contains(line, "Subprocess exited with error") {
			lines = append(lines, position.ReplaceAllString(line, "$1"))
		}
	}
	return lines
}
