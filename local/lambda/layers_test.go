package lambda

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newLayer makes the archive of a layer with files, by their contents.
func newLayer(t *testing.T, folder, name string, files map[string]string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for name, content := range files {
		to, err := archive.Create(name)
		if err == nil {
			_, err = to.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func contentOf(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestFunctionsAreLedToTheFilesOfTheirLayers(t *testing.T) {
	assembly := t.TempDir()
	first := newLayer(t, assembly, "asset.one.zip", map[string]string{"stop.txt": "one", "data/deep.txt": "deep"})
	last := newLayer(t, assembly, "asset.two.zip", map[string]string{"stop.txt": "two"})
	l := Layers{Dir: filepath.Join(t.TempDir(), "layers")}
	given := []Function{
		{Name: "search", Layers: []string{first, last}, Environment: map[string]string{
			"STOP": "/opt/stop.txt", "DEEP": "/opt/data/deep.txt", "NONE": "/opt/none.txt", "UP": "/opt/../asset.one.zip", "TABLE": "optional",
		}},
		{Name: "cart", Environment: map[string]string{"STOP": "/opt/stop.txt"}},
	}
	led, err := l.Lead(given)
	if err != nil {
		t.Fatal(err)
	}
	environment := led[0].Environment
	if got := contentOf(t, environment["STOP"]); got != "two" {
		t.Errorf("of two layers with the file, it is that of %q", got)
	}
	if got := contentOf(t, environment["DEEP"]); got != "deep" {
		t.Errorf("a file in a folder is %q", got)
	}
	for name, want := range map[string]string{"NONE": "/opt/none.txt", "UP": "/opt/../asset.one.zip", "TABLE": "optional"} {
		if environment[name] != want {
			t.Errorf("%s is %q, want %q", name, environment[name], want)
		}
	}
	if diff := cmp.Diff(given[1], led[1]); diff != "" {
		t.Errorf("a function without layers (-want +got):\n%s", diff)
	}
	if given[0].Environment["STOP"] != "/opt/stop.txt" {
		t.Error("the functions that were given are changed")
	}
}

// The assembly of each synth is in a folder of its own, which is then moved.
func TestFunctionOfTheSameLayersIsTheSame(t *testing.T) {
	files := map[string]string{"stop.txt": "one"}
	l := Layers{Dir: t.TempDir()}
	lead := func(folder, name string) Function {
		led, err := l.Lead([]Function{{Name: "search", Environment: map[string]string{"STOP": "/opt/stop.txt"}, Layers: []string{newLayer(t, folder, name, files)}}})
		if err != nil {
			t.Fatal(err)
		}
		return led[0]
	}
	first := lead(t.TempDir(), "asset.one.zip")
	if diff := cmp.Diff(first, lead(t.TempDir(), "asset.one.zip")); diff != "" {
		t.Errorf("the same layer makes another function (-first +then):\n%s", diff)
	}
	if cmp.Equal(first, lead(t.TempDir(), "asset.two.zip")) {
		t.Error("another layer makes the same function")
	}
}

func TestLayersThatNoFunctionHasAreRemoved(t *testing.T) {
	assembly := t.TempDir()
	l := Layers{Dir: filepath.Join(t.TempDir(), "layers")}
	l.Prune(nil) // before there are any
	var functions [3][]Function
	for i, name := range []string{"asset.one.zip", "asset.two.zip", "asset.three.zip"} {
		functions[i] = []Function{{Layers: []string{newLayer(t, assembly, name, map[string]string{"a.txt": ""})}, Environment: map[string]string{"A": "/opt/a.txt"}}}
		if _, err := l.Lead(functions[i]); err != nil {
			t.Fatal(err)
		}
	}
	l.Prune(functions[1], functions[2])
	left, err := filepath.Glob(filepath.Join(l.Dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{l.folder("asset.three.zip"), l.folder("asset.two.zip")}, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestDamagedLayerIsNamed(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "asset.one.zip")
	if err := os.WriteFile(archive, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := Layers{Dir: t.TempDir()}
	if _, err := l.Lead([]Function{{Name: "search", Layers: []string{archive}, Environment: map[string]string{"A": "/opt/a.txt"}}}); err == nil {
		t.Error("no error")
	}
}
