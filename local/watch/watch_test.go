package watch

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tree watches a folder until the test ends.
func tree(t *testing.T, root string) *Tree {
	t.Helper()
	w, err := Open(root, func(path string) bool { return slices.Contains(strings.Split(path, "/"), "ignored") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx, func(err error) { t.Error(err) })
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return w
}

// await waits until a path was told, and fails if an ignored one was.
func await(t *testing.T, w *Tree, path string) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case paths := <-w.Changes():
			for _, p := range paths {
				if strings.Contains(p, "ignored") {
					t.Errorf("%s was told", p)
				}
			}
			if slices.Contains(paths, path) {
				return
			}
		case <-limit:
			t.Fatalf("%s was not told", path)
		}
	}
}

func write(t *testing.T, elements ...string) {
	t.Helper()
	file := filepath.Join(elements...)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestChangesAreToldHoweverTheyAreMade(t *testing.T) {
	root := t.TempDir()
	write(t, root, "lambdas/cart/main.go")
	write(t, root, "ignored/deep/a")
	w := tree(t, root)

	write(t, root, "ignored/deep/a")
	write(t, root, "lambdas/cart/main.go")
	await(t, w, "lambdas/cart/main.go")

	write(t, root, "lambdas/cart/.main.go.tmp") // as editors save
	must(t, os.Rename(filepath.Join(root, "lambdas/cart/.main.go.tmp"), filepath.Join(root, "lambdas/cart/main.go")))
	await(t, w, "lambdas/cart/main.go")

	write(t, root, "lambdas/pay/internal/card/main.go") // in folders that are new
	await(t, w, "lambdas/pay/internal/card/main.go")
	write(t, root, "lambdas/pay/internal/card/main.go")
	await(t, w, "lambdas/pay/internal/card/main.go")

	must(t, os.RemoveAll(filepath.Join(root, "lambdas/pay")))
	await(t, w, "lambdas/pay")
	write(t, root, "lambdas/pay/main.go") // and in one that comes again
	await(t, w, "lambdas/pay/main.go")
	write(t, root, "lambdas/pay/main.go")
	await(t, w, "lambdas/pay/main.go")

	must(t, os.Remove(filepath.Join(root, "lambdas/cart/main.go")))
	await(t, w, "lambdas/cart/main.go")
}

func TestLinksAreFollowedOnce(t *testing.T) {
	real, elsewhere, links := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, real, "main.go")
	write(t, elsewhere, "css/a.css")
	must(t, os.Symlink(elsewhere, filepath.Join(real, "site")))
	must(t, os.Symlink(real, filepath.Join(real, "round")))
	root := filepath.Join(links, "root")
	must(t, os.Symlink(real, root))
	w := tree(t, root)
	write(t, root, "main.go")
	await(t, w, "main.go")
	write(t, elsewhere, "css/a.css")
	await(t, w, "site/css/a.css")
}
