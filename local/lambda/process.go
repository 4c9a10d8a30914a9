package lambda

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// process is one process of a handler, with the Runtime API that it alone
// talks to.
type process struct {
	environment *environment
	started     time.Time
	os          *os.Process
	listener    net.Listener
	output      *output
	serving     sync.WaitGroup // goroutines of listener, connections and output
	done        chan struct{}  // closed once all of it has ended

	// Guarded by the environment's mutex.
	limit     *time.Timer // of the init phase; nil when it has none
	limited   bool        // the init phase took too long
	initError *failure    // what the runtime posted about its init
	waiting   *connection // on which it asked for an event
	extension bool        // it asked for a notice of its end
	memory    *os.File    // nil until it is measured
	peak      int         // memory in MiB

	mu          sync.Mutex
	connections map[*connection]struct{} // nil once the process has ended
}

// startProcess starts the environment's handler. Its error is the system's own
// where the handler could not be run.
func startProcess(e *environment) (*process, error) {
	p := &process{
		environment: e,
		started:     time.Now(),
		done:        make(chan struct{}),
		connections: map[*connection]struct{}{},
	}
	if err := p.start(); err != nil {
		p.close()
		return nil, err
	}
	e.pool.service.ended.Add(1)
	p.serving.Go(p.accept)
	p.serving.Go(p.output.run)
	go p.wait()
	return p, nil
}

func (p *process) start() (err error) {
	e := p.environment
	if e.temp == "" {
		if e.temp, err = os.MkdirTemp(e.pool.service.options.TempDir, e.pool.function.Name+"-"); err != nil {
			return fmt.Errorf("making a folder for temporary files: %w", err)
		}
	}
	if p.listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("serving the Runtime API: %w", err)
	}
	write, err := p.openOutput()
	if err != nil {
		return fmt.Errorf("reading logs: %w", err)
	}
	defer write.Close() //nolint:errcheck // the process has its own
	input, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer input.Close() //nolint:errcheck // only read

	binary := e.pool.binary
	p.os, err = e.pool.service.starter.start(binary, &os.ProcAttr{
		Dir:   filepath.Dir(binary), // what /var/task is on AWS
		Env:   e.variables(p.listener.Addr().String()),
		Files: []*os.File{input, write, write},
		Sys:   processAttributes(),
	})
	return err
}

// openOutput makes the pipe for the process's logs and returns its end.
func (p *process) openOutput() (*os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.output, err = newOutput(read, func(requestID, line string) { p.environment.log(requestID, line, false) })
	if err != nil {
		_ = read.Close()
		_ = write.Close()
		return nil, err
	}
	return write, nil
}

// wait waits for the process and ends everything that serves it.
func (p *process) wait() {
	defer p.environment.pool.service.ended.Done()
	state, err := p.os.Wait()
	p.kill() // what it started
	p.output.drain()
	p.environment.exited(p, exitFailure(state, err))
	p.close()
	p.serving.Wait()
	close(p.done)
}

func (p *process) close() {
	if p.output != nil {
		p.output.close()
	}
	if p.listener != nil {
		_ = p.listener.Close()
	}
	if p.memory != nil {
		_ = p.memory.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.connections {
		_ = c.Close()
	}
	p.connections = nil
}

// exitFailure describes the end of a process as Lambda does.
func exitFailure(state *os.ProcessState, err error) failure {
	how := failure{kind: "Runtime.ExitError"}
	switch {
	case err != nil:
		how.message = "Runtime exited with error: " + err.Error()
	case state.Success():
		how.message = "Runtime exited without providing a reason"
	default:
		how.message = "Runtime exited with error: " + state.String()
	}
	return how
}

// initFailure is why the process ended before it asked for an event, if it was
// not its exit.
func (p *process) initFailure(exit failure) failure {
	switch {
	case p.initError != nil:
		return *p.initError
	case p.limited:
		return failure{kind: timedOut}
	}
	return exit
}

// kill ends the process and what it started.
func (p *process) kill() {
	_ = syscall.Kill(-p.os.Pid, syscall.SIGKILL) // an error means that all have ended
}

// shutdownNotice is the time from SIGTERM to SIGKILL ("Lambda execution
// environment lifecycle", shutdown phase: a function with an internal
// extension).
const shutdownNotice = 500 * time.Millisecond

// shutDown ends the process, after a notice if it asked for one, and waits.
func (p *process) shutDown(notice bool) {
	if notice && p.os.Signal(syscall.SIGTERM) == nil {
		timer := time.NewTimer(shutdownNotice)
		defer timer.Stop()
		select {
		case <-p.done:
		case <-timer.C:
		}
	}
	p.kill()
	<-p.done
}

// measure is the most memory that the process has held, in MiB, or zero if the
// system does not tell.
func (p *process) measure() int {
	if p.memory == nil {
		file, err := openMemory(p.os.Pid)
		if err != nil {
			return 0
		}
		p.memory = file
	}
	p.peak = max(p.peak, peakMemory(p.memory))
	return p.peak
}
