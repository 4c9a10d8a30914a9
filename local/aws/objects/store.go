// Package objects keeps the objects of S3 buckets on disk, as the backend of
// gofakes3. Only local/aws may import it.
//
// The backends that come with gofakes3 do not fit: s3afero writes an object in
// place and its metadata beside it, so that a process that ends in between
// loses one of them; s3bolt reads and writes whole objects at every request,
// waits for the disk at each write, and keeps the metadata of an overwritten
// object. Here an object is one file, its content and then its metadata,
// written aside and renamed: it is there wholly or not at all. The list of
// objects is held in memory, so that HEAD and listings read no file.
package objects

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// Store is the buckets below one folder. It implements gofakes3.Backend and
// is safe for concurrent use within one process; two processes must not share
// the folder.
type Store struct {
	root string

	observer func(Change) error

	mu        sync.RWMutex
	buckets   map[string]*bucket
	sequencer uint64 // of the last change
}

type bucket struct {
	created time.Time
	keys    []string // sorted
	objects map[string]*object
}

// Open reads what the folder holds, which it makes where it is missing.
func Open(root string) (*Store, error) {
	s := &Store{root: root, buckets: map[string]*bucket{}, observer: func(Change) error { return nil }}
	if err := os.MkdirAll(root, 0o750); err != nil {
		return nil, fmt.Errorf("keep objects: %w", err)
	}
	folders, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("read the objects: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		b, err := readBucket(filepath.Join(root, folder.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the objects of bucket %s: %w", folder.Name(), err)
		}
		s.buckets[folder.Name()] = b
	}
	return s, nil
}

func readBucket(folder string) (*bucket, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, err
	}
	b := &bucket{created: info.ModTime().UTC(), objects: map[string]*object{}}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		path := filepath.Join(folder, file.Name())
		if filepath.Ext(path) == partExtension {
			// A write that a process left unfinished.
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
		if filepath.Ext(path) != objectExtension {
			continue
		}
		o, err := readObject(path)
		if err != nil {
			return nil, err
		}
		b.objects[o.Key] = o
		b.keys = append(b.keys, o.Key)
	}
	slices.Sort(b.keys)
	return b, nil
}

// Folder is where the bucket keeps its files. Files in it whose names begin
// with a dot are left alone, and go when the bucket is deleted.
func (s *Store) Folder(bucket string) string { return filepath.Join(s.root, bucket) }

// file is where the object is kept.
func (s *Store) file(bucket, key string) string {
	return filepath.Join(s.Folder(bucket), fileName(key))
}

// fileName is a hash, because a key may be longer than a file name and "a" and
// "a/b" may both be keys. The file itself says the key.
func fileName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:]) + objectExtension
}

// ListBuckets implements gofakes3.Backend.
func (s *Store) ListBuckets() ([]gofakes3.BucketInfo, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	buckets := make([]gofakes3.BucketInfo, 0, len(s.buckets))
	for name, b := range s.buckets {
		buckets = append(buckets, gofakes3.BucketInfo{Name: name, CreationDate: gofakes3.NewContentTime(b.created)})
	}
	slices.SortFunc(buckets, func(a, b gofakes3.BucketInfo) int { return strings.Compare(a.Name, b.Name) })
	return buckets, nil
}

// CreateBucket implements gofakes3.Backend.
func (s *Store) CreateBucket(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.buckets[name]; ok {
		return gofakes3.ResourceError(gofakes3.ErrBucketAlreadyExists, name)
	}
	if err := os.Mkdir(s.Folder(name), 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create bucket %s: %w", name, err)
	}
	s.buckets[name] = &bucket{created: time.Now().UTC(), objects: map[string]*object{}}
	return nil
}

// BucketExists implements gofakes3.Backend.
func (s *Store) BucketExists(name string) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.buckets[name]
	return ok, nil
}

// DeleteBucket implements gofakes3.Backend.
func (s *Store) DeleteBucket(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.buckets[name]
	switch {
	case !ok:
		return gofakes3.BucketNotFound(name)
	case len(b.keys) > 0:
		return gofakes3.ResourceError(gofakes3.ErrBucketNotEmpty, name)
	}
	return s.removeBucket(name)
}

// ForceDeleteBucket implements gofakes3.Backend.
func (s *Store) ForceDeleteBucket(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.buckets[name]; !ok {
		return gofakes3.BucketNotFound(name)
	}
	return s.removeBucket(name)
}

func (s *Store) removeBucket(name string) error {
	if err := os.RemoveAll(s.Folder(name)); err != nil {
		return fmt.Errorf("delete bucket %s: %w", name, err)
	}
	delete(s.buckets, name)
	return nil
}

// find returns an object, or gofakes3's error for a bucket or key that is not
// there. The caller holds the lock.
func (s *Store) find(bucket, key string) (*object, error) {
	b, ok := s.buckets[bucket]
	if !ok {
		return nil, gofakes3.BucketNotFound(bucket)
	}
	o, ok := b.objects[key]
	if !ok {
		return nil, gofakes3.ErrorMessage(gofakes3.ErrNoSuchKey, "The specified key does not exist.")
	}
	return o, nil
}

func (b *bucket) add(o *object) {
	if i, found := slices.BinarySearch(b.keys, o.Key); !found {
		b.keys = slices.Insert(b.keys, i, o.Key)
	}
	b.objects[o.Key] = o
}

func (b *bucket) drop(key string) {
	if i, found := slices.BinarySearch(b.keys, key); found {
		b.keys = slices.Delete(b.keys, i, i+1)
	}
	delete(b.objects, key)
}
