package lambda

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Layers are the extracted layers of functions: each in a folder of its own below
// Dir, named after its archive, which is named after its content.
type Layers struct{ Dir string }

// opt is where functions have their layers.
const opt = "/opt/"

// Lead leads functions to their layers' files. A process has no /opt of its own
// here: so an environment variable whose value is the path of a file there has
// the path of that file on this machine. One that no layer has stays as it is,
// and is not found here either.
func (l Layers) Lead(functions []Function) ([]Function, error) {
	led := slices.Clone(functions)
	for i, f := range led {
		if len(f.Layers) == 0 {
			continue
		}
		environment := make(map[string]string, len(f.Environment))
		for name, value := range f.Environment {
			path, err := l.file(f.Layers, value)
			if err != nil {
				return nil, fmt.Errorf("the layers of %s: %w", f.Name, err)
			}
			environment[name] = path
		}
		led[i].Environment = environment
		// By their content, not by where the assembly is: another one with the same
		// layers is no reason to start the function's environments again.
		led[i].Layers = nil
		for _, archive := range f.Layers {
			led[i].Layers = append(led[i].Layers, l.folder(archive))
		}
	}
	return led, nil
}

// file is where the file is that a value is the path of, or else the value.
func (l Layers) file(archives []string, value string) (string, error) {
	name, is := strings.CutPrefix(value, opt)
	if !is || !filepath.IsLocal(filepath.FromSlash(name)) {
		return value, nil
	}
	for _, archive := range slices.Backward(archives) {
		folder, err := l.extract(archive)
		if err != nil {
			return "", err
		}
		path := filepath.Join(folder, filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return value, nil
}

// folder is where an archive is extracted.
func (l Layers) folder(archive string) string {
	return filepath.Join(l.Dir, strings.TrimSuffix(filepath.Base(archive), ".zip"))
}

// extract extracts an archive where it is not there yet.
func (l Layers) extract(archive string) (string, error) {
	folder := l.folder(archive)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	content, err := zip.OpenReader(archive)
	if err != nil {
		return "", fmt.Errorf("%s: %w", archive, err)
	}
	defer content.Close() //nolint:errcheck // only read
	part := folder + ".part"
	err = errors.Join(os.RemoveAll(part), os.MkdirAll(l.Dir, 0o750))
	if err == nil {
		err = os.CopyFS(part, content)
	}
	if err == nil {
		err = os.Rename(part, folder)
	}
	if err != nil {
		return "", fmt.Errorf("extracting %s: %w", archive, err)
	}
	return folder, nil
}

// Prune removes the layers that none of the functions has, so that a day of
// edits does not fill the disk.
func (l Layers) Prune(keep ...[]Function) {
	var used []string
	for _, functions := range keep {
		for _, f := range functions {
			for _, archive := range f.Layers {
				used = append(used, l.folder(archive))
			}
		}
	}
	folders, err := os.ReadDir(l.Dir)
	if err != nil {
		return // none was extracted
	}
	for _, entry := range folders {
		if folder := filepath.Join(l.Dir, entry.Name()); !slices.Contains(used, folder) {
			_ = os.RemoveAll(folder) // what stays, the next start removes
		}
	}
}
