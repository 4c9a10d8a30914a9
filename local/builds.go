package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"annex/stacks/bundle"
)

// builds are the handlers' compiled files. Each build that runs is a file of
// its own: an environment of the old code may start its process again while
// the new code is there.
type builds struct {
	root string // the repository
	out  string // where bundle puts its files
	kept string // where those are that run
	made int    // names them
}

// compile compiles handlers for this machine.
func (b *builds) compile(ctx context.Context, names ...string) error {
	return bundle.Build(ctx, bundle.Options{Root: b.root, Out: b.out, Target: bundle.Host()}, names...)
}

// compileEach compiles handlers, and where they do not all compile those that
// do. Failures are by the handlers' names.
func (b *builds) compileEach(ctx context.Context, names []string) (failures map[string]error) {
	failures = map[string]error{}
	if b.compile(ctx, names...) == nil {
		return failures
	}
	for _, name := range names {
		if err := b.compile(ctx, name); err != nil {
			failures[name] = err
		}
	}
	return failures
}

// take gives the files of the handlers that were compiled beside the last ones'.
// Of a handler whose code is the same, the file stays.
func (b *builds) take(last map[string]string, names []string) (map[string]string, error) {
	taken := maps.Clone(last)
	if taken == nil {
		taken = map[string]string{}
	}
	for _, name := range names {
		file := filepath.Join(b.out, name, "bootstrap")
		built, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("the compiled handler %s: %w", name, err)
		}
		if there, err := os.Stat(taken[name]); err == nil && os.SameFile(built, there) {
			continue
		}
		b.made++
		folder := filepath.Join(b.kept, fmt.Sprintf("%d", b.made), name)
		taken[name] = filepath.Join(folder, "bootstrap")
		if err := errors.Join(os.MkdirAll(folder, 0o750), os.Link(file, taken[name])); err != nil {
			return nil, fmt.Errorf("the compiled handler %s: %w", name, err)
		}
	}
	return taken, nil
}

// prune removes the files that are in neither, so that a day of edits does not
// fill the disk.
func (b *builds) prune(keep ...map[string]string) {
	folders, err := filepath.Glob(filepath.Join(b.kept, "*", "*"))
	if err != nil {
		return
	}
	for _, folder := range folders {
		used := func(code map[string]string) bool {
			return code[filepath.Base(folder)] == filepath.Join(folder, "bootstrap")
		}
		if !slices.ContainsFunc(keep, used) {
			_ = os.RemoveAll(folder)            // what stays, the next start removes
			_ = os.Remove(filepath.Dir(folder)) // where it is empty
		}
	}
}
