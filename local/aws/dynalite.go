package aws

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed dynalite.js
var dynaliteScript string

//go:embed dynalite_transactions.js
var transactionsScript string

//go:embed dynalite_streams.js
var streamsScript string

const (
	// stopTimeout is how long dynalite may take to write its data and end.
	stopTimeout = 1200 * time.Millisecond

	// maxRestarts is how often dynalite is started again before it is left
	// ended: it then has a reason that starting it again does not remove.
	maxRestarts = 5

	// maxOutput is how much of what dynalite wrote is kept to say why it ended.
	maxOutput = 4 << 10
)

// dynalite is the process of dynalite, started again when it ends by itself.
type dynalite struct {
	node, module, data string
	region, account    string // what its ARNs begin with
	log                *log.Logger

	running context.Context //nolint:containedctx // ends with stop: close's order to watch
	stop    context.CancelFunc
	done    chan struct{} // closed when it has ended for good

	mu      sync.Mutex
	current *process // nil while it is not there
}

// start starts dynalite and waits until it listens.
func (d *dynalite) start(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(d.module, "package.json")); err != nil {
		return fmt.Errorf("dynalite is not in %s: run `make setup` (%w)", d.module, err)
	}
	// Node takes a path without a slash before it for the name of a package.
	module, err := filepath.Abs(d.module)
	if err != nil {
		return fmt.Errorf("start dynalite: %w", err)
	}
	d.module = module
	if err := os.MkdirAll(d.data, 0o750); err != nil {
		return fmt.Errorf("keep DynamoDB's data: %w", err)
	}
	p, err := d.launch(ctx)
	if err != nil {
		return err
	}
	d.running, d.stop = context.WithCancel(context.Background())
	d.done = make(chan struct{})
	d.set(p)
	go d.watch(p)
	return nil
}

// endpoint is where dynalite listens, or empty while it does not.
func (d *dynalite) endpoint() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current == nil {
		return ""
	}
	return d.current.url
}

func (d *dynalite) set(p *process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = p
}

// close ends dynalite with its data on disk, and returns when the process has
// ended. It may be called once, after a start that succeeded.
func (d *dynalite) close() {
	d.stop()
	<-d.done
}

// watch starts dynalite again when it ends by itself.
func (d *dynalite) watch(p *process) {
	defer close(d.done)
	for restarts := 0; p != nil; {
		d.set(p)
		select {
		case <-d.running.Done():
			p.end()
			return
		case <-p.ended:
		}
		d.set(nil)
		d.log.Print(p.failure)
		p = d.restart(&restarts)
	}
}

// restart returns nil where dynalite is to stay ended.
func (d *dynalite) restart(restarts *int) *process {
	for *restarts < maxRestarts {
		*restarts++
		d.log.Printf("starting dynalite again (%d of %d)", *restarts, maxRestarts)
		p, err := d.launch(d.running)
		if err == nil {
			return p
		}
		if d.running.Err() != nil {
			return nil
		}
		d.log.Print(err)
	}
	d.log.Printf("dynalite ended more than %d times: DynamoDB is gone until local mode is started again", maxRestarts)
	return nil
}

// process is one run of dynalite.
type process struct {
	url   string
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{} // closed when the process has ended

	failure error // why it ended, once it has
}

// end ends the process, by force if it does not end by itself.
func (p *process) end() {
	_ = p.stdin.Close() // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

func (d *dynalite) launch(ctx context.Context) (*process, error) {
	//nolint:gosec // the paths are the repository's own
	cmd := exec.Command(d.node, "-e", transactionsScript+streamsScript+dynaliteScript, d.module, d.data)
	cmd.Env = []string{"AWS_REGION=" + d.region, "AWS_ACCOUNT_ID=" + d.account}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start dynalite: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start dynalite: %w", err)
	}
	said := &tail{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start dynalite with %s: %w: run `make setup`", d.node, err)
	}
	p := &process{cmd: cmd, stdin: stdin, ended: make(chan struct{})}
	listening := make(chan string, 1)
	go func() {
		defer close(p.ended)
		lines := bufio.NewReader(stdout)
		first, _ := lines.ReadString('\n')
		listening <- strings.TrimSpace(first)
		_, _ = io.Copy(said, lines)
		p.failure = fmt.Errorf("dynalite ended: %s", said.reason(cmd.Wait()))
	}()
	select {
	case port := <-listening:
		if _, err := strconv.Atoi(port); err != nil {
			p.end()
			return nil, p.failure
		}
		p.url = "http://127.0.0.1:" + port
		return p, nil
	case <-ctx.Done():
		p.end()
		return nil, fmt.Errorf("start dynalite: %w", context.Cause(ctx))
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-maxOutput):]
	return len(p), nil
}

// reason is the line in which Node says why it ended, or else how it ended.
func (t *tail) reason(ended error) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range bytes.Lines(t.text) {
		// As in "TypeError: x is not a function".
		if kind, _, found := strings.Cut(string(line), ": "); found && strings.HasSuffix(kind, "Error") {
			return strings.Trim(string(line), "[{}] \n")
		}
	}
	if ended != nil {
		return ended.Error()
	}
	return "it gave no reason"
}
