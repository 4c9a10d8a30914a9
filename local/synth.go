package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// synthError says that the stacks do not synthesize.
type synthError struct{ output string }

// Error is what the compiler or the app printed, without what the CDK's command
// line says of how the app ended.
func (e *synthError) Error() string {
	var lines []string
	for line := range strings.Lines(e.output) {
		if !strings.Contains(line, ": Subprocess exited with error ") {
			lines = append(lines, strings.TrimPrefix(line, "annex: "))
		}
	}
	return strings.TrimSpace(strings.Join(lines, ""))
}

// synthesize makes the cloud assembly anew, by the commands of `make run`, in a
// folder beside the one that is served.
func (s *system) synthesize(ctx context.Context) (folder string, err error) {
	o := s.options
	root, err := filepath.Abs(o.root)
	if err != nil {
		return "", fmt.Errorf("synthesizing: %w", err)
	}
	current, err := filepath.Abs(o.assembly)
	if err != nil {
		return "", fmt.Errorf("synthesizing: %w", err)
	}
	// Beside it, so that renaming it is enough; a hidden folder is not watched.
	folder = filepath.Join(filepath.Dir(current), "."+filepath.Base(current)+".next")
	// What the commands leave behind when they are killed is removed with it.
	temp, err := os.MkdirTemp("", "synth-")
	if err != nil {
		return "", fmt.Errorf("synthesizing: %w", err)
	}
	defer os.RemoveAll(temp) //nolint:errcheck // what stays, stays among temporary files
	tools := filepath.Join(root, "node_modules", ".bin")
	environment := append(os.Environ(), "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"), "TMPDIR="+temp)
	if err := os.RemoveAll(folder); err != nil {
		return "", fmt.Errorf("synthesizing: %w", err)
	}
	for _, c := range [][]string{
		{"go", "build", "-o", filepath.Join("bin", "annex"), "."},
		{filepath.Join(tools, "cdk"), "synth", "--quiet", "-c", "stage=" + o.stage, "--output", folder},
	} {
		output, err := command(ctx, root, environment, c[0], c[1:]...)
		switch {
		case err == nil:
		case ctx.Err() == nil && errors.As(err, new(*exec.ExitError)):
			return folder, &synthError{output}
		default:
			return folder, fmt.Errorf("synthesizing: running %s: %w", filepath.Base(c[0]), err)
		}
	}
	return folder, nil
}

// replaceAssembly puts the folder in the place of the cloud assembly.
func (s *system) replaceAssembly(folder string) error {
	old := strings.TrimSuffix(folder, ".next") + ".last"
	// In the end there is one, whatever was there of the others.
	_ = os.RemoveAll(old)
	if err := os.Rename(s.options.assembly, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("keeping the synthesized stacks: %w", err)
	}
	if err := os.Rename(folder, s.options.assembly); err != nil {
		return fmt.Errorf("keeping the synthesized stacks: %w", err)
	}
	return os.RemoveAll(old)
}
