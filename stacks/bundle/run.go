package bundle

import (
	"context"
	"os/exec"
)

// Run runs a command that was made for the context. The context's end kills it
// with all that it started, and Run returns when they have ended. Local mode
// synthesizes with it, too.
func Run(ctx context.Context, cmd *exec.Cmd) error {
	if ctx.Done() != nil {
		endTogether(cmd)
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		awaitGroup(cmd)
	}
	return err
}
