package releasetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Process compiles a handler and starts it over Lambda's Runtime API, so that a check is tried against the service as it
// is: "annex/lambdas/cart". The process ends with the test.
func Process(t *testing.T, handler string, environment map[string]string) Version {
	t.Helper()
	version, _ := Started(t, handler, environment)
	return version
}

// Started is Process for who asks the system about the process, too.
func Started(t *testing.T, handler string, environment map[string]string) (Version, *os.Process) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	// `go run` keeps what it linked, where `go build` would link again for each test: this has it copied, not run.
	build := exec.CommandContext(t.Context(), "go", "run", "-exec", "cp", "-tags", "lambda.norpc", handler, binary) //nolint:gosec // the test names its own module's handler
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("compile %s: %v\n%s", handler, err, output)
	}
	events, outputs, ended := make(chan []byte), make(chan Output), make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/next") {
			select {
			case event := <-events:
				w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request")
				w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(10*time.Second).UnixMilli(), 10))
				_, _ = w.Write(event)
			case <-ended:
			}
			return
		}
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			return // the process is gone
		}
		output := Output{Payload: payload}
		if !strings.HasSuffix(r.URL.Path, "/response") {
			output.FunctionError = "Unhandled"
		}
		select {
		case outputs <- output:
			w.WriteHeader(http.StatusAccepted)
		case <-ended:
		}
	}))
	process := exec.CommandContext(context.WithoutCancel(t.Context()), binary) //nolint:gosec // what was just built; ended below
	process.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://")}
	for name, value := range environment {
		process.Env = append(process.Env, name+"="+value)
	}
	process.Stderr = os.Stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(ended)
		_ = process.Wait() // what it wrote says why
	}()
	t.Cleanup(func() {
		_ = process.Process.Kill()
		<-ended
		api.Close()
	})
	one := make(chan struct{}, 1) // event at a time, as an execution environment has
	version := func(ctx context.Context, event []byte) Output {
		one <- struct{}{}
		defer func() { <-one }()
		select {
		case events <- event:
		case <-ended:
			return Output{FunctionError: "Unhandled", Payload: fmt.Appendf(nil, "%s has ended", handler)}
		case <-ctx.Done():
			return Output{}
		}
		select {
		case output := <-outputs:
			return output
		case <-ended:
			return Output{FunctionError: "Unhandled", Payload: fmt.Appendf(nil, "%s has ended", handler)}
		}
	}
	return version, process.Process
}
