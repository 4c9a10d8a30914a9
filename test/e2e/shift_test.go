package e2e

import (
	"bufio"
	"context"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// shiftBin is the compiled command of `make shift`.
var shiftBin = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(filepath.Dir(localBin), "shift")
	build := exec.Command("go", "build", "-o", bin, "./local/shift")
	build.Dir = root
	return bin, build.Run()
})

// shifting is a running `make shift`.
type shifting struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and its output is read

	mu     sync.Mutex
	output strings.Builder
}

// shift runs `make shift SERVICE=cart` with further flags.
func (w workplace) shift(flags ...string) *shifting {
	w.t.Helper()
	bin, err := shiftBin()
	if err != nil {
		w.t.Fatal(err)
	}
	port := regexp.MustCompile(`http://\S+\.localhost:(\d+)`).FindStringSubmatch(w.printed())[1]
	s := &shifting{t: w.t, cmd: exec.Command(bin, append([]string{"-port", port, "-service", "cart"}, flags...)...), done: make(chan struct{})}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	s.cmd.Stderr = s.cmd.Stdout
	if err := s.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.mu.Lock()
			s.output.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
		}
		_ = s.cmd.Wait() // the exit status is read from ProcessState
	}()
	w.t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it has ended, unless the test failed
		<-s.done
	})
	return s
}

func (s *shifting) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// says waits until it has printed a text.
func (s *shifting) says(text string) {
	s.t.Helper()
	for limit := time.Now().Add(patience); !strings.Contains(s.printed(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			s.t.Fatalf("make shift does not say %q:\n%s", text, s.printed())
		}
	}
}

// ends waits for its end, with the status, after it has printed the texts.
func (s *shifting) ends(status int, within time.Duration, texts ...string) string {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(within):
		s.t.Fatalf("make shift does not end in %s:\n%s", within, s.printed())
	}
	printed := s.printed()
	if got := s.cmd.ProcessState.ExitCode(); got != status {
		s.t.Errorf("make shift ends with status %d, want %d:\n%s", got, status, printed)
	}
	for _, text := range texts {
		if !strings.Contains(printed, text) {
			s.t.Errorf("make shift does not say %q:\n%s", text, printed)
		}
	}
	return printed
}

// load sends requests until it is ended, and tells answers apart by their text.
type load struct {
	cancel   context.CancelFunc
	sending  sync.WaitGroup
	answered map[string]int // of use when sending has ended
}

// loaded begins to send a request again and again. Each answer has one of the
// texts, or the test fails.
func (w workplace) loaded(url string, texts ...string) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel, answered: map[string]int{}}
	l.sending.Go(func() {
		w.repeat(ctx, 20*time.Millisecond, url, func(_ int, body string) bool { // the stage's throttles allow it
			for _, text := range texts {
				if strings.Contains(body, text) {
					l.answered[text]++
					return true
				}
			}
			return false
		})
	})
	w.t.Cleanup(cancel)
	return l
}

// end gives how many answers had each of the texts.
func (l *load) end() map[string]int {
	l.cancel()
	l.sending.Wait()
	return l.answered
}

// counts are what `make shift` says that the versions answered, at last before
// the text.
func counts(t *testing.T, printed, text string) (first, second int) {
	t.Helper()
	before, _, found := strings.Cut(printed, text)
	all := regexp.MustCompile(`version 1 answered (\d+) requests.*, version 2 answered (\d+)`).FindAllStringSubmatch(before, -1)
	if !found || len(all) == 0 {
		t.Fatalf("nothing is said about the versions before %q:\n%s", text, printed)
	}
	last := all[len(all)-1]
	first, err1 := strconv.Atoi(last[1])
	second, err2 := strconv.Atoi(last[2])
	if err1 != nil || err2 != nil {
		t.Fatal(last)
	}
	return first, second
}

