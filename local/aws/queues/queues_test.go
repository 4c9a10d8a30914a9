package queues

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	work = "arn:aws:sqs:eu-west-1:111122223333:work"
	dead = "arn:aws:sqs:eu-west-1:111122223333:dead"
)

var usual = map[string]Settings{
	work: {Visibility: 30 * time.Second, Retention: 4 * 24 * time.Hour, DeadLetters: dead, MaxReceives: 2},
	dead: {Visibility: 30 * time.Second, Retention: 14 * 24 * time.Hour},
}

// open opens a store of the usual queues, which is closed when the test ends.
func open(t testing.TB, file string) *Store {
	t.Helper()
	s, err := Open(file, func(Dead) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Update(usual); err != nil {
		t.Fatal(err)
	}
	return s
}

func send(t testing.TB, s *Store, arn, body string) {
	t.Helper()
	if _, err := s.Send(arn, Content{Body: body}, nil); err != nil {
		t.Fatal(err)
	}
}

// receive takes what there is at once.
func receive(t testing.TB, s *Store, arn string, most int) []Received {
	t.Helper()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	messages, err := s.Receive(over, arn, Receiving{Most: most})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func bodies(messages []Received) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Body)
	}
	return strings.Join(all, " ")
}

// inTime runs a test with a store and a clock of its own.
func inTime(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "q"))) })
}

func TestAMessageIsHiddenUntilItsVisibilityTimeout(t *testing.T) {
	inTime(t, func(t *testing.T, s *Store) {
		send(t, s, work, "a")
		first := receive(t, s, work, 10)
		if bodies(first) != "a" || first[0].Receives != 1 || first[0].ID == "" || !first[0].Sent.Equal(first[0].First) {
			t.Fatalf("received %+v", first)
		}
		time.Sleep(29 * time.Second)
		if got := receive(t, s, work, 10); len(got) != 0 {
			t.Fatalf("received %q while it is hidden", bodies(got))
		}
		time.Sleep(time.Second)
		again := receive(t, s, work, 10)
		if bodies(again) != "a" || again[0].Receives != 2 || again[0].ID != first[0].ID || again[0].Receipt == first[0].Receipt || !again[0].First.Equal(first[0].First) {
			t.Fatalf("received %+v after %+v", again, first)
		}
		// The old receipt deletes nothing, and is no error.
		if err := s.Delete(work, first[0].Receipt); err != nil {
			t.Fatal(err)
		}
		if c, _ := s.Count(work); c.InFlight != 1 {
			t.Errorf("after a delete with an old receipt: %+v", c)
		}
		if err := s.Delete(work, again[0].Receipt); err != nil {
			t.Fatal(err)
		}
		if c, _ := s.Count(work); c != (Count{}) {
			t.Errorf("after a delete: %+v", c)
		}
	})
}

func TestAReceiverWaitsForWhatIsSentOrShown(t *testing.T) {
	inTime(t, func(t *testing.T, s *Store) {
		var got sync.Map
		var waiting sync.WaitGroup
		wait := func(name, arn string) {
			began := time.Now()
			waiting.Go(func() {
				messages, err := s.Receive(t.Context(), arn, Receiving{Most: 1})
				got.Store(name, fmt.Sprintf("%s %v after %s", bodies(messages), err, time.Since(began)))
			})
		}
		wait("sent", dead)
		time.Sleep(5 * time.Second)
		send(t, s, dead, "a")
		waiting.Wait()
		wait("shown", dead)
		waiting.Wait()
		delay := 3 * time.Second
		if _, err := s.Send(work, Content{Body: "b"}, &delay); err != nil {
			t.Fatal(err)
		}
		if c, _ := s.Count(work); c.Delayed != 1 {
			t.Errorf("with a delayed message: %+v", c)
		}
		wait("delayed", work)
		waiting.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if messages, err := s.Receive(short, dead, Receiving{Most: 1}); len(messages) != 0 || err != nil || time.Since(began) != time.Second {
			t.Errorf("with nothing to come: %v, %v after %s", messages, err, time.Since(began))
		}
		for name, want := range map[string]string{"sent": "a <nil> after 5s", "shown": "a <nil> after 30s", "delayed": "b <nil> after 3s"} {
			if text, _ := got.Load(name); text != want {
				t.Errorf("%s: %v, want %s", name, text, want)
			}
		}
	})
}

