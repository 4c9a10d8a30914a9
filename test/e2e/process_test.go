package e2e

import (
	"errors"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCtrlCEndsEveryProcessWithinTwoSeconds(t *testing.T) {
	r := serve(t, t.TempDir())
	want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))
	want(t, 200, get(t, r.site(t, "/api/search/?q=mug")))
	children := descendants(t, r.cmd.Process.Pid)
	if len(children) < 3 { // the database and two handlers
		t.Fatalf("the runner has only the processes %v", children)
	}
	started := time.Now()
	r.stop(t)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("Ctrl-C took %v", took)
	}
	if code := r.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the runner ended with status %d", code)
	}
	gone(t, children, 0)
}

func TestCtrlCDoesNotWaitForOpenConnections(t *testing.T) {
	r := serve(t, t.TempDir())
	for _, scheme := range []string{"http", "https"} {
		address := strings.TrimPrefix(r.url(t, scheme, site, ""), scheme+"://")
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, sent := range []string{
			"", // as browsers do ahead of time
			"PUT /api/cart/x/items/y HTTP/1.1\r\nHost: " + address + "\r\nContent-Length: 9\r\n\r\n{", // and never ends
		} {
			connection, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close() //nolint:errcheck // the test is over
			if _, err := connection.Write([]byte(sent)); err != nil {
				t.Fatal(err)
			}
		}
	}
	started := time.Now()
	r.stop(t)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("Ctrl-C took %v", took)
	}
}

func TestCtrlCWhileStartingEndsEverything(t *testing.T) {
	for _, step := range []string{"compiling the handlers", "starting DynamoDB"} {
		t.Run(step, func(t *testing.T) {
			r := start(t, t.TempDir())
			for !strings.Contains(r.printed(), step) {
				select {
				case <-r.done:
					t.Fatalf("the runner ended:\n%s", r.printed())
				case <-time.After(time.Millisecond):
				}
			}
			children := descendants(t, r.cmd.Process.Pid)
			started := time.Now()
			r.stop(t)
			if took := time.Since(started); took > 2*time.Second {
				t.Errorf("Ctrl-C took %v", took)
			}
			if code := r.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("the runner ended with status %d", code)
			}
			gone(t, children, 0)
		})
	}
}

func TestNothingOutlivesARunnerThatIsKilled(t *testing.T) {
	r := serve(t, t.TempDir())
	want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))
	children := descendants(t, r.cmd.Process.Pid)
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-r.done
	gone(t, children, patience)
}

func TestAKilledHandlerIsAnsweredAsAWSWouldAndReplaced(t *testing.T) {
	r := serve(t, t.TempDir())
	made := decode[cart](t, want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), "")))
	killed := 0
	for pid, command := range descendants(t, r.cmd.Process.Pid) {
		if strings.Contains(command, "bootstrap") {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			killed++
		}
	}
	if killed == 0 {
		t.Fatal("the cart's handler was not among the runner's processes")
	}
	// The request may reach the process as it dies; no later one does.
	first := get(t, r.site(t, "/api/cart/"+made.ID))
	if first.StatusCode != 200 && (first.StatusCode != 500 || first.body != `{"message":"Internal Server Error"}`) {
		t.Errorf("the killed handler's request was answered %d %s", first.StatusCode, first.body)
	}
	want(t, 200, get(t, r.site(t, "/api/cart/"+made.ID)))
}

func TestABusyPortIsToldPlainly(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // the test is over
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	r := start(t, t.TempDir(), "-port", port)
	<-r.done
	if code := r.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("the runner ended with status %d", code)
	}
	if out := r.printed(); !strings.Contains(out, "port "+port+" is taken") || !strings.Contains(out, "make run PORT=") {
		t.Errorf("the runner printed:\n%s", out)
	}
}

func TestAMissingAssemblyIsToldPlainly(t *testing.T) {
	r := startIn(t, root, t.TempDir(), t.TempDir())
	<-r.done
	if out := r.printed(); r.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(out, "npx cdk synth") || strings.Count(out, "\n") > 2 {
		t.Errorf("the runner ended with %d and printed:\n%s", r.cmd.ProcessState.ExitCode(), out)
	}
}

// descendants are the processes below pid, with their commands.
func descendants(t *testing.T, pid int) map[int]string {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,args=").Output()
	if err != nil {
		t.Fatalf("listing processes: %v", err)
	}
	children := map[int]map[int]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		child, err1 := strconv.Atoi(fields[0])
		parent, err2 := strconv.Atoi(fields[1])
		if errors.Join(err1, err2) != nil {
			t.Fatalf("ps printed %q", line)
		}
		if children[parent] == nil {
			children[parent] = map[int]string{}
		}
		children[parent][child] = strings.Join(fields[2:], " ")
	}
	all := map[int]string{}
	var add func(int)
	add = func(parent int) {
		for child, command := range children[parent] {
			all[child] = command
			add(child)
		}
	}
	add(pid)
	return all
}

// gone fails the test if one of the processes is alive after the time.
func gone(t *testing.T, processes map[int]string, within time.Duration) {
	t.Helper()
	deadline := time.Now().Add(within)
	for pid, command := range processes {
		for syscall.Kill(pid, 0) == nil {
			if time.Now().After(deadline) {
				t.Errorf("process %d is left over: %s", pid, command)
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
