package lambda

import (
	"os"
	"runtime"
)

// starter starts processes from one operating-system thread that lives as long
// as the service. Where the kernel ends a process with its parent (see
// processAttributes), that means the thread which started it: any other of
// Go's threads may end at any time.
type starter struct {
	requests chan startRequest
	done     chan struct{}
}

type startRequest struct {
	path       string
	arguments  []string
	attributes *os.ProcAttr
	started    chan startedProcess
}

type startedProcess struct {
	process *os.Process
	err     error
}

func newStarter() *starter {
	s := &starter{requests: make(chan startRequest), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *starter) run() {
	defer close(s.done)
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	for r := range s.requests {
		p, err := os.StartProcess(r.path, r.arguments, r.attributes)
		r.started <- startedProcess{p, err}
	}
}

func (s *starter) start(path string, attributes *os.ProcAttr) (*os.Process, error) {
	started := make(chan startedProcess, 1)
	s.requests <- startRequest{path, []string{path}, attributes, started}
	p := <-started
	return p.process, p.err
}

// close ends the thread. Every process must have ended before.
func (s *starter) close() {
	close(s.requests)
	<-s.done
}
