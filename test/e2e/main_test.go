// Package e2e starts the real programs, the CDK's command line and the local
// runner, and talks to them as a developer and a browser would.
package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"annex/stacks/bundle"
)

// patience is how long a test waits for a condition that should come at once.
const patience = 30 * time.Second

// shown is how many bytes of a runner's output a failed test shows, the last.
const shown = 64 << 10

// The shop as TestMain synthesized it: stage dev, and the runner that serves it.
var (
	root     string // the repository
	cloud    string // the cloud assembly of stage dev
	localBin string // the compiled runner
)

func TestMain(m *testing.M) {
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

func prepare(m *testing.M) (int, error) {
	var err error
	if root, err = filepath.Abs("../.."); err != nil {
		return 0, err
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules", ".bin", "cdk")); err != nil {
		return 0, fmt.Errorf("the end-to-end tests need the npm packages: run `make setup` first, or `make test` (%w)", err)
	}
	dir, err := os.MkdirTemp("", "annex-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	cloud = filepath.Join(dir, "cdk.out")
	localBin = filepath.Join(dir, "local")
	if out, err := cdk(root, "synth", "--quiet", "-c", "stage=dev", "--output", cloud); err != nil {
		return 0, fmt.Errorf("cdk synth: %w\n%s", err, out)
	}
	build := exec.Command("go", "build", "-o", localBin, "./local")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("compiling the runner: %w\n%s", err, out)
	}
	// The runner compiles the handlers for this machine. With an empty build
	// cache that takes longer than a test waits for it to be ready.
	handlers, err := bundle.Discover(root)
	if err != nil {
		return 0, err
	}
	if err := bundle.Build(context.Background(), bundle.Options{Root: root, Out: filepath.Join(dir, "build"), Target: bundle.Host()}, handlers...); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// cdk runs the CDK's command line in dir, on the Node that the project pins.
func cdk(dir string, args ...string) (string, error) {
	bin := filepath.Join(root, "node_modules", ".bin")
	cmd := exec.Command(filepath.Join(bin, "cdk"), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "CI=true")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// runner is a running `local`.
type runner struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended and its output is read

	mu     sync.Mutex
	output strings.Builder
	ready  chan string // the line that begins with "ready"
}

// start runs `local` on free ports over the state folder, without waiting.
func start(t *testing.T, state string, flags ...string) *runner {
	t.Helper()
	return startIn(t, root, cloud, state, flags...)
}

func startIn(t *testing.T, root, assembly, state string, flags ...string) *runner {
	t.Helper()
	args := append([]string{"-root", root, "-assembly", assembly, "-state", state, "-port", "0", "-tls-port", "0"}, flags...)
	r := &runner{cmd: exec.Command(localBin, args...), done: make(chan struct{}), ready: make(chan string, 1)}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := r.cmd.StderrPipe() // of its own, so that what Go's runtime prints comes in whole lines
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { r.read(out) })
	reading.Go(func() { r.read(errs) })
	go func() {
		defer close(r.done)
		reading.Wait()
		_ = r.cmd.Wait() // the exit status is read from ProcessState
	}()
	t.Cleanup(func() {
		r.stop(t)
		if t.Failed() {
			printed := r.printed()
			t.Logf("the runner printed:\n%s", printed[max(0, len(printed)-shown):])
		}
	})
	return r
}

func (r *runner) read(printed io.Reader) {
	lines := bufio.NewScanner(printed)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		r.mu.Lock()
		r.output.WriteString(lines.Text() + "\n")
		r.mu.Unlock()
		if strings.HasPrefix(lines.Text(), "ready") {
			r.ready <- lines.Text()
		}
	}
}

// serve is start, and waits until the runner is ready and has something to search.
func serve(t *testing.T, state string, flags ...string) *runner {
	t.Helper()
	return start(t, state, flags...).wait(t)
}

