package queues

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
