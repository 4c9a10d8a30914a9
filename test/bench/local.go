package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"annex/stacks/bundle"
)

// probe is a request that goes through CloudFront, API Gateway and Lambda and
// is answered by the handler alone, without the database.
const probe = "/api/cart/not-a-cart"

// local measures local mode: how soon it is ready, a handler's first response
// in a fresh process, and a warm request.
func local(ctx context.Context, w workplace) ([]row, error) {
	if err := prepare(ctx, w); err != nil {
		return nil, err
	}
	const starts = 7
	ready, err := median(starts, func() (time.Duration, error) {
		server, err := serve(ctx, w)
		if err != nil {
			return 0, err
		}
		return server.ready, server.stop()
	})
	if err != nil {
		return nil, err
	}
	node, err := median(starts, func() (time.Duration, error) {
		return timed(ctx, ".", nil, "node_modules/.bin/node", "--eval", "0")
	})
	if err != nil {
		return nil, err
	}

	server, err := serve(ctx, w)
	if err != nil {
		return nil, err
	}
	defer server.stop() //nolint:errcheck // what failed before is the error to tell
	const colds, warms = 21, 2001
	cold, err := median(colds, func() (time.Duration, error) {
		if err := server.killHandlers(ctx); err != nil {
			return 0, err
		}
		return server.get(ctx)
	})
	if err != nil {
		return nil, err
	}
	alone, err := median(colds, func() (time.Duration, error) { return untilNext(ctx, w) })
	if err != nil {
		return nil, err
	}
	warm, err := median(warms, func() (time.Duration, error) { return server.get(ctx) })
	if err != nil {
		return nil, err
	}
	plain, err := plainHTTP(ctx, server.body, warms)
	if err != nil {
		return nil, err
	}
	return []row{
		{"local mode ready, from reading cdk.out, without the compiler and the databases", ready, starts, "Node starting and ending", node},
		{"first response of a fresh process, through edge, gateway and Lambda", cold, colds, "that process alone, until it asks for work", alone},
		{"warm response, through edge, gateway and Lambda", warm, warms, "net/http serving the same body", plain},
	}, nil
}

// prepare compiles the runner, and readies the assembly for it.
func prepare(ctx context.Context, w workplace) error {
	if _, err := timed(ctx, ".", nil, "go", "build", "-o", w.local, "./local"); err != nil {
		return err
	}
	return liftThrottles(w.cloud)
}

// liftThrottles raises the stage's limits in the templates, or they would be
// what is measured.
func liftThrottles(cloud string) error {
	files, err := filepath.Glob(filepath.Join(cloud, "*.template.json"))
	if err != nil {
		return err
	}
	limit := regexp.MustCompile(`("Throttling(?:Rate|Burst)Limit": *)\d+`)
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // a template that synth wrote
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, limit.ReplaceAll(text, []byte("${1}1000000")), 0o600); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return nil
}

// server is a running `local`.
type server struct {
	cmd   *exec.Cmd
	url   string
	ready time.Duration
	body  []byte // of the last answer
}

// readyLine is how `local` says what its start took.
var readyLine = regexp.MustCompile(`started in .*, the rest (\S+)`)

// serve starts `local`. Flags come after those that it has for all.
func serve(ctx context.Context, w workplace, flags ...string) (*server, error) {
	s := &server{}
	args := append([]string{"-assembly", w.cloud, "-state", filepath.Join(w.dir, "state"), "-port", "0", "-tls-port", "0"}, flags...)
	s.cmd = exec.CommandContext(ctx, w.local, args...) //nolint:gosec // the runner
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stderr = s.cmd.Stdout
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	var printed strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		printed.WriteString(lines.Text() + "\n")
		if times := readyLine.FindStringSubmatch(lines.Text()); times != nil {
			if s.ready, err = time.ParseDuration(times[1]); err != nil {
				return nil, err
			}
		}
		if site := regexp.MustCompile(`http://www[^ ]*:\d+`).FindString(lines.Text()); site != "" && strings.HasPrefix(lines.Text(), "ready") {
			s.url = site + probe
			go func() { _, _ = io.Copy(io.Discard, out) }() // its log is not read
			return s, nil
		}
	}
	return nil, fmt.Errorf("local ended before it was ready:\n%s", printed.String())
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// loopback dials this machine for every name.
var loopback = &http.Client{Transport: &http.Transport{
	DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	},
}}

func (s *server) get(ctx context.Context) (time.Duration, error) {
	took, body, err := get(ctx, s.url)
	s.body = body
	return took, err
}

func get(ctx context.Context, url string) (time.Duration, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	started := time.Now()
	res, err := loopback.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	body, err := io.ReadAll(res.Body)
	took := time.Since(started)
	if err == nil && res.StatusCode >= 500 {
		err = fmt.Errorf("%s answered %d %s", url, res.StatusCode, body)
	}
	return took, body, err
}

// killHandlers ends the execution environments, so that the next request
// starts a process, and waits until the runner has seen them end.
func (s *server) killHandlers(ctx context.Context) error {
	parent := strconv.Itoa(s.cmd.Process.Pid)
	for {
		out, err := exec.CommandContext(ctx, "ps", "--ppid", parent, "-o", "pid=,stat=,args=").Output() //nolint:gosec // a number
		if err != nil {
			return fmt.Errorf("listing the runner's processes: %w", err)
		}
		running := false
		for line := range strings.Lines(string(out)) {
			fields := strings.Fields(line)
			if len(fields) < 3 || !strings.Contains(line, "bootstrap") {
				continue
			}
			running = true
			pid, err := strconv.Atoi(fields[0])
			if err != nil {
				return err
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
				return err
			}
		}
		if !running {
			return nil
		}
	}
}

// untilNext is how long the cart's process takes from its start to its first
// call for work, with nothing of local mode around it.
func untilNext(ctx context.Context, w workplace) (time.Duration, error) {
	asked := make(chan time.Time, 1)
	ctx, cancel := context.WithCancel(ctx)
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case asked <- time.Now():
		default:
		}
		<-r.Context().Done()
	}))
	defer api.Close()
	defer cancel()
	out := filepath.Join(w.dir, "alone")
	if err := bundle.Build(ctx, bundle.Options{Root: ".", Out: out, Target: bundle.Host()}, "cart"); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(out, "cart", "bootstrap")) //nolint:gosec // what was just built
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://"),
		"AWS_REGION=eu-west-1", "CARTS_TABLE=carts", "ORDERS_TABLE=orders", "AWS_LAMBDA_FUNCTION_NAME=cart",
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer cmd.Wait() //nolint:errcheck // it is killed by cancel
	defer cancel()
	select {
	case at := <-asked:
		return at.Sub(started), nil
	case <-time.After(10 * time.Second):
		return 0, fmt.Errorf("the cart's handler did not ask for work")
	}
}

func plainHTTP(ctx context.Context, body []byte, runs int) (took, error) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		_, _ = w.Write(slices.Clone(body)) // the client sees a failure
	}))
	defer plain.Close()
	return median(runs, func() (time.Duration, error) {
		took, _, err := get(ctx, plain.URL)
		return took, err
	})
}
