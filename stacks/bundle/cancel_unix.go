//go:build unix

package bundle

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// endTogether has the context's end kill the compilers that go build started
// too. It handles no signal, not even SIGINT (cmd/go does for go test and go
// run only), so one to it alone leaves them running. The group is not for a
// context that never ends: a terminal's Ctrl-C does not reach it.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	cmd.WaitDelay = time.Second
}

// awaitGroup waits until nothing is left of the command's process group, for
// no more than a second: a process that was killed takes a moment to end, and
// its orphans are not this program's to wait for.
func awaitGroup(cmd *exec.Cmd) {
	if cmd.Process == nil {
		return // it never started
	}
	for limit := time.Now().Add(time.Second); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		if syscall.Kill(-cmd.Process.Pid, 0) != nil {
			return
		}
	}
}
