package lambda

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestCloseEndsEverythingAtOnce(t *testing.T) {
	s := serve(t, "acts", nil)
	var child struct{ PID int }
	s.decoded(`{"Act":"child"}`, &child)
	idle := s.pid()
	failed := make(chan error)
	go func() {
		_, err := s.Invoke(context.Background(), s.arn, []byte(`{"Act":"wait","Text":"/nowhere"}`))
		failed <- err
	}()
	s.logs.wait(t, "waiting", 1)
	started := time.Now()
	closed := make(chan struct{})
	go func() {
		s.Close()
		close(closed)
	}()
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("the invocation under way got %v", err)
	}
	<-closed
	if took := time.Since(started); took > time.Second {
		t.Errorf("Close took %v", took)
	}
	if alive(idle) {
		t.Error("the function outlived Close")
	}
	gone(t, child.PID)
	if _, err := s.Invoke(context.Background(), s.arn, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	s.Close() // a second time
}

func TestAProcessEndsWithWhatItStarted(t *testing.T) {
	s := serve(t, "acts", nil)
	var child struct{ PID int }
	s.decoded(`{"Act":"child"}`, &child)
	s.invoke(`{"Act":"exit"}`)
	gone(t, child.PID)
}

func TestCloseDuringInit(t *testing.T) {
	s := serve(t, "initfail", func(f *Function, _ *Options) { f.Environment = map[string]string{"INIT": "slow"} })
	failed := make(chan error)
	go func() {
		_, err := s.Invoke(context.Background(), s.arn, nil)
		failed <- err
	}()
	s.logs.wait(t, "init", 1)
	s.Close()
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestFunctionMayAskForANoticeOfItsEnd(t *testing.T) {
	t.Run("2.4 an extension gets SIGTERM before the end", func(t *testing.T) {
		s := serve(t, "acts", func(f *Function, _ *Options) { f.Environment = map[string]string{"NOTICE": "please"} })
		pid := s.pid()
		s.Close()
		if alive(pid) {
			t.Error("the function outlived Close")
		}
		s.logs.wait(t, "ending", 1)
	})
}

// A function ends with the runner, however that ends.
func TestFunctionsEndWithAKilledRunner(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a busy function with its runner: see processAttributes")
	}
	runner := exec.Command(os.Args[0], "-test.run=^TestRunner$") //nolint:gosec // this test binary
	runner.Env = append(os.Environ(), "RUNNER_OF="+filepath.Join(binaries, "acts", "bootstrap"), "TMPDIR="+t.TempDir())
	runner.Stderr = os.Stderr
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), "pid "); found {
			if pid, err = strconv.Atoi(text); err != nil {
				t.Error(err)
			}
		}
	}
	if pid == 0 || !alive(pid) {
		t.Errorf("process %d is not there", pid)
	}
	if err := runner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = runner.Wait() // it was killed
	gone(t, pid)
}

// TestRunner is the runner that TestFunctionsEndWithAKilledRunner kills, while
// its function is busy.
func TestRunner(t *testing.T) {
	binary := os.Getenv("RUNNER_OF")
	if binary == "" {
		t.Skip("it is run by TestFunctionsEndWithAKilledRunner")
	}
	s := serve(t, "acts", func(_ *Function, o *Options) {
		o.Binary = func(Function) (string, error) { return binary, nil }
	})
	pid := s.pid()
	go s.Invoke(context.Background(), s.arn, []byte(`{"Act":"wait","Text":"/nowhere"}`)) //nolint:errcheck // it never ends
	s.logs.wait(t, "waiting", 1)
	fmt.Println("pid", pid)
	select {}
}

// Where the kernel does not end a function with its runner, the function does:
// it fails to ask for the next event.
func TestFunctionEndsWhenItsRuntimeAPIIsGone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	function := exec.Command(filepath.Join(binaries, "echo", "bootstrap"))
	function.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String()}
	if err := function.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil { // it waits for an event
		t.Fatal(err)
	}
	_ = listener.Close()
	_ = conn.Close()
	ended := make(chan error, 1)
	go func() { ended <- function.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ended without an error")
		}
	case <-time.After(10 * time.Second):
		_ = function.Process.Kill()
		t.Error("it lives on")
	}
}
