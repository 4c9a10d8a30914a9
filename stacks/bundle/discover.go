package bundle

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// lambdas is the folder of the handlers, below the root.
const lambdas = "lambdas"

// folder gives a handler's folder relative to the root, with slashes.
func folder(name string) string { return path.Join(lambdas, name) }

// Discover lists the handlers of the repository at root: the names of the
// folders directly below root/lambdas that hold a main package, sorted.
func Discover(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, lambdas))
	if err != nil {
		return nil, fmt.Errorf("bundle: listing the handlers: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		main, err := holdsMain(filepath.Join(root, lambdas, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("bundle: listing the handlers: %w", err)
		}
		if main {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// holdsMain reports whether a Go file in dir, other than a test, is of package
// main. A file whose first lines are beyond parsing may be: the compiler will
// say what is wrong with it.
func holdsMain(dir string) (bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(files, func(file string) bool {
		if strings.HasSuffix(file, "_test.go") {
			return false
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
		return err != nil || parsed.Name.Name == "main"
	}), nil
}

// check says what is missing where name is not a handler's.
func check(root, name string) error {
	if name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return fmt.Errorf("handler %q is not a name: want that of a folder in %s/", name, lambdas)
	}
	dir := filepath.Join(root, lambdas, name)
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return fmt.Errorf("handler %q has no folder %s: make it, with a main package, or name one of %s",
			name, folder(name), known(root))
	}
	if err != nil {
		return fmt.Errorf("handler %q: %w", name, err)
	}
	main, err := holdsMain(dir)
	if err != nil {
		return fmt.Errorf("handler %q: %w", name, err)
	}
	if !main {
		return fmt.Errorf("handler %q: %s holds no main package, and a handler is a program", name, folder(name))
	}
	return nil
}

func known(root string) string {
	names, err := Discover(root)
	if err != nil || len(names) == 0 {
		return "none there yet"
	}
	return strings.Join(names, ", ")
}
