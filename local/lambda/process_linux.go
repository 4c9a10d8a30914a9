package lambda

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// processAttributes put a handler's process into a group of its own, so that
// Ctrl-C in a terminal reaches the runner alone and what the handler starts
// ends with it, and have the kernel kill it when the runner dies.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// openMemory opens what peakMemory reads.
func openMemory(pid int) (*os.File, error) {
	return os.Open("/proc/" + strconv.Itoa(pid) + "/status")
}

// peakMemory is the most memory that a process has held, in MiB. It is zero
// once the process has ended.
func peakMemory(status *os.File) int {
	var text [4096]byte
	n, _ := status.ReadAt(text[:], 0) // what is missing is not found below
	_, value, _ := bytes.Cut(text[:n], []byte("\nVmHWM:"))
	value, _, found := bytes.Cut(value, []byte(" kB"))
	if !found {
		return 0
	}
	kib, _ := strconv.Atoi(string(bytes.TrimSpace(value)))
	return (kib + 1023) / 1024
}
