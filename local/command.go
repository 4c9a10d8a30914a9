package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command runs a program with the environment, and gives what it printed. The
// context's end kills it with all that it started, and waits for them.
func command(ctx context.Context, dir string, environment []string, name string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, arguments...) //nolint:gosec // go and the CDK's command line
	cmd.Dir, cmd.Env = dir, environment
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if ctx.Err() != nil && cmd.Process != nil {
		// Orphans take a moment to end, and are not this program's to wait for.
		for limit := time.Now().Add(time.Second); syscall.Kill(-cmd.Process.Pid, 0) == nil && time.Now().Before(limit); {
			time.Sleep(time.Millisecond)
		}
		err = ctx.Err()
	}
	return strings.TrimSpace(output.String()), err
}
