package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"annex/local/assembly"
	"annex/local/lambda"
	"annex/stacks/bundle"
)

// nothing is the smallest handler: what every handler has in it, and no more.
const nothing = `package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() {}) }
`

// start measures what a cold start adds to a request: for each handler, its
// size as it is deployed, and its init phase as local mode times it, from the
// start of its process to its first call for work. Both stand beside the
// smallest handler's.
func start(ctx context.Context, w workplace) ([]row, error) {
	const starts = 41
	functions, err := handlersOf(w.cloud, filepath.Join(w.dir, "layers"))
	if err != nil {
		return nil, err
	}
	smallest, err := measured(ctx, filepath.Join(w.dir, "smallest"), lambda.Function{Name: "smallest", Folder: "lambdas/smallest"})
	if err != nil {
		return nil, err
	}
	all := []*handler{smallest}
	for _, f := range functions {
		h, err := measured(ctx, ".", f)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	for range starts { // in turns, so that they meet the same machine
		for _, h := range all {
			if err := h.start(ctx, w.dir); err != nil {
				return nil, err
			}
		}
	}
	const beside = "the smallest handler"
	var rows []row
	for _, h := range all[1:] {
		rows = append(rows,
			row{"init of " + h.function.Name, h.median(), starts, beside, smallest.median()},
			row{"size of " + h.function.Name + ", as it is deployed", h.size, 1, beside, smallest.size})
	}
	return rows, nil
}

// handlersOf are the handlers of lambdas/, each as the first function that runs
// it in the assembly, or as one without any variables of its own. Their layers
// are extracted into the folder.
func handlersOf(cloud, layers string) ([]lambda.Function, error) {
	a, err := assembly.Read(cloud)
	if err != nil {
		return nil, err
	}
	deployed, _, err := lambda.Read(a)
	if err != nil {
		return nil, err
	}
	if deployed, err = (lambda.Layers{Dir: layers}).Lead(deployed); err != nil {
		return nil, err
	}
	names, err := bundle.Discover(".")
	if err != nil {
		return nil, err
	}
	var functions []lambda.Function
	for _, name := range names {
		f := lambda.Function{Name: name, Folder: "lambdas/" + name}
		at := slices.IndexFunc(deployed, func(d lambda.Function) bool { return d.Folder == f.Folder })
		if at >= 0 {
			f.Environment, f.LogFormat = deployed[at].Environment, deployed[at].LogFormat
		}
		functions = append(functions, f)
	}
	return functions, nil
}

// handler is one that is measured.
type handler struct {
	function lambda.Function
	binary   string // for this machine
	size     quantity
	inits    []time.Duration
}

// measured compiles the function's handler in the module at root, which it
// makes where it is another than this.
func measured(ctx context.Context, root string, f lambda.Function) (*handler, error) {
	name := path.Base(f.Folder)
	if root != "." {
		if err := writeModule(root, name); err != nil {
			return nil, err
		}
	}
	build := func(target bundle.Target) (string, error) {
		out := filepath.Join(root, "build", "bench", target.OS+"-"+target.Arch)
		return filepath.Join(out, name, "bootstrap"), bundle.Build(ctx, bundle.Options{Root: root, Out: out, Target: target}, name)
	}
	deployed, err := build(bundle.Lambda)
	if err != nil {
		return nil, err
	}
	binary, err := build(bundle.Host())
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(deployed)
	if err != nil {
		return nil, err
	}
	f.ARN = "arn:aws:lambda:eu-west-1:123456789012:function:" + f.Name
	f.Region, f.Timeout = "eu-west-1", 10*time.Second
	return &handler{function: f, binary: binary, size: megabytes(info.Size())}, nil
}

func writeModule(root, name string) error {
	folder := filepath.Join(root, "lambdas", name)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(file) //nolint:gosec // this module's own
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, file), data, 0o600); err != nil { //nolint:gosec // a temporary folder
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "main.go"), []byte(nothing), 0o600)
}

// start starts the handler in an environment of its own, for a call that keeps
// functions warm: whatever a handler answers it, it has been started.
func (h *handler) start(ctx context.Context, temp string) error {
	service := lambda.New([]lambda.Function{h.function}, lambda.Options{
		Binary:  func(lambda.Function) (string, error) { return filepath.Abs(h.binary) },
		TempDir: temp,
		Environment: func(lambda.Function) map[string]string {
			return map[string]string{
				"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
				"AWS_ENDPOINT_URL": "http://127.0.0.1:1", // where nobody answers: a start asks nobody
			}
		},
	})
	defer service.Close()
	result, err := service.Invoke(ctx, h.function.ARN, []byte(`{"annexWarm":{"holdMilliseconds":0}}`))
	if err != nil {
		return fmt.Errorf("starting %s: %w", h.function.Name, err)
	}
	if result.Init == 0 {
		return fmt.Errorf("%s does not start: %s", h.function.Name, result.Payload)
	}
	h.inits = append(h.inits, result.Init)
	return nil
}

func (h *handler) median() took {
	times := slices.Sorted(slices.Values(h.inits))
	return took(times[len(times)/2])
}

// megabytes are bytes.
type megabytes int64

func (m megabytes) size() float64 { return float64(m) }

func (m megabytes) String() string { return fmt.Sprintf("%.1f MB", float64(m)/1e6) }
