package e2e

import (
	"context"
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// loadFor is short for `make test`. `make load` gives it a minute.
var loadFor = flag.Duration("for", 5*time.Second, "how long the load test lasts")

// TestEveryRequestIsAnsweredWhileEnvironmentsAreKilled has two hundred
// connections in use while execution environments are killed at random. Every
// request gets its answer, or one that AWS gives in its place, and nothing is
// left over by the load.
func TestEveryRequestIsAnsweredWhileEnvironmentsAreKilled(t *testing.T) {
	t.Setenv("GODEBUG", "gctrace=1") // see heap
	r := startIn(t, root, crowded(t), t.TempDir(), "-container", containerService(t), "-watch=false").wait(t)
	all := kinds(t, r)
	if n := connections(all); n != 200 {
		t.Fatalf("the kinds have %d connections", n)
	}
	kill := killing(t, r)
	// DynamoDB's sweeps keep a connection beside those of the streams' readers.
	want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))
	before := r.settled(t, kill, holdings{})
	heapBefore := r.heap(t)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	crowd, wait := gather(ctx, all, trusting(t, r))
	crowd.warm(t, all)
	kill.killed = 0
	var busy []int64
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	for end := time.Now().Add(*loadFor); time.Now().Before(end); <-every.C {
		kill.some(2)
		busy = append(busy, crowd.busy.Load())
	}
	cancel()
	wait()
	crowd.verify(t, all)

	slices.Sort(busy)
	failed := crowd.of(500)
	t.Logf("%d environments were killed, %d invocations failed with them; half of the time at least %d connections were busy", kill.killed, failed, busy[len(busy)/2])
	switch {
	case kill.killed < len(busy):
		t.Errorf("only %d environments were killed", kill.killed)
	case failed == 0:
		t.Error("no invocation lost its environment, so that nothing was tried")
	case failed > kill.killed:
		t.Errorf("%d invocations failed, more than the %d environments that were killed", failed, kill.killed)
	}
	if busy[len(busy)/2] < 190 {
		t.Errorf("half of the time only %d connections were busy", busy[len(busy)/2])
	}
	for status, what := range map[int]string{429: "over the throttle", 503: "over the reserved concurrency"} {
		if crowd.of(status) == 0 {
			t.Errorf("no request was answered %d: none was %s", status, what)
		}
	}
	after := r.settled(t, kill, before)
	t.Logf("file descriptors and processes at rest, before: %+v, after: %+v", before, after)
	if after != before {
		t.Errorf("at rest the runner had %+v, and after the load it has %+v", before, after)
	}
	// Buffers that are kept for the next large bodies are up to 20 MiB. In a minute
	// there are thirty thousand requests and more: were a kilobyte left behind by
	// each, it would show.
	heapAfter := r.heap(t)
	t.Logf("the runner's heap at rest, before: %d MiB, after: %d MiB", heapBefore, heapAfter)
	if heapAfter > heapBefore+32 {
		t.Errorf("at rest the runner's heap grew from %d to %d MiB", heapBefore, heapAfter)
	}
	r.settled(t, kill, before)
	// What was killed gave its reserved concurrency back.
	want(t, 200, get(t, r.site(t, "/api/search/?q=mug")))
	r.settled(t, kill, before)
	if left := r.quit(t); len(left) > 0 {
		t.Errorf("%d goroutines of requests or of processes are left over:\n%s", len(left), strings.Join(left[:min(5, len(left))], "\n\n"))
	}
}

func TestCtrlCUnderLoadEndsEverything(t *testing.T) {
	state := t.TempDir()
	r := startIn(t, root, crowded(t), state, "-container", containerService(t), "-watch=false").wait(t)
	all := kinds(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	crowd, wait := gather(ctx, all, trusting(t, r))
	crowd.warm(t, all)
	children := descendants(t, r.cmd.Process.Pid)
	started := time.Now()
	cancel() // of the next requests, after those that are under way
	r.stop(t)
	if took := time.Since(started); took > 5*time.Second { // what two seconds are with nothing else to do
		t.Errorf("Ctrl-C took %v", took)
	}
	wait()
	gone(t, children, 0)
	crowd.interrupted(t)
	left, err := filepath.Glob(filepath.Join(state, "tmp", "*-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("the functions' temporary files are left over: %v, %v", left, err)
	}
}

func connections(kinds []kind) int {
	n := 0
	for _, k := range kinds {
		n += k.connections
	}
	return n
}