func TestVisibilityChanges(t *testing.T) {
	inTime(t, func(t *testing.T, s *Store) {
		send(t, s, work, "a")
		m := receive(t, s, work, 1)[0]
		time.Sleep(20 * time.Second)
		if err := s.Hide(work, m.Receipt, 30*time.Second); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		if got := receive(t, s, work, 1); len(got) != 0 {
			t.Fatal("it is shown before its new timeout")
		}
		if err := s.Hide(work, m.Receipt, 0); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, s, work, 1); bodies(got) != "a" {
			t.Fatal("it is not shown at once")
		}
		if err := s.Hide(work, m.Receipt, time.Minute); !errors.Is(err, ErrNotInFlight) {
			t.Errorf("hiding with an old receipt: %v", err)
		}
		if err := errors.Join(s.Hide(work, "x", 0), s.Delete(work, "AQEBzz")); !errors.Is(err, ErrReceipt) {
			t.Errorf("with what is no receipt: %v", err)
		}
		visibility := time.Hour
		send(t, s, dead, "b")
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Receive(over, dead, Receiving{Most: 1, Visibility: &visibility}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Minute)
		if got := receive(t, s, dead, 1); len(got) != 0 {
			t.Error("the receiver's own timeout does not count")
		}
	})
}

func TestWhatIsReceivedTooOftenGoesToTheDeadLetterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []Dead
		s, err := Open(filepath.Join(t.TempDir(), "q"), func(d Dead) { told = append(told, d) })
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close() //nolint:errcheck // of a test
		if err := s.Update(usual); err != nil {
			t.Fatal(err)
		}
		sent, err := s.Send(work, Content{Body: "poison"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := receive(t, s, work, 1); bodies(got) != "poison" {
				t.Fatalf("received %q", bodies(got))
			}
			time.Sleep(30 * time.Second)
		}
		send(t, s, work, "good")
		if got := receive(t, s, work, 10); bodies(got) != "good" {
			t.Errorf("the third time received %q", bodies(got))
		}
		letters := receive(t, s, dead, 10)
		if bodies(letters) != "poison" || letters[0].ID != sent.ID || letters[0].Source != work || !letters[0].Sent.Equal(sent.Sent) {
			t.Errorf("the dead-letter queue has %+v, want %+v with its source", letters, sent)
		}
		if len(told) != 1 || told[0] != (Dead{Queue: work, DeadLetters: dead, ID: sent.ID, Receives: 2}) {
			t.Errorf("told of %+v", told)
		}
	})
}

func TestOldMessagesAreDropped(t *testing.T) {
	inTime(t, func(t *testing.T, s *Store) {
		send(t, s, work, "old")
		time.Sleep(4*24*time.Hour - time.Minute)
		send(t, s, work, "new")
		time.Sleep(2 * time.Minute)
		if got := receive(t, s, work, 10); bodies(got) != "new" {
			t.Errorf("received %q", bodies(got))
		}
	})
}

func TestPeekAndPurge(t *testing.T) {
	inTime(t, func(t *testing.T, s *Store) {
		send(t, s, work, "a")
		send(t, s, work, "b")
		receive(t, s, work, 1)
		seen, err := s.Peek(work, 10)
		if err != nil || bodies(seen) != "a b" || seen[0].Receives != 1 || seen[1].Receives != 0 {
			t.Errorf("peeked at %+v, %v", seen, err)
		}
		if err := s.Purge(work); err != nil {
			t.Fatal(err)
		}
		if c, _ := s.Count(work); c != (Count{}) {
			t.Errorf("after a purge: %+v", c)
		}
	})
}

