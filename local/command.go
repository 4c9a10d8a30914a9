package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"

	"annex/stacks/bundle"
)

// command runs a program with the environment, and gives what it printed. The
// context's end kills it with all that it started, and waits for them.
func command(ctx context.Context, dir string, environment []string, name string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, arguments...) //nolint:gosec // go and the CDK's command line
	cmd.Dir, cmd.Env = dir, environment
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := bundle.Run(ctx, cmd)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return strings.TrimSpace(output.String()), err
}
