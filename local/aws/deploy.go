package aws

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"annex/local/aws/objects"
)

// Deployed is a deployment that ran, because it is new or changed.
type Deployed struct {
	Resource string // names it in messages
	Bucket   string
	Uploaded int // objects
	Removed  int // objects that are in no source any more

	DistributionID string   // of the CloudFront distribution to invalidate; empty for none
	Paths          []string // what to invalidate there, such as /*
}

// recordFile holds, beside a bucket's objects, which deployments have run: so
// that starting again does not overwrite what somebody uploaded since, and a
// bucket that is gone is filled anew.
const recordFile = ".deployments.json"

// deploy runs the deployments that changed since they ran last, as
// CloudFormation would.
func deploy(ctx context.Context, store *objects.Store, deployments []Deployment) ([]Deployed, error) {
	var ran []Deployed
	for _, d := range deployments {
		record := filepath.Join(store.Folder(d.Bucket), recordFile)
		hashes, err := readRecord(record)
		if err != nil {
			return ran, err
		}
		if last, before := hashes[d.ID]; before && last == d.Hash {
			continue
		}
		done, err := d.run(ctx, store)
		if err != nil {
			return ran, fmt.Errorf("%s: deploy to s3://%s/%s: %w", d.Resource, d.Bucket, d.Prefix, err)
		}
		hashes[d.ID] = d.Hash
		if err := writeRecord(record, hashes); err != nil {
			return ran, err
		}
		ran = append(ran, done)
	}
	return ran, nil
}

func readRecord(file string) (map[string]string, error) {
	hashes := map[string]string{}
	data, err := os.ReadFile(file) //nolint:gosec // a file of the data folder
	if errors.Is(err, fs.ErrNotExist) {
		return hashes, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &hashes)
	}
	if err != nil {
		return nil, fmt.Errorf("read which deployments have run: %w: remove %s, or run `make clean-data`", err, file)
	}
	return hashes, nil
}

func writeRecord(file string, hashes map[string]string) error {
	part := file + ".part"
	err := os.WriteFile(part, encoded(hashes), 0o600)
	if err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		return fmt.Errorf("write which deployments have run: %w", err)
	}
	return nil
}

// run is `aws s3 sync` of the sources to the bucket, in which a later source
// overwrites an earlier one. All files are uploaded: CDK's handler has just
// extracted them, so that each is newer than its object.
func (d Deployment) run(ctx context.Context, store *objects.Store) (Deployed, error) {
	done := Deployed{Resource: d.Resource, Bucket: d.Bucket, DistributionID: d.DistributionID, Paths: d.Paths}
	files := map[string]func() ([]byte, error){}
	for _, source := range d.Sources {
		contents, err := source.files(d.Extract)
		if err != nil {
			return done, err
		}
		maps.Copy(files, contents)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !included(d.Filters, name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return done, err
		}
		content, err := files[name]()
		if err != nil {
			return done, err
		}
		headers := map[string]string{"Content-Type": contentType(name), objects.CauseHeader: "PutObject"}
		maps.Copy(headers, d.Headers)
		if _, err := store.Put(d.Bucket, d.Prefix+name, headers, bytes.NewReader(content), nil); err != nil {
			return done, err
		}
		done.Uploaded++
	}
	if !d.Prune {
		return done, nil
	}
	for _, key := range store.Keys(d.Bucket, d.Prefix) {
		name := strings.TrimPrefix(key, d.Prefix)
		if _, deployed := files[name]; deployed || !included(d.Filters, name) {
			continue
		}
		if _, err := store.Delete(d.Bucket, key, "DeleteObject"); err != nil {
			return done, err
		}
		done.Removed++
	}
	return done, nil
}

// files are the source's files by their paths with slashes, each with a
// function that reads it. A source that is not extracted is one file.
func (s Source) files(extract bool) (map[string]func() ([]byte, error), error) {
	files := map[string]func() ([]byte, error){}
	info, err := os.Stat(s.File)
	switch {
	case err != nil:
		return nil, err
	case !extract && info.IsDir():
		return nil, fmt.Errorf("%s is a folder, and Extract is false: local mode has no archive of it", s.File)
	case !extract:
		files[s.Name] = func() ([]byte, error) { return os.ReadFile(s.File) }
		return files, nil
	case info.IsDir():
		return s.folder()
	}
	return s.archive()
}

func (s Source) folder() (map[string]func() ([]byte, error), error) {
	files := map[string]func() ([]byte, error){}
	err := filepath.WalkDir(s.File, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(s.File, path)
		files[filepath.ToSlash(name)] = func() ([]byte, error) {
			data, err := os.ReadFile(path) //nolint:gosec // a file of the assembly
			return s.replaceMarkers(data), err
		}
		return err
	})
	return files, err
}

func (s Source) archive() (map[string]func() ([]byte, error), error) {
	archive, err := zip.OpenReader(s.File)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.File, err)
	}
	defer archive.Close() //nolint:errcheck // only read
	files := map[string]func() ([]byte, error){}
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		data, err := readEntry(entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", s.File, entry.Name, err)
		}
		data = s.replaceMarkers(data)
		files[entry.Name] = func() ([]byte, error) { return data, nil }
	}
	return files, nil
}

func readEntry(entry *zip.File) ([]byte, error) {
	content, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close() //nolint:errcheck // only read
	return io.ReadAll(content)
}

func (s Source) replaceMarkers(data []byte) []byte {
	for _, m := range s.Markers {
		data = bytes.ReplaceAll(data, []byte(m.Token), []byte(m.Value))
	}
	return data
}
