package main

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"annex/local/watch"
)

// change is what an edit makes old.
type change struct {
	stacks   bool     // they are to be synthesized again, and all handlers compiled
	every    bool     // every handler is to be compiled again
	handlers []string // these are
}

func (c change) any() bool { return c.stacks || c.every || len(c.handlers) > 0 }

// changed says what an edit of a path of the repository makes old, where there
// are these handlers. A path that is not known to be without effect may be
// anything: a package of the stacks, or the folder of a site.
func changed(file string, handlers []string) change {
	if file == watch.Everything {
		return change{stacks: true}
	}
	below, ok := strings.CutPrefix(file, "lambdas/")
	if !ok {
		return change{stacks: file != "lambdas", every: file == "lambdas"}
	}
	name, _, _ := strings.Cut(below, "/")
	if slices.Contains(handlers, name) {
		return change{handlers: []string{name}}
	}
	if name == "layers" {
		return change{stacks: true} // they are archived at synth
	}
	return change{every: true} // what handlers share
}

// and is both changes.
func (c change) and(other change) change {
	handlers := append(slices.Clone(c.handlers), other.handlers...)
	slices.Sort(handlers)
	return change{c.stacks || other.stacks, c.every || other.every, slices.Compact(handlers)}
}

// names are the handlers of the plan that are to be compiled again.
func (c change) names(p plan) []string {
	return slices.DeleteFunc(p.handlers(), func(name string) bool { return !c.every && !slices.Contains(c.handlers, name) })
}

// withoutEffect are folders and files of the repository that nothing which is
// served comes from: what commands make, and what only developers read.
var withoutEffect = []string{
	"bin", "build", "cdk.out", "docs", "local", "local.secrets.json", "ops", "test",
	"Makefile", "package.json", "package-lock.json",
}

// ignoring says of paths below the repository's folder whether they are without
// effect. The runner's own folders are, wherever they are.
func ignoring(o options) func(file string) bool {
	var own []string
	for _, folder := range []string{o.assembly, o.state} {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			continue
		}
		if name, err := filepath.Rel(o.root, absolute); err == nil && filepath.IsLocal(name) {
			own = append(own, filepath.ToSlash(name))
		}
	}
	return func(file string) bool {
		first, rest, below := strings.Cut(file, "/")
		return slices.Contains(withoutEffect, first) || strings.HasPrefix(first, ".") ||
			!below && path.Ext(first) == ".md" ||
			slices.Contains(strings.Split(rest, "/"), "node_modules") || first == "node_modules" ||
			slices.ContainsFunc(own, func(name string) bool { return file == name || strings.HasPrefix(file, name+"/") }) ||
			isScratch(path.Base(file))
	}
}

// isScratch says whether a file is a test, or an editor's or a system's own.
func isScratch(name string) bool {
	return strings.HasSuffix(name, "_test.go") ||
		strings.HasSuffix(name, "~") || strings.HasPrefix(name, ".#") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") ||
		slices.Contains([]string{".swp", ".swo", ".swx"}, path.Ext(name)) ||
		strings.HasSuffix(name, "___jb_tmp___") || strings.HasSuffix(name, "___jb_old___") ||
		name == "4913" || name == ".DS_Store" // vim's try whether it may write, and the Finder's
}
