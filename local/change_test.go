package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/local/lambda"
)

func TestAnEditMakesOldWhatComesFromTheFile(t *testing.T) {
	handlers := []string{"cart", "search"}
	stacks, every := change{stacks: true}, change{every: true}
	for file, want := range map[string]change{
		"lambdas/cart/main.go":           {handlers: []string{"cart"}},
		"lambdas/cart/prices/table.csv":  {handlers: []string{"cart"}},
		"lambdas/cart":                   {handlers: []string{"cart"}},
		"lambdas/internal/httpapi/go.go": every,
		"lambdas/money/money.go":         every,
		"lambdas/layers/words/stop.txt":  stacks,
		"lambdas/layers":                 stacks,
		"lambdas":                        every,
		"stacks/cart.go":                 stacks,
		"stacks/web/route.go":            stacks,
		"main.go":                        stacks,
		"cdk.json":                       stacks,
		"go.mod":                         stacks,
		"site/index.html":                stacks,
		"web/dist/app.js":                stacks,
		".":                              stacks,
	} {
		if diff := cmp.Diff(want, changed(file, handlers), cmp.AllowUnexported(change{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func TestWhatIsServedComesFromNoneOfTheseFiles(t *testing.T) {
	root := t.TempDir()
	ignored := ignoring(options{root: root, assembly: filepath.Join(root, "out", "dev"), state: filepath.Join(root, "state")})
	for file, want := range map[string]bool{
		"lambdas/cart/main.go":             false,
		"lambdas/cart/README.md":           false, // it may be embedded
		"lambdas/bin/main.go":              false,
		"lambdas/cart/store_test.go":       true,
		"lambdas/cart/.main.go.swp":        true,
		"lambdas/cart/main.go~":            true,
		"lambdas/cart/.#main.go":           true,
		"lambdas/cart/#main.go#":           true,
		"lambdas/cart/4913":                true,
		"lambdas/cart/main.go___jb_tmp___": true,
		"site/.well-known/security.txt":    false,
		"site/node_modules/x/index.js":     true,
		"site/.DS_Store":                   true,
		"main.go":                          false,
		"cdk.json":                         false,
		"README.md":                        true,
		"docs/checks.md":                   true,
		"test/e2e/main_test.go":            true,
		"local/run.go":                     true,
		".git/index":                       true,
		".cdk.out.next/manifest.json":      true,
		"node_modules":                     true,
		"cdk.out/manifest.json":            true,
		"bin/annex":                        true,
		"build/cart/bootstrap":             true,
		"out":                              false,
		"out/dev":                          true,
		"out/dev/manifest.json":            true,
		"out/developers":                   false,
		"state/data/lock":                  true,
		"local.secrets.json":               true, // it is read at each request
	} {
		if got := ignored(file); got != want {
			t.Errorf("%s is ignored: %v, want %v", file, got, want)
		}
	}
}

func TestChangesAddUp(t *testing.T) {
	p := plan{functions: []lambda.Function{
		{Folder: "lambdas/cart"}, {Folder: "lambdas/search"}, {Folder: "lambdas/cart"}, {Folder: "lambdas/old", Unsupported: "it is Python"},
	}}
	one := change{handlers: []string{"search"}}
	two := one.and(change{handlers: []string{"search", "gone"}})
	for _, c := range []struct {
		name string
		change
		want []string
	}{
		{"nothing", change{}, []string{}},
		{"one", one, []string{"search"}},
		{"one, and one that is not served", two, []string{"search"}},
		{"two", two.and(change{handlers: []string{"cart"}}), []string{"cart", "search"}},
		{"all", two.and(change{every: true}), []string{"cart", "search"}},
	} {
		if diff := cmp.Diff(c.want, c.names(p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if c.any() != (c.name != "nothing") {
			t.Errorf("%s: any is %v", c.name, c.any())
		}
	}
	if c := one.and(change{stacks: true}); !c.stacks || !c.any() {
		t.Error("stacks are forgotten")
	}
}
