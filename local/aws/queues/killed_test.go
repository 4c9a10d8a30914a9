package queues

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fileVariable tells the test's own program to send to queues in this file, and
// limitVariable how large the file may become, in bytes.
const fileVariable, limitVariable = "ANNEX_TEST_QUEUES", "ANNEX_TEST_LIMIT"

func TestMain(m *testing.M) {
	if file := os.Getenv(fileVariable); file != "" {
		if err := sendUntilStopped(file, os.Getenv(limitVariable)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// sendUntilStopped says the body of each message that is sent. With a limit it
// goes on until one cannot be, and then sees that the store still works.
func sendUntilStopped(file, limit string) error {
	if limit != "" {
		signal.Ignore(syscall.SIGXFSZ) // a write fails instead
		var bytes uint64
		if _, err := fmt.Sscan(limit, &bytes); err != nil {
			return err
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: bytes}); err != nil {
			return err
		}
	}
	s, err := Open(file, func(Dead) {})
	if err != nil {
		return err
	}
	if err := s.Update(usual); err != nil {
		return err
	}
	for i := 0; ; i++ {
		body := fmt.Sprintf("%d-%s", i, strings.Repeat("x", 1000))
		if _, err := s.Send(work, Content{Body: body}, nil); err != nil && limit != "" {
			break
		} else if err != nil {
			return err
		}
		fmt.Println(body)
	}
	// What is there can still be received and shown again.
	got, _, _, err := s.take(work, Receiving{Most: 1})
	if err != nil || len(got) != 1 {
		return fmt.Errorf("on a full disk received %v, %w", got, err)
	}
	if err := s.Hide(work, got[0].Receipt, 0); err != nil {
		return fmt.Errorf("on a full disk: %w", err)
	}
	return nil // and ends without closing
}

func TestAKilledProcessLosesNothingThatWasSent(t *testing.T) {
	lost(t, "", func(runner *exec.Cmd, told int) {
		if told == 300 {
			_ = runner.Process.Kill() // in the middle of a message
		}
	})
}

func TestAFullDiskLosesNothingThatWasSent(t *testing.T) {
	lost(t, "1000000", func(*exec.Cmd, int) {})
}

// lost runs a sender, and sees after its end that all that it said is there.
func lost(t *testing.T, limit string, told func(*exec.Cmd, int)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "q")
	runner := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // the test itself
	runner.Env = append(os.Environ(), fileVariable+"="+file, limitVariable+"="+limit)
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		told(runner, len(said))
	}
	if err := runner.Wait(); err != nil && limit != "" {
		t.Fatal(err, said[len(said)-1])
	}
	if len(said) < 100 {
		t.Fatalf("only %d messages were sent: %q", len(said), said)
	}
	s := open(t, file)
	there := map[string]bool{}
	for {
		messages := receive(t, s, work, 100)
		if len(messages) == 0 {
			break
		}
		for _, m := range messages {
			there[m.Body] = true
		}
	}
	for _, body := range said {
		if !there[body] {
			t.Fatalf("of %d messages that were sent there are %d, and not %.20s…", len(said), len(there), body)
		}
	}
}
