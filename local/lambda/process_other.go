//go:build unix && !linux

package lambda

import (
	"errors"
	"os"
	"syscall"
)

// processAttributes put a handler's process into a group of its own, so that
// Ctrl-C in a terminal reaches the runner alone and what the handler starts
// ends with it. When the runner is killed, its listeners close with it, and
// aws-lambda-go exits when it answers or asks for the next event. Only a
// handler that never returns outlives the runner here.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// openMemory says that this system has no file that tells a process's memory.
func openMemory(int) (*os.File, error) {
	return nil, errors.ErrUnsupported
}

// peakMemory is never called here.
func peakMemory(*os.File) int { return 0 }
