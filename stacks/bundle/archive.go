package bundle

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Files lists the files below a folder, by their paths with slashes, sorted: what Archive puts into an archive. Hidden
// files and editors' backups are left out, which differ from one machine to the next. The error names what is no file.
func Files(folder string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != folder && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case entry.IsDir() || hidden || strings.HasSuffix(entry.Name(), "~"):
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder: put the file itself there", path)
		}
		name, err := filepath.Rel(folder, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bundle: listing the files of a folder: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// Archive makes a zip archive of the files below a folder. The same files give the same bytes on every machine: their
// order, their times and all of their modes but whether they are programs are the archive's own, and nothing is compressed,
// for another release of Go might do that otherwise.
func Archive(file, folder string) error {
	names, err := Files(folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return fmt.Errorf("bundle: making an archive: %w", err)
	}
	// Renamed when it is whole: two that make the same archive at once do not meet.
	part, err := os.CreateTemp(filepath.Dir(file), ".archive-*")
	if err != nil {
		return fmt.Errorf("bundle: making an archive: %w", err)
	}
	defer os.Remove(part.Name()) //nolint:errcheck // gone, where all went well
	archive := zip.NewWriter(part)
	for _, name := range names {
		if err = add(archive, folder, name); err != nil {
			break
		}
	}
	if err = errors.Join(err, archive.Close(), part.Close()); err == nil {
		err = os.Rename(part.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("bundle: making an archive: %w", err)
	}
	return nil
}

func add(archive *zip.Writer, folder, name string) error {
	content, err := os.Open(filepath.Join(folder, filepath.FromSlash(name))) //nolint:gosec // a file of the folder
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // only read
	info, err := content.Stat()
	if err != nil {
		return err
	}
	header := &zip.FileHeader{Name: name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o644)
	if info.Mode()&0o111 != 0 {
		header.SetMode(0o755)
	}
	to, err := archive.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, content)
	return err
}
