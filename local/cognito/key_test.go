package cognito

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestTheKeyIsKeptAndTheSameForAllWhoOpenIt(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state", "cognito")
	keys := make([]*Key, 4)
	var opening sync.WaitGroup
	for i := range keys {
		opening.Go(func() {
			var err error
			if keys[i], err = OpenKey(folder); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	first, _ := keys[0].public.KeyID()
	for _, key := range keys[1:] {
		if id, _ := key.public.KeyID(); id != first || id == "" {
			t.Errorf("one has the key %q, another %q", first, id)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v: %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key may be read by %v: %v", info.Mode(), err)
	}
	file := filepath.Join(folder, files[0].Name())
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKey(folder); err == nil || !strings.Contains(err.Error(), "remove "+file) {
		t.Errorf("a key that cannot be read: %v", err)
	}
}
