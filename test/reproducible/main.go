// Command reproducible proves that the handlers and the layers build byte for
// byte the same: it makes all of them twice, from two copies of the source in
// two folders, each with an empty build cache, and compares the results. It
// imports no CDK and nothing imports it.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"annex/stacks/bundle"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	names, err := bundle.Discover(".")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "annex-reproducible-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	layers, err := filepath.Glob("lambdas/layers/*")
	if err != nil {
		return err
	}
	var builds [2]map[string][sha256.Size]byte
	for i, place := range []string{"one", "a/longer/path/to/two"} {
		if builds[i], err = build(ctx, filepath.Join(dir, place), names, layers); err != nil {
			return err
		}
	}
	for _, name := range append(names, layers...) {
		if builds[0][name] != builds[1][name] {
			return fmt.Errorf("%s: two builds of the same source differ", name)
		}
		fmt.Printf("%-24s %x\n", name, builds[0][name])
	}
	return nil
}

// build copies what git tracks to the folder, and compiles the handlers and
// archives the layers there.
func build(ctx context.Context, folder string, names, layers []string) (map[string][sha256.Size]byte, error) {
	root := filepath.Join(folder, "source")
	if err := copySource(ctx, root); err != nil {
		return nil, err
	}
	// A cache of its own, so that nothing comes from the other build.
	if err := os.Setenv("GOCACHE", filepath.Join(folder, "cache")); err != nil {
		return nil, err
	}
	out := filepath.Join(folder, "out")
	if err := bundle.Build(ctx, bundle.Options{Root: root, Out: out, Target: bundle.Lambda}, names...); err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, name := range names {
		files[name] = filepath.Join(out, name, "bootstrap")
	}
	for _, layer := range layers {
		files[layer] = filepath.Join(out, layer+".zip")
		if err := bundle.Archive(files[layer], filepath.Join(root, layer)); err != nil {
			return nil, err
		}
	}
	sums := map[string][sha256.Size]byte{}
	for name, file := range files {
		data, err := os.ReadFile(file) //nolint:gosec // what was just built
		if err != nil {
			return nil, err
		}
		sums[name] = sha256.Sum256(data)
	}
	return sums, nil
}

func copySource(ctx context.Context, root string) error {
	if err := os.MkdirAll(root, 0o750); err != nil {
		return err
	}
	files, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard",
		"go.mod", "go.sum", "lambdas").Output()
	if err != nil {
		return fmt.Errorf("listing the handlers' source with git: %w", err)
	}
	for name := range bytes.SplitSeq(bytes.TrimSuffix(files, []byte{0}), []byte{0}) {
		data, err := os.ReadFile(string(name))
		if err != nil {
			return err
		}
		to := filepath.Join(root, string(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o600); err != nil { //nolint:gosec // a temporary folder
			return err
		}
	}
	return nil
}
