package lambda

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"syscall"
)

// output passes on what a process writes to its standard output and error, in
// whole lines.
//
// Lines belong to the invocation during which they were written, so before an
// invocation's END is logged everything that its process has written must have
// been read. A goroutine that reads may be behind. So reading does not block:
// the goroutine reads when there is something, and drain reads at once, in
// turns.
type output struct {
	file *os.File
	raw  syscall.RawConn
	emit func(requestID, line string)

	mu        sync.Mutex
	requestID string
	partial   []byte // of a line
	chunk     [4096]byte
}

// lineLimit is the size at which a line is broken, as CloudWatch Logs does
// with an event.
const lineLimit = 256 << 10

// drainLimit keeps a process that never stops writing from holding up drain.
// It is more than a pipe holds.
const drainLimit = 1 << 20

func newOutput(file *os.File, emit func(requestID, line string)) (*output, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &output{file: file, raw: raw, emit: emit}, nil
}

// run passes lines on until close, or until nobody can write any more.
func (o *output) run() {
	_ = o.raw.Read(func(fd uintptr) (done bool) { // an error means that it was closed
		for {
			switch o.read(fd) {
			case empty:
				return false
			case ended:
				return true
			}
		}
	})
}

// drain passes on what was written until now.
func (o *output) drain() {
	_ = o.raw.Control(func(fd uintptr) { o.read(fd) }) // an error means that it was closed
}

// begin says that what comes is written in an invocation.
func (o *output) begin(requestID string) {
	o.drain()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush()
	o.requestID = requestID
}

// end says that the invocation is over.
func (o *output) end() {
	o.begin("")
}

func (o *output) close() {
	o.end()
	_ = o.file.Close() // nothing was written to it
}

// remainder is what a read leaves behind.
type remainder int

const (
	more  remainder = iota // perhaps
	empty                  // for now
	ended                  // nobody can write any more
)

// read passes on what there is, up to drainLimit.
func (o *output) read(fd uintptr) remainder {
	o.mu.Lock()
	defer o.mu.Unlock()
	for total := 0; total < drainLimit; {
		n, err := syscall.Read(int(fd), o.chunk[:])
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return empty
		case err != nil || n == 0:
			return ended
		default:
			total += n
			o.add(o.chunk[:n])
		}
	}
	return more
}

func (o *output) add(text []byte) {
	for {
		line, rest, found := bytes.Cut(text, []byte("\n"))
		o.partial = append(o.partial, line...)
		if !found {
			if len(o.partial) >= lineLimit {
				o.flush()
			}
			return
		}
		o.line()
		text = rest
	}
}

// flush passes on a line that has no end yet.
func (o *output) flush() {
	if len(o.partial) > 0 {
		o.line()
	}
}

func (o *output) line() {
	o.emit(o.requestID, string(bytes.TrimSuffix(o.partial, []byte("\r"))))
	o.partial = o.partial[:0]
}
