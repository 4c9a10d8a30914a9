// Package bundle compiles the Lambda handlers below lambdas/, one folder a
// handler, into the bootstrap files that the provided.al2023 runtime starts.
//
// The stacks take their functions' code from it, compiled for AWS, and local/
// runs what it compiles for this machine. It imports no CDK.
package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Target is the system that a handler is compiled for, in the words of GOOS
// and GOARCH.
type Target struct{ OS, Arch string }

// Lambda is the target of the functions that are deployed: arm64, which costs
// a fifth less than x86_64 for the same memory and time.
var Lambda = Target{OS: "linux", Arch: "arm64"}

// Host is the machine that this program runs on.
func Host() Target { return Target{OS: runtime.GOOS, Arch: runtime.GOARCH} }

// Options say what Build reads, and where it writes.
type Options struct {
	// Root is the folder of go.mod. Required.
	Root string
	// Out receives <name>/bootstrap for each handler. Keep it between builds:
	// a handler that is up to date there is not linked again. Required.
	Out string
	// Target is the system that the handlers run on. Required.
	Target Target
}

// Build compiles the named handlers by one run of go build, and lays each out
// as Out/<name>/bootstrap. The same source gives the same bytes on every
// machine, so that a function which did not change is not deployed again.
//
// Where a handler does not compile, it returns a *CompileError, and every
// bootstrap in Out is the one that was there before.
func Build(ctx context.Context, o Options, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if err := check(o.Root, name); err != nil {
			return err
		}
	}
	// go build names a binary after its package's folder. The binaries stay
	// where it put them: it looks there for what is still up to date.
	linked, err := filepath.Abs(filepath.Join(o.Out, ".linked"))
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if err := os.MkdirAll(linked, 0o750); err != nil {
		return fmt.Errorf("bundle: making the folder for the handlers: %w", err)
	}
	if err := compile(ctx, o, linked, names); err != nil {
		return err
	}
	for _, name := range names {
		if err := layOut(filepath.Join(linked, name), filepath.Join(o.Out, name)); err != nil {
			return fmt.Errorf("bundle: laying out handler %q: %w", name, err)
		}
	}
	return nil
}

func compile(ctx context.Context, o Options, linked string, names []string) error {
	toolchain, err := toolchain(o.Root)
	if err != nil {
		return err
	}
	args := []string{
		"build", "-o", linked + string(filepath.Separator),
		"-trimpath",             // no folder of this machine in the binary
		"-buildvcs=false",       // nor the commit: each would give every function a new version
		"-tags", "lambda.norpc", // without the protocol of the retired go1.x runtime
		"-ldflags", "-s -w", // without symbols and DWARF: a third smaller, and sooner started
	}
	for _, name := range names {
		args = append(args, "./"+folder(name))
	}
	// go build removes its own temporary folder, but not when a signal ends it.
	temp, err := os.MkdirTemp("", "bundle-")
	if err != nil {
		return fmt.Errorf("bundle: making a folder for temporary files: %w", err)
	}
	defer os.RemoveAll(temp)                       //nolint:errcheck // what stays, stays among temporary files
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are folders of lambdas/
	cmd.Dir = o.Root
	cmd.Env = append(os.Environ(),
		"GOOS="+o.Target.OS,
		"GOARCH="+o.Target.Arch,
		"CGO_ENABLED=0", // no C library of this machine
		// What a developer has set for other work. Only what is not empty
		// overrides `go env -w`.
		"GOFLAGS=-trimpath", "GOAMD64=v1", "GOARM64=v8.0",
		"GOTOOLCHAIN="+toolchain,
		"GOTMPDIR="+temp,
	)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err = Run(ctx, cmd)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("bundle: compiling the handlers: %w", ctx.Err())
	case errors.As(err, new(*exec.ExitError)):
		return &CompileError{Names: slices.Clone(names), Output: strings.TrimSpace(output.String())}
	default:
		return fmt.Errorf("bundle: compiling the handlers: running go build: %w", err)
	}
}

// toolchain gives exactly the toolchain that go.mod names, for another release
// of the compiler gives other bytes.
func toolchain(root string) (string, error) {
	file := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(file) //nolint:gosec // the repository's own file
	if err != nil {
		return "", fmt.Errorf("bundle: choosing the Go toolchain: %w", err)
	}
	mod, err := modfile.Parse(file, text, nil)
	switch {
	case err != nil:
		return "", fmt.Errorf("bundle: choosing the Go toolchain: %w", err)
	case mod.Toolchain != nil:
		return mod.Toolchain.Name, nil
	case mod.Go != nil:
		return "go" + mod.Go.Version, nil
	default:
		return "", fmt.Errorf("bundle: choosing the Go toolchain: %s has no go line", file)
	}
}

// layOut makes dir/bootstrap the file that was linked.
func layOut(linked, dir string) error {
	// In Lambda another user runs the file, whatever the umask here was.
	if err := os.Chmod(linked, 0o755); err != nil { //nolint:gosec // as said
		return err
	}
	built, err := os.Stat(linked)
	if err != nil {
		return err
	}
	bootstrap := filepath.Join(dir, "bootstrap")
	if there, err := os.Stat(bootstrap); err == nil && os.SameFile(built, there) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if err := os.Remove(bootstrap); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Link(linked, bootstrap)
}

// CompileError says that handlers do not compile.
type CompileError struct {
	Names  []string // what was compiled together; one of them, or more, failed
	Output string   // what go build printed
}

func (e *CompileError) Error() string {
	if len(e.Names) == 1 {
		return fmt.Sprintf("handler %q does not compile:\n%s", e.Names[0], e.Output)
	}
	return fmt.Sprintf("the handlers %s do not all compile:\n%s", strings.Join(e.Names, ", "), e.Output)
}
