package queues

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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
