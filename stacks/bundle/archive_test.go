package bundle

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// layOutFiles writes files into a folder, in the order given.
func layOutFiles(t *testing.T, mode fs.FileMode, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("content of "+name), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func archived(t *testing.T, folder string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "new", "layer.zip")
	if err := Archive(file, folder); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestArchiveIsTheSameWhateverTheMachine(t *testing.T) {
	one := layOutFiles(t, 0o600, "b.txt", "data/a.txt", "a.txt")
	other := layOutFiles(t, 0o664, "a.txt", "data/a.txt", "b.txt", ".DS_Store", ".cache/x", "b.txt~")
	long := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(other, "b.txt"), long, long); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(archived(t, one), archived(t, other)) {
		t.Error("the archives differ")
	}
	program := layOutFiles(t, 0o700, "a.txt", "b.txt", "data/a.txt")
	if bytes.Equal(archived(t, one), archived(t, program)) {
		t.Error("programs are no programs any more")
	}
}

func TestArchiveHasTheFilesAsLambdaNeedsThem(t *testing.T) {
	content := archived(t, layOutFiles(t, 0o600, "data/b.txt", "a.txt"))
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
		if file.Mode() != 0o644 {
			t.Errorf("%s has the mode %s: the function's user is another one", file.Name, file.Mode())
		}
	}
	if diff := cmp.Diff([]string{"a.txt", "data/b.txt"}, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	text, err := fs.ReadFile(archive, "data/b.txt")
	if err != nil || string(text) != "content of data/b.txt" {
		t.Errorf("data/b.txt is %q, %v", text, err)
	}
}

func TestArchiveRefusesWhatIsNoFile(t *testing.T) {
	folder := layOutFiles(t, 0o600, "a.txt")
	if err := os.Symlink("a.txt", filepath.Join(folder, "link.txt")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "layer.zip")
	if err := Archive(file, folder); err == nil || !strings.Contains(err.Error(), "link.txt") {
		t.Errorf("a link: error is %v", err)
	}
	if err := Archive(file, filepath.Join(folder, "none")); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no folder: error is %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
