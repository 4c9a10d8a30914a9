package bundle

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	empty  = "package main\n\nfunc main() {}\n"
	broken = "package main\n\nfunc main() { undefined() }\n"
)

// repository makes a repository with the given files, by path, and the
// toolchain that runs this test.
func repository(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	write(t, root, "go.mod", fmt.Sprintf("module example\n\ngo 1.26\n\ntoolchain %s\n", runtime.Version()))
	for file, text := range files {
		write(t, root, file, text)
	}
	return root
}

func write(t *testing.T, root, file, text string) {
	t.Helper()
	file = filepath.Join(root, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func options(root string) Options {
	return Options{Root: root, Out: filepath.Join(root, "build"), Target: Host()}
}

// cart gives the bytes of the handler "cart".
func cart(t *testing.T, o Options) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.Out, "cart", "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func build(t *testing.T, o Options, names ...string) {
	t.Helper()
	if err := Build(t.Context(), o, names...); err != nil {
		t.Fatal(err)
	}
}

func TestSameSourceGivesTheSameBytes(t *testing.T) {
	files := map[string]string{"lambdas/cart/main.go": empty}
	one := options(repository(t, files))
	build(t, one, "cart")

	t.Setenv("GOFLAGS", "-gcflags=-N")
	t.Setenv("GOTOOLCHAIN", "local")
	t.Setenv("CGO_ENABLED", "1")
	two := options(repository(t, files))
	build(t, two, "cart")

	if !bytes.Equal(cart(t, one), cart(t, two)) {
		t.Error("another folder and another environment give other bytes")
	}
}

func TestBuildIsForTheTargetByTheToolchainOfGoMod(t *testing.T) {
	o := options(repository(t, map[string]string{"lambdas/cart/main.go": empty}))
	o.Target = Lambda
	build(t, o, "cart")

	info, err := buildinfo.ReadFile(filepath.Join(o.Out, "cart", "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	if info.GoVersion != runtime.Version() {
		t.Errorf("built by %s", info.GoVersion)
	}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	for key, want := range map[string]string{
		"GOOS": "linux", "GOARCH": "arm64", "CGO_ENABLED": "0",
		"-trimpath": "true", "-tags": "lambda.norpc", "vcs.revision": "",
	} {
		if settings[key] != want {
			t.Errorf("%s is %q, want %q", key, settings[key], want)
		}
	}
}

// TestBuildInsistsOnTheToolchain names one that does not exist: without the
// network, only a go that insists on it fails.
func TestBuildInsistsOnTheToolchain(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOTOOLCHAIN", "local")
	o := options(repository(t, map[string]string{"lambdas/cart/main.go": empty}))
	write(t, o.Root, "go.mod", "module example\n\ngo 1.26\n\ntoolchain go1.26.999\n")
	if err := Build(t.Context(), o, "cart"); err == nil || !strings.Contains(err.Error(), "go1.26.999") {
		t.Error("built by another toolchain: ", err)
	}
}

func TestToolchain(t *testing.T) {
	for _, test := range []struct{ name, mod, want string }{
		{"the toolchain line", "module m\n\ngo 1.26.0\n\ntoolchain go1.26.8\n", "go1.26.8"},
		{"else the go line", "module m\n\ngo 1.26.8\n", "go1.26.8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, "go.mod", test.mod)
			if got, err := toolchain(root); got != test.want || err != nil {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestOnlyWhatChangedIsBuiltAgain(t *testing.T) {
	o := options(repository(t, map[string]string{
		"lambdas/cart/main.go":   empty,
		"lambdas/search/main.go": empty,
	}))
	build(t, o, "cart", "search")
	before, search := cart(t, o), linkedAt(t, o, "search")

	write(t, o.Root, "lambdas/cart/main.go", "package main\n\nfunc main() { println(\"changed\") }\n")
	build(t, o, "cart", "search")

	if bytes.Equal(before, cart(t, o)) {
		t.Error("the handler that changed is the one from before")
	}
	if !os.SameFile(search, linkedAt(t, o, "search")) {
		t.Error("the handler that did not change was linked again")
	}
}

// linkedAt gives the file that a handler was linked to: another file, once it is
// linked again.
func linkedAt(t *testing.T, o Options, name string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(filepath.Join(o.Out, name, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestCompileErrorShowsTheCompilersLines(t *testing.T) {
	o := options(repository(t, map[string]string{"lambdas/search/main.go": broken}))
	err := Build(t.Context(), o, "search")

	want := "handler \"search\" does not compile:\n# example/lambdas/search\nlambdas/search/main.go:3:15: undefined: undefined"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	var failure *CompileError
	if !errors.As(err, &failure) || cmp.Diff([]string{"search"}, failure.Names) != "" {
		t.Errorf("%#v", err)
	}
}

func TestFailedBuildChangesNoBootstrap(t *testing.T) {
	o := options(repository(t, map[string]string{
		"lambdas/cart/main.go":   empty,
		"lambdas/search/main.go": empty,
	}))
	build(t, o, "cart", "search")
	before := cart(t, o)

	write(t, o.Root, "lambdas/cart/main.go", "package main\n\nfunc main() { println(\"changed\") }\n")
	write(t, o.Root, "lambdas/search/main.go", broken)
	if err := Build(t.Context(), o, "cart", "search"); err == nil {
		t.Fatal("search compiles")
	}
	if !bytes.Equal(before, cart(t, o)) {
		t.Error("cart has changed")
	}
}

func TestCancelledBuildSaysSo(t *testing.T) {
	o := options(repository(t, map[string]string{"lambdas/cart/main.go": empty}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Build(ctx, o, "cart"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestDiscover(t *testing.T) {
	root := repository(t, map[string]string{
		"lambdas/search/main.go":           empty,
		"lambdas/cart/cart.go":             "package main\n",
		"lambdas/cart/main.go":             empty,
		"lambdas/broken/main.go":           "pakage main\n",
		"lambdas/internal/problem/main.go": empty,
		"lambdas/prices/prices.go":         "package prices\n",
		"lambdas/prices/main_test.go":      "package main\n",
		"lambdas/README.md":                "",
	})
	names, err := Discover(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"broken", "cart", "search"}, names); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

func TestWhatIsNoHandlerIsNamed(t *testing.T) {
	o := options(repository(t, map[string]string{
		"lambdas/cart/main.go":     empty,
		"lambdas/search/main.go":   empty,
		"lambdas/prices/prices.go": "package prices\n",
		"lambdas/notes":            "",
	}))
	for _, test := range []struct{ name, want string }{
		{"crat", `handler "crat" has no folder lambdas/crat: make it, with a main package, or name one of cart, search`},
		{"notes", `handler "notes" has no folder lambdas/notes: make it, with a main package, or name one of cart, search`},
		{"prices", `handler "prices": lambdas/prices holds no main package, and a handler is a program`},
		{"../cart", `handler "../cart" is not a name: want that of a folder in lambdas/`},
		{"", `handler "" is not a name: want that of a folder in lambdas/`},
	} {
		t.Run(test.name, func(t *testing.T) {
			handler := NewHandlers(t.Context(), o).Handler(test.name)
			if _, err := handler.Source(); err == nil || err.Error() != test.want {
				t.Errorf("Source: got %v\nwant %s", err, test.want)
			}
			if _, err := handler.Compiled(); err == nil || err.Error() != test.want {
				t.Errorf("Compiled: got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestBrokenHandlerStopsOnlyItself(t *testing.T) {
	for _, test := range []struct{ name, broken string }{
		{"does not type-check", broken},
		{"does not parse", "package main\n\nfunc main( {}\n"},
		{"has no package clause", "func main() {}\n"},
		{"imports what is not there", "package main\n\nimport _ \"example/gone\"\n\nfunc main() {}\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options(repository(t, map[string]string{
				"lambdas/cart/main.go":   empty,
				"lambdas/search/main.go": test.broken,
			}))
			handlers := NewHandlers(t.Context(), o)

			dir, err := handlers.Handler("cart").Compiled()
			if err != nil {
				t.Error("cart: ", err)
			}
			if diff := cmp.Diff([]string{"bootstrap"}, list(t, dir)); diff != "" {
				t.Error("cart's folder (-want +got):\n", diff)
			}
			_, err = handlers.Handler("search").Compiled()
			if err == nil || !strings.HasPrefix(err.Error(), `handler "search" does not compile:`) || !strings.Contains(err.Error(), "lambdas/search/main.go:") {
				t.Error("search: ", err)
			}
		})
	}
}

// TestHandlersAreCompiledTogether replaces a handler that nothing has asked for
// by one that does not compile, after another was asked for.
func TestHandlersAreCompiledTogether(t *testing.T) {
	o := options(repository(t, map[string]string{
		"lambdas/cart/main.go":   empty,
		"lambdas/search/main.go": empty,
	}))
	handlers := NewHandlers(t.Context(), o)
	if _, err := os.Stat(o.Out); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was compiled before a function asked: ", err)
	}
	if _, err := handlers.Handler("cart").Compiled(); err != nil {
		t.Fatal(err)
	}
	write(t, o.Root, "lambdas/search/main.go", broken)
	if _, err := handlers.Handler("search").Compiled(); err != nil {
		t.Error("search was not compiled with cart: ", err)
	}
}

func TestPlaceholderIsStable(t *testing.T) {
	one, two := NewPlaceholders(t.TempDir()), NewPlaceholders(t.TempDir())
	read := func(handlers *Handlers, name string) string {
		dir, err := handlers.Handler(name).Compiled()
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if read(one, "cart") != read(two, "cart") {
		t.Error("a handler's placeholder differs")
	}
	if read(one, "cart") == read(one, "search") {
		t.Error("two handlers have the same placeholder")
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