func TestRedriveMovesMessagesBackAsNewOnes(t *testing.T) {
	inTime(t, func(t *testing.T, s *Store) {
		send(t, s, work, "a")
		send(t, s, work, "b")
		send(t, s, work, "c")
		for range 2 {
			receive(t, s, work, 10)
			time.Sleep(30 * time.Second)
		}
		receive(t, s, work, 10) // which buries them
		if c, _ := s.Count(dead); c.Visible != 3 {
			t.Fatalf("the dead-letter queue has %+v", c)
		}
		task, err := s.Move(dead, "", 1)
		if err != nil || task.Status != "RUNNING" || task.ToMove != 3 {
			t.Fatalf("%+v, %v", task, err)
		}
		if _, err := s.Move(dead, "", 1); !errors.Is(err, ErrMoving) {
			t.Errorf("a second redrive: %v", err)
		}
		synctest.Wait() // the first goes at once, and one each second
		if got := receive(t, s, work, 10); bodies(got) != "a" || got[0].Receives != 1 || got[0].Source != "" {
			t.Errorf("moved back %+v", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if moved, err := s.CancelMove(task.Handle); moved != 2 || err != nil {
			t.Errorf("cancelled after %d, %v", moved, err)
		}
		if _, err := s.Move(dead, work, 0); err != nil {
			t.Fatal(err)
		}
		tasks, err := s.Moves(dead)
		if err != nil || len(tasks) != 1 || tasks[0].Status != "COMPLETED" || tasks[0].Moved != 1 {
			t.Errorf("%+v, %v", tasks, err)
		}
		send(t, s, dead, "of nowhere")
		if task, err := s.Move(dead, "", 0); err != nil || task.Status != "FAILED" || !strings.Contains(task.Failure, "name a destination") {
			t.Errorf("%+v, %v", task, err)
		}
		if c, _ := s.Count(dead); c.Visible != 1 {
			t.Errorf("after a redrive that failed the queue has %+v", c)
		}
	})
}

func TestMessagesAreThereAfterReopening(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sqs", "q")
	s := open(t, file)
	for _, body := range []string{"polled", "received", "waiting", "deleted"} {
		send(t, s, work, body)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := s.Receive(over, work, Receiving{Most: 1, Polled: true}); err != nil || bodies(got) != "polled" {
		t.Fatal(got, err)
	}
	if got := receive(t, s, work, 1); bodies(got) != "received" {
		t.Fatal(bodies(got))
	}
	rest := receive(t, s, work, 2)
	if err := errors.Join(s.Delete(work, rest[1].Receipt), s.Hide(work, rest[0].Receipt, 0), s.Close()); err != nil {
		t.Fatal(err)
	}
	again := open(t, file)
	got := receive(t, again, work, 10)
	if bodies(got) != "polled waiting" || got[0].Receives != 2 {
		t.Errorf("after reopening received %q, the first for the %d. time", bodies(got), got[0].Receives)
	}
	if c, _ := again.Count(work); c.InFlight != 3 {
		t.Errorf("after reopening: %+v", c)
	}
}

func TestUnknownQueuesAndDamagedFilesAreNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "q")
	s := open(t, file)
	if _, err := s.Send("arn:other", Content{}, nil); !errors.Is(err, ErrNoQueue) {
		t.Errorf("sending to no queue: %v", err)
	}
	if _, err := s.Receive(t.Context(), "arn:other", Receiving{Most: 1}); !errors.Is(err, ErrNoQueue) {
		t.Errorf("receiving from no queue: %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := os.WriteFile(file, []byte("no database at all, but some text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, func(Dead) {}); err == nil || !strings.Contains(err.Error(), "remove "+file) {
		t.Errorf("a damaged file: %v", err)
	}
}

// A machine that ends, and not only the process, may leave some pages of the file
// unwritten, or its end.
func TestAFileWithoutSomeOfItsPagesIsNamed(t *testing.T) {
	const page = 4096
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "q"))
	for range 100 {
		send(t, s, work, strings.Repeat("x", 300))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(folder, "q"))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	try := func(name string, data []byte) {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(file, func(Dead) {})
		if err == nil { // it was one that nothing was in any more
			err = s.Close()
		} else if refused++; strings.Contains(err.Error(), "remove "+file) {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at := 2 * page; at < len(good); at += page {
		empty := append(slices.Concat(good[:at], make([]byte, page)), good[min(len(good), at+page):]...)
		try(fmt.Sprintf("empty at %d", at), empty)
		try(fmt.Sprintf("ends at %d", at), good[:at])
	}
	if refused == 0 {
		t.Error("none is refused")
	}
}

// Each message is delivered, and none that was deleted comes again, with many who
// send and receive.
func TestManySendersAndReceivers(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "q"))
	const senders, each = 4, 100
	var all sync.WaitGroup
	for sender := range senders {
		all.Go(func() {
			for i := range each {
				if _, err := s.Send(work, Content{Body: fmt.Sprint(sender, "-", i)}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var mu sync.Mutex
	seen := map[string]int{}
	ctx, cancel := context.WithCancel(t.Context())
	for range 4 {
		all.Go(func() {
			for {
				messages, err := s.Receive(ctx, work, Receiving{Most: 10})
				if err != nil {
					t.Error(err)
				}
				if len(messages) == 0 {
					return
				}
				for _, m := range messages {
					if err := s.Delete(work, m.Receipt); err != nil {
						t.Error(err)
					}
					mu.Lock()
					if seen[m.Body]++; len(seen) == senders*each {
						cancel()
					}
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	cancel()
	for body, times := range seen {
		if times != 1 {
			t.Errorf("%s came %d times", body, times)
		}
	}
}
