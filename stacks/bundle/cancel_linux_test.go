package bundle

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCancelledBuildLeavesNothing cancels while package runtime is compiled,
// which takes longest and is needed where the cache is empty.
func TestCancelledBuildLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("GOCACHE", t.TempDir())
	o := options(repository(t, map[string]string{"lambdas/cart/main.go": empty}))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	built := make(chan error, 1)
	go func() { built <- Build(ctx, o, "cart") }()
	compiling := func(command string) bool {
		return strings.Contains(command, "/compile ") && strings.Contains(command, " -p runtime ")
	}
	for !slices.ContainsFunc(mentioning(t, temp), compiling) {
		select {
		case err := <-built:
			t.Fatal("the build ended before it could be cancelled: ", err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-built; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	for _, folder := range []string{temp, o.Root} { // the compiler's, and go's own
		for _, command := range mentioning(t, folder) {
			t.Error("still running: ", command)
		}
	}
	if left := list(t, temp); len(left) > 0 {
		t.Error("left in TMPDIR: ", left)
	}
}

// mentioning gives the command lines of the processes that have text in theirs.
func mentioning(t *testing.T, text string) (commands []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(line), text) { // else it has ended
			commands = append(commands, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return commands
}