// indexed is what indexer logs when there is an index.
var indexed = regexp.MustCompile("index built|the index is that of this catalogue")

func (r *runner) wait(t *testing.T) *runner {
	t.Helper()
	select {
	case line := <-r.ready:
		r.ready <- line
		// The search's index is built of the catalogue that the start uploaded, if it
		// is not there from the start before.
		for began := time.Now(); strings.Contains(r.printed(), " indexer,") && !indexed.MatchString(r.printed()); time.Sleep(5 * time.Millisecond) {
			if time.Since(began) > patience {
				t.Fatalf("there was no search index in %v:\n%s", patience, r.printed())
			}
		}
		return r
	case <-r.done:
		t.Fatalf("the runner ended:\n%s", r.printed())
	case <-time.After(3 * patience): // it compiles every handler
		t.Fatalf("the runner was not ready in %v:\n%s", 3*patience, r.printed())
	}
	return nil
}

func (r *runner) printed() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

// stop is Ctrl-C.
func (r *runner) stop(t *testing.T) {
	t.Helper()
	select {
	case <-r.done:
		return
	default:
	}
	if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Errorf("interrupting the runner: %v", err)
	}
	select {
	case <-r.done:
	case <-time.After(patience):
		t.Errorf("the runner did not end in %v", patience)
		_ = r.cmd.Process.Kill()
	}
}

// host is one of the deployed hosts, by its place in the ready line. Which
// hosts they are is the stage's own business.
type host int

const (
	site host = iota
	api
	container
)

// name is the deployed host's name.
func (r *runner) name(t *testing.T, h host) string {
	t.Helper()
	line := <-r.ready
	r.ready <- line
	addresses := regexp.MustCompile(`http://(\S+)\.localhost:\d+`).FindAllStringSubmatch(line, -1)
	if len(addresses) != 3 {
		t.Fatalf("the runner's last line names %d addresses, want the site's, the API's and the container's: %s", len(addresses), line)
	}
	return addresses[h][1]
}

// url is the address of a path at a deployed host here.
func (r *runner) url(t *testing.T, scheme string, h host, path string) string {
	t.Helper()
	name := r.name(t, h)
	port := regexp.MustCompile(scheme + `://\S+\.localhost:(\d+)`).FindStringSubmatch(r.printed())
	if port == nil {
		t.Fatalf("the runner gave no %s address:\n%s", scheme, r.printed())
	}
	return scheme + "://" + name + ".localhost:" + port[1] + path
}

func (r *runner) site(t *testing.T, path string) string {
	t.Helper()
	return r.url(t, "http", site, path)
}

func (r *runner) api(t *testing.T, path string) string {
	t.Helper()
	return r.url(t, "http", api, path)
}

// client dials loopback for every name, for Go's resolver does not know
// *.localhost, and does not follow redirects.
var client = &http.Client{
	Transport: &http.Transport{
		DialContext:         dialLoopback,
		MaxIdleConnsPerHost: 64,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       patience,
}

func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, loopback(address))
}

// loopback is the address on this machine of a host that only browsers find.
func loopback(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// response is an answer with its body read.
type response struct {
	*http.Response
	body string
}

func request(t *testing.T, method, url, body string, headers ...string) response {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, content)
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the answer: %v", method, url, err)
	}
	return response{res, string(data)}
}

func get(t *testing.T, url string, headers ...string) response {
	t.Helper()
	return request(t, http.MethodGet, url, "", headers...)
}

// trusting is a TLS configuration that trusts the runner's own authority.
func trusting(t *testing.T, r *runner) *tls.Config {
	t.Helper()
	file := regexp.MustCompile(`certificates of (\S+)`).FindStringSubmatch(r.printed())
	if file == nil {
		t.Fatalf("the runner did not name its certificate authority:\n%s", r.printed())
	}
	data, err := os.ReadFile(file[1])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		t.Fatalf("%s holds no certificate", file[1])
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}
