package bundle

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Handlers are the handlers of a repository, as the stacks take their
// functions' code from them. Nothing is compiled before a function asks.
type Handlers struct {
	// prepare makes the folder that holds the bootstrap of a handler.
	prepare func(name string) (dir string, err error)
	// source checks that a handler is there, and gives the folder of its source.
	source func(name string) (dir string, err error)
}

// NewHandlers gives the handlers below o.Root/lambdas, compiled as o says.
//
// The first function that asks has all of them compiled by one run of go
// build, for that costs little more than compiling one. Where that fails, each
// is compiled alone when a function asks for it, so that a handler that does
// not compile stops only the stacks that use it.
func NewHandlers(ctx context.Context, o Options) *Handlers {
	var names []string
	all := sync.OnceValue(func() (err error) {
		if names, err = Discover(o.Root); err != nil {
			return err
		}
		return Build(ctx, o, names...)
	})
	return &Handlers{
		prepare: func(name string) (string, error) {
			if err := all(); err != nil || !slices.Contains(names, name) {
				if err := Build(ctx, o, name); err != nil {
					return "", err
				}
			}
			return filepath.Join(o.Out, name), nil
		},
		source: func(name string) (string, error) {
			return filepath.Join(o.Root, lambdas, name), check(o.Root, name)
		},
	}
}

// NewPlaceholders gives handlers that are neither looked for nor compiled, for
// tests: each is a file below dir that holds nothing but the handler's name, so
// that what a test compares does not change with the handler's source.
func NewPlaceholders(dir string) *Handlers {
	prepare := func(name string) (string, error) {
		dir := filepath.Join(dir, name)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return "", fmt.Errorf("bundle: making a placeholder: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, "bootstrap"), []byte(name), 0o600); err != nil {
			return "", fmt.Errorf("bundle: making a placeholder: %w", err)
		}
		return dir, nil
	}
	return &Handlers{prepare: prepare, source: prepare}
}

// Handler names the handler in lambdas/<name>.
func (h *Handlers) Handler(name string) Handler { return Handler{name: name, of: h} }

// Handler is the code of a function.
type Handler struct {
	name string
	of   *Handlers
}

// Beside is another handler of the same repository: what comes with a function
// and has code of its own.
func (h Handler) Beside(name string) Handler { return Handler{name: name, of: h.of} }

// Folder is the handler's folder relative to the root, with slashes:
// "lambdas/cart".
func (h Handler) Folder() string { return folder(h.name) }

// Source gives the folder of the handler's source, without compiling it. It
// fails where there is no such handler.
func (h Handler) Source() (dir string, err error) { return h.of.source(h.name) }

// Compiled gives a folder that holds the handler's bootstrap and nothing else,
// compiled from the source as it is now. It fails where there is no such
// handler, and where the handler does not compile.
func (h Handler) Compiled() (dir string, err error) { return h.of.prepare(h.name) }
