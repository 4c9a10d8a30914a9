package events

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestACheckpointOutlivesTheProcess(t *testing.T) {
	kept := checkpoints{filepath.Join(t.TempDir(), "mappings")}
	m, other := stream(nil), stream(func(m *Mapping) { m.ID = "shop/Other" })
	if _, found, err := kept.load(&m); found || err != nil {
		t.Fatalf("there is one: %v", err)
	}
	part := kept.file(&m) + ".part" // of a process that was killed while it wrote
	if err := errors.Join(os.Mkdir(kept.folder, 0o750), os.WriteFile(part, []byte(`{"Mapping":"shop/Changes","Source":`), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, done := range [][]string{{"7"}, {"8", "12"}} {
		if err := kept.save(&m, checkpoint{Done: done}); err != nil {
			t.Fatal(err)
		}
		got, found, err := kept.load(&m)
		if err != nil || !found || !slices.Equal(got.Done, done) {
			t.Errorf("it is %+v, %v, want %q", got, err, done)
		}
	}
	if _, found, _ := kept.load(&other); found {
		t.Error("another mapping has it")
	}
	m.Source += "2"
	if _, found, err := kept.load(&m); found || err != nil {
		t.Errorf("another stream has it: %v", err)
	}
	files, err := os.ReadDir(kept.folder)
	if err != nil || len(files) != 1 {
		t.Errorf("the folder has %v, %v", files, err)
	}
}

func TestOtherLanesBeginWhereAllHaveBeen(t *testing.T) {
	c := checkpoint{Done: []string{"12", "9", "100"}}
	for lanes, want := range map[int][]string{3: {"12", "9", "100"}, 1: {"9"}, 4: {"9", "9", "9", "9"}} {
		if got := c.over(lanes).Done; !slices.Equal(got, want) {
			t.Errorf("%d lanes have %q, want %q", lanes, got, want)
		}
	}
}

func TestACheckpointThatCannotBeReadIsNoBeginning(t *testing.T) {
	kept := checkpoints{t.TempDir()}
	m := stream(nil)
	for _, content := range []string{"", "{", `{"Mapping":"shop/Changes"}`} {
		if err := os.WriteFile(kept.file(&m), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := kept.load(&m); err == nil || !strings.Contains(err.Error(), "stream carts") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestAFullDiskIsToldAndLosesNothing has no room for checkpoints: their folder is
// a file.
func TestAFullDiskIsToldAndLosesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.start(stream(nil))
		w.write("a1")
		w.called("a1")
		kept := w.folder + ".kept"
		if err := os.Rename(w.folder, kept); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(w.folder, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		w.write("a2")
		w.write("a3")
		w.called("a2", "a3")
		w.note(func() {
			if len(w.troubles) != 1 || !strings.Contains(w.troubles[0], "keep how far stream carts was read: ") || !strings.Contains(w.troubles[0], "comes again after a restart") {
				t.Errorf("told is %q", w.troubles)
			}
		})
		m.Close()
		if err := os.Remove(w.folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(kept, w.folder); err != nil {
			t.Fatal(err)
		}
		m = w.start(stream(nil))
		defer m.Close()
		w.called("a2 a3")
	})
}