// Each step begins where the one before left the runner: releases follow each
// other, too.
func TestReleasesOfTheCodeBeingEdited(t *testing.T) {
	t.Parallel() // it waits for minutes of alarms, beside tests that compile
	w := work(t)
	made := decode[cart](t, want(t, 201, request(t, "POST", w.site(t, "/api/cart/"), "")))
	kept, gone := w.api(t, "/cart/"+made.ID), w.api(t, "/cart/aaaaaaaaaaaaaaaaaaaaaaaaaa")
	healthy := func() *load { return w.loaded(kept, made.ID) }
	const handler, before = "lambdas/cart/handler.go", "There is no such cart."
	says := func(text string) func(response) bool {
		return func(r response) bool { return strings.Contains(r.body, text) }
	}
	// With nothing edited, there is nothing to shift from.
	w.shift().ends(1, patience, "its code was not edited since `make run` started. Save an edit of lambdas/cart")

	t.Run("a canary that passes", func(t *testing.T) {
		w := workplace{t, w.dir, w.runner}
		const after = "Nobody has this cart."
		w.edit(handler, before, after)
		w.until("the edit", gone, says(after))
		s := w.shift("-weight", "20", "-for", "6s")
		s.says("version 1 has all requests")
		both, others := w.loaded(gone, before, after), healthy()
		printed := s.ends(0, 2*patience, "BeforeAllowTraffic: Succeeded", "20 % of the requests go to version 2", "100 % of the requests go to version 2", "AfterAllowTraffic: Succeeded", "Succeeded: the edit of lambdas/cart serves everything")
		first, second := counts(t, printed, "100 % of the requests")
		n := float64(first + second)
		if off := 5 * math.Sqrt(n*0.2*0.8); n < 50 || math.Abs(float64(second)-n*0.2) > off {
			t.Errorf("version 1 answered %d requests and version 2 %d, which is no fifth:\n%s", first, second, printed)
		}
		answered := both.end()
		others.end()
		if answered[before] == 0 || answered[after] == 0 {
			t.Errorf("answers: %v", answered)
		}
		late := w.loaded(gone, before, after)
		time.Sleep(time.Second)
		if answered := late.end(); answered[before] > 0 {
			t.Errorf("after the release, the old version still answers: %v", answered)
		}
	})

	t.Run("a check before any request stops it", func(t *testing.T) {
		w := workplace{t, w.dir, w.runner}
		const text, broken = "Nobody has this cart.", "This cart is nowhere."
		const works, not = `"PUT /{cart}/items/{product}":    h.putItem,`, `"PUT /{cart}/items/{product}":    h.get,`
		w.edits(handler, text, broken, works, not)
		w.until("the edit", gone, says(broken))
		s := w.shift("-for", "1m")
		s.says("version 1 has all requests")
		both, others := w.loaded(gone, text, broken), healthy()
		s.ends(1, patience, "rolled back to version 1: BeforeAllowTraffic: the check says Failed", "Failed: the build of lambdas/cart before the edit serves everything, until the next edit that is saved")
		answered := both.end()
		others.end()
		if answered[broken] > 0 {
			t.Errorf("the new version answered clients: %v", answered)
		}
		if strings.Contains(s.printed(), "go to version 2") {
			t.Errorf("the new version got requests:\n%s", s.printed())
		}
		want(t, 404, get(t, gone))
		if r := get(t, gone); !strings.Contains(r.body, text) {
			t.Errorf("after the rollback, the answer is %s", r.body)
		}
		// The next edit is served again.
		w.edits(handler, not, works)
		w.until("the edit after a rollback", gone, says(broken))
	})

	t.Run("Ctrl-C in the middle", func(t *testing.T) {
		w := workplace{t, w.dir, w.runner}
		const text, after = "This cart is nowhere.", "This cart is gone."
		w.edit(handler, text, after)
		w.until("the edit", gone, says(after))
		s := w.shift("-weight", "50", "-for", "10m")
		s.says("50 % of the requests go to version 2")
		// It is one at a time.
		w.shift().ends(1, patience, "a shift of cart is under way")
		both, others := w.loaded(gone, text, after), healthy()
		time.Sleep(time.Second)
		if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		s.ends(1, 2*time.Second, "stopping: rolling back", "rolled back to version 1: it was stopped", "Stopped: ")
		late := w.loaded(gone, text, after)
		time.Sleep(time.Second)
		if answered := late.end(); answered[after] > 0 {
			t.Errorf("after the rollback, the new version still answers: %v", answered)
		}
		answered := both.end()
		others.end()
		if answered[text] == 0 || answered[after] == 0 {
			t.Errorf("answers: %v", answered)
		}
	})

	t.Run("an alarm takes it back", func(t *testing.T) {
		w := workplace{t, w.dir, w.runner}
		// The check does not see it: it is in one sort of requests alone.
		const text, after, failure = "This cart is nowhere.", "This cart is no more.", "Internal Server Error"
		w.edits(handler, "This cart is gone.", after, "	loaded, err := h.carts.load(ctx, id)\n	if errors.Is", `	if request.QueryStringParameters["sort"] != "" {
		panic("there is nothing to sort by")
	}
	loaded, err := h.carts.load(ctx, id)
	if errors.Is`)
		w.until("the edit", gone, says(after))
		w.until("the mistake in it", kept+"?sort=price", says(failure))
		s := w.shift("-weight", "30", "-for", "5m")
		s.says("30 % of the requests go to version 2")
		sorted, others := w.loaded(kept+"?sort=price", made.ID, failure), healthy()
		// Two of the alarm's periods, which are minutes, have to be bad.
		printed := s.ends(1, 2*time.Minute+patience, "BeforeAllowTraffic: Succeeded", "it goes off at 2 of 5 periods of 1m0s", "is in ALARM: Sum of Errors is ", "rolled back to version 1: ", "Stopped: ")
		if _, second := counts(t, printed, "Stopped: "); second == 0 {
			t.Errorf("the new version answered nothing:\n%s", printed)
		}
		if answered := sorted.end(); answered[made.ID] == 0 || answered[failure] == 0 {
			t.Errorf("answers: %v", answered)
		}
		late := w.loaded(kept+"?sort=price", made.ID)
		time.Sleep(time.Second)
		late.end()
		others.end()
		if r := get(t, gone); !strings.Contains(r.body, text) {
			t.Errorf("after the rollback, the answer is %s", r.body)
		}
	})
}
