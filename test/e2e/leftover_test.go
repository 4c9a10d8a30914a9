package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killer kills the runner's execution environments.
type killer struct {
	t      *testing.T
	parent string
	killed int
}

func killing(t *testing.T, r *runner) *killer {
	return &killer{t: t, parent: strconv.Itoa(r.cmd.Process.Pid)}
}

// some kills up to so many, chosen at random, and says how many there were.
func (k *killer) some(n int) int {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,stat=,args=").Output()
	if err != nil {
		k.t.Fatalf("listing processes: %v", err)
	}
	var handlers []int
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[1] != k.parent || strings.HasPrefix(fields[2], "Z") || !strings.HasSuffix(fields[3], "bootstrap") {
			continue
		}
		pid, err := strconv.Atoi(fields[0])
		if err != nil {
			k.t.Fatalf("ps printed %q", line)
		}
		handlers = append(handlers, pid)
	}
	//nolint:gosec // no secret
	rand.Shuffle(len(handlers), func(i, j int) { handlers[i], handlers[j] = handlers[j], handlers[i] })
	for _, pid := range handlers[:min(n, len(handlers))] {
		if syscall.Kill(pid, syscall.SIGKILL) == nil { // it may have ended
			k.killed++
		}
	}
	return len(handlers)
}

// all kills every one, until there is none.
func (k *killer) all() {
	for k.some(1<<20) > 0 {
		time.Sleep(10 * time.Millisecond)
	}
}

// holdings are what the runner holds of the system.
type holdings struct {
	Processes   int // zombies included
	Descriptors int // zero where the system does not tell
}

// settled ends the environments, those too that are started for what a killed
// one has not done, and the connections of the tests' client, and waits until
// the runner holds no more than wanted, or where nothing is wanted, what it holds
// twice in a row.
func (r *runner) settled(t *testing.T, kill *killer, wanted holdings) holdings {
	t.Helper()
	client.CloseIdleConnections()
	last := holdings{}
	for limit := time.Now().Add(3 * patience); time.Now().Before(limit); time.Sleep(300 * time.Millisecond) {
		kill.all()
		now := holdings{Processes: len(descendants(t, r.cmd.Process.Pid))}
		if open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.cmd.Process.Pid)); err == nil {
			now.Descriptors = len(open)
		}
		if now == wanted || wanted == (holdings{}) && now == last {
			return now
		}
		last = now
	}
	return last
}

// collected is a garbage collection as GODEBUG=gctrace=1 has Go programs print
// it, with the MiB that it left.
var collected = regexp.MustCompile(`(?m)^gc \d+ @.*->(\d+) MB,`)

// heap is how many MiB the runner holds on to at rest: what a garbage collection
// leaves. Bodies bring some about, none so large that it would count itself.
func (r *runner) heap(t *testing.T) int {
	t.Helper()
	earlier := len(r.printed())
	for limit := time.Now().Add(2 * patience); time.Now().Before(limit); {
		want(t, 413, request(t, "PUT", r.api(t, "/cart"+throttle), strings.Repeat("x", 300_000)))
		collections := collected.FindAllStringSubmatch(r.printed()[earlier:], -1)
		if len(collections) < 4 {
			continue
		}
		least := math.MaxInt
		for _, c := range collections {
			size, err := strconv.Atoi(c[1])
			if err != nil {
				t.Fatal(err)
			}
			least = min(least, size)
		}
		return least
	}
	t.Fatalf("the runner did not collect its garbage in %v", 2*patience)
	return 0
}

// quit ends the runner as Go programs end with a dump of their goroutines, and
// gives those that serve a request, or a process of a handler. Who reads a stream
// waits for its next record in a request that never ends.
func (r *runner) quit(t *testing.T) (left []string) {
	t.Helper()
	children := descendants(t, r.cmd.Process.Pid)
	if err := r.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-r.done
	gone(t, children, patience)
	goroutines := regexp.MustCompile(`(?m)^goroutine \d+ .*\n(?:.+\n)+`).FindAllString(r.printed(), -1)
	if len(goroutines) < 5 {
		t.Fatalf("the runner printed only %d goroutines", len(goroutines))
	}
	serving := regexp.MustCompile(`ServeHTTP|RoundTrip|annex/local/lambda\.\(\*(process|output|environment)\)`)
	for _, g := range goroutines {
		if serving.MatchString(g) && !strings.Contains(g, ".readStream(") {
			left = append(left, g)
		}
	}
	t.Logf("%d goroutines at rest", len(goroutines))
	return left
}
