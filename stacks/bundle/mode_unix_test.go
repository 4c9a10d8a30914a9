//go:build unix

package bundle

import (
	"io/fs"
	"syscall"
	"testing"
)

func TestEveryoneMayRunTheBootstrap(t *testing.T) {
	before := syscall.Umask(0o077)
	t.Cleanup(func() { syscall.Umask(before) })

	o := options(repository(t, map[string]string{"lambdas/cart/main.go": empty}))
	build(t, o, "cart")
	if mode := linkedAt(t, o, "cart").Mode(); mode != fs.FileMode(0o755) {
		t.Errorf("mode %v: Lambda's user could not run it", mode)
	}
}
