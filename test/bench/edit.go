package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// edit measures how long it takes from saving a handler until the first answer
// of its new code, beside go build of that handler alone after such an edit.
// The two take turns.
func edit(ctx context.Context, w workplace) ([]row, error) {
	served := editing{root: filepath.Join(w.dir, "edited"), text: "There is no such cart."}
	alone := editing{root: filepath.Join(w.dir, "alone"), text: served.text}
	for _, e := range []editing{served, alone} {
		if err := copyRepository(ctx, e.root); err != nil {
			return nil, err
		}
	}
	server, err := serve(ctx, w, "-root", served.root)
	if err != nil {
		return nil, err
	}
	defer server.stop() //nolint:errcheck // what failed before is the error to tell
	const runs = 9
	var builds []time.Duration
	saved, err := median(runs, func() (time.Duration, error) {
		took, err := alone.build(ctx, filepath.Join(w.dir, "edited-cart"))
		if err != nil {
			return 0, err
		}
		builds = append(builds, took)
		return served.answered(ctx, server)
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(builds)
	return []row{
		{"a saved handler's first answer, through edge, gateway and Lambda", saved, runs, "go build of that handler, edited likewise", took(builds[runs/2])},
	}, nil
}

// editing saves a handler again and again, each time with another text in the
// answer to the probe.
type editing struct {
	root  string
	saves int
	text  string // that is there now
}

func (e *editing) save() error {
	file := filepath.Join(e.root, "lambdas/cart/handler.go")
	code, err := os.ReadFile(file) //nolint:gosec // of the copy
	if err != nil {
		return err
	}
	e.saves++
	text := fmt.Sprintf("Edit %d of %s has no such cart.", e.saves, filepath.Base(e.root))
	if strings.Count(string(code), e.text) != 1 {
		return fmt.Errorf("%s does not have %q once", file, e.text)
	}
	edited := strings.Replace(string(code), e.text, text, 1)
	e.text = text
	return os.WriteFile(file, []byte(edited), 0o600) //nolint:gosec // as above
}

// answered saves, and waits until the server's answer is that of the new code.
func (e *editing) answered(ctx context.Context, server *server) (time.Duration, error) {
	if err := e.save(); err != nil {
		return 0, err
	}
	for began := time.Now(); ; time.Sleep(2 * time.Millisecond) { // what compiles needs the time more
		if _, err := server.get(ctx); err != nil {
			return 0, err
		}
		took := time.Since(began)
		switch {
		case bytes.Contains(server.body, []byte(e.text)):
			return took, nil
		case took > time.Minute:
			return 0, fmt.Errorf("an edit of the cart is not served, the answer is %s", server.body)
		}
	}
}

// build saves, and compiles the handler as local mode does.
func (e *editing) build(ctx context.Context, binary string) (time.Duration, error) {
	if err := e.save(); err != nil {
		return 0, err
	}
	return timed(ctx, e.root, []string{"CGO_ENABLED=0"}, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc",
		"-ldflags", "-s -w", "-o", binary, "./lambdas/cart")
}

// copyRepository copies what git knows of, as it is in the work tree.
func copyRepository(ctx context.Context, to string) error {
	files, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("listing the repository's files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(files), "\x00"), "\x00") {
		text, err := os.ReadFile(name) //nolint:gosec // a file of the repository
		if os.IsNotExist(err) {
			continue // removed, and not yet committed
		}
		if err != nil {
			return err
		}
		copied := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(copied), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(copied, text, 0o600); err != nil { //nolint:gosec // as above
			return err
		}
	}
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		return err
	}
	return os.Symlink(modules, filepath.Join(to, "node_modules"))
}
