// Command shift has the runner shift a function's alias from the build that
// served before the last edit to that edit, as a release would, and says how it
// goes. It ends with status 0 when the edit serves everything and with 1 when it
// was rolled back, which Ctrl-C does too.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	// A second Ctrl-C ends the process at once, and the runner still rolls back.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(1)
	}
}

// progress is one line of what the runner tells.
type progress struct {
	Service string `json:"service"`
	Folder  string `json:"folder"`
	Text    string `json:"text"`
	Status  string `json:"status"`
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("shift", flag.ContinueOnError)
	port := flags.Int("port", 8080, "the runner's `port` for HTTP")
	service := flags.String("service", "", "the `handler` of the function to shift, such as cart")
	weight := flags.Int("weight", 0, "the `percentage` of the requests that the edit gets at first (default that of the template's release, or 10)")
	duration := flags.String("for", "", "`how long` it gets no more, such as 90s (default that of the template's release, or what its alarms need, a minute at least)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *service == "" {
		return errors.New("say what to shift: `make shift SERVICE=cart`")
	}
	body, err := json.Marshal(map[string]any{"service": *service, "weight": *weight, "for": *duration})
	if err != nil {
		return err
	}
	r := newRunner(*port)
	// The request lasts as long as the shift. Ctrl-C stops the shift, and what
	// becomes of it is still to be read.
	response, err := r.do(context.WithoutCancel(ctx), http.MethodPost, body)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // read to its end, or of no more use
	unregister := context.AfterFunc(ctx, func() {
		_, _ = fmt.Fprintln(out, "stopping: rolling back") // where nobody reads it, nobody is told
		if stopped, err := r.do(context.WithoutCancel(ctx), http.MethodDelete, nil); err == nil {
			_ = stopped.Body.Close()
		}
	})
	defer unregister()
	return follow(response.Body, out)
}

// follow prints what the runner tells until the shift is over. The error says
// why the edit does not serve everything.
func follow(told io.Reader, out io.Writer) error {
	lines := json.NewDecoder(told)
	for {
		var p progress
		if err := lines.Decode(&p); err != nil {
			return errors.New("the runner went away: when it is back, it serves the edit alone")
		}
		if _, err := fmt.Fprintf(out, "%s  %s\n", time.Now().Format(time.TimeOnly), p.Text); err != nil {
			return err
		}
		switch p.Status {
		case "InProgress":
		case "Succeeded":
			_, err := fmt.Fprintf(out, "Succeeded: the edit of %s serves everything\n", p.Folder)
			return err
		default:
			return fmt.Errorf("%s: the build of %s before the edit serves everything, until the next edit that is saved", p.Status, p.Folder)
		}
	}
}

// runner is how the runner is called, by its own host.
type runner struct {
	port   int
	client *http.Client
}

func newRunner(port int) runner {
	address := fmt.Sprintf("127.0.0.1:%d", port)
	return runner{port, &http.Client{Transport: &http.Transport{
		// Go's resolver does not know *.localhost.
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}}
}

// do sends a request about the shift. An answer that is none of its success is an
// error.
func (r runner) do(ctx context.Context, method string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://console.localhost:%d/shift", r.port), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no runner answers on port %d: start `make run` in another terminal, or say which port it has with PORT=…", r.port)
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	reason, ours := strings.CutPrefix(strings.TrimSpace(string(text)), "annex: ")
	if err != nil || !ours {
		return nil, fmt.Errorf("what answers on port %d is no runner of this version (%s): say which port `make run` has with PORT=…", r.port, response.Status)
	}
	return nil, errors.New(reason)
}
