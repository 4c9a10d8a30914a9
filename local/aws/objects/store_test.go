package objects

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
)

func open(t testing.TB, root string) *Store {
	t.Helper()
	s, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filled is a store with one bucket, "shop", that holds the keys, each with
// itself as content.
func filled(t testing.TB, keys ...string) *Store {
	t.Helper()
	s := open(t, t.TempDir())
	if err := s.CreateBucket("shop"); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		put(t, s, key, key)
	}
	return s
}

func put(t testing.TB, s *Store, key, content string) {
	t.Helper()
	meta := map[string]string{"Content-Type": "text/plain", "X-Amz-Meta-From": "test", "X-Amz-Security-Token": "secret"}
	if _, err := s.PutObject("shop", key, meta, strings.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, s *Store, key string) (content string, headers map[string]string) {
	t.Helper()
	o, err := s.GetObject("shop", key, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Contents.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(o.Contents)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), o.Metadata
}

func head(t *testing.T, s *Store, key string) *gofakes3.Object {
	t.Helper()
	object, err := s.HeadObject("shop", key)
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func TestObjectsAreThereAfterReopening(t *testing.T) {
	s := filled(t, "a", "a/b", "empty", strings.Repeat("long/", 200), "ключ", "with space+plus")
	put(t, s, "a", "changed")
	put(t, s, "empty", "")
	if _, err := s.DeleteObject("shop", "a/b"); err != nil {
		t.Fatal(err)
	}
	before, kept := s.Keys("shop", ""), head(t, s, "a")

	again := open(t, s.root)
	if diff := cmp.Diff(before, again.Keys("shop", "")); diff != "" {
		t.Error(diff)
	}
	content, headers := get(t, again, "a")
	if content != "changed" {
		t.Errorf("content %q, want the last that was written", content)
	}
	if headers["Content-Type"] != "text/plain" || headers["X-Amz-Meta-From"] != "test" || headers["Last-Modified"] == "" {
		t.Errorf("headers %v: want those that were put", headers)
	}
	if headers["X-Amz-Security-Token"] != "" {
		t.Error("the security token of the upload is kept with the object")
	}
	if after := head(t, again, "a"); after.VersionID != kept.VersionID || kept.VersionID == head(t, again, "empty").VersionID {
		t.Errorf("versions %q and then %q: want each write's own", kept.VersionID, after.VersionID)
	}
	if content, _ := get(t, again, "empty"); content != "" {
		t.Errorf("the empty object holds %q", content)
	}
	if _, err := again.HeadObject("shop", "a/b"); !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		t.Errorf("a deleted object gives %v", err)
	}
}

// A kill between writing and renaming leaves a part; the object that was there
// before has to stay.
func TestUnfinishedWritesAreForgotten(t *testing.T) {
	s := filled(t, "index")
	reading, writing := io.Pipe()
	failed := make(chan error)
	go func() {
		_, err := s.Put("shop", "index", nil, reading, nil)
		failed <- err
	}()
	if _, err := writing.Write([]byte("half of the new con")); err != nil {
		t.Fatal(err)
	}
	parts, _ := filepath.Glob(filepath.Join(s.Folder("shop"), "*"+partExtension))
	if len(parts) != 1 {
		t.Fatalf("parts while writing: %v, want one", parts)
	}

	again := open(t, s.root)
	if content, _ := get(t, again, "index"); content != "index" {
		t.Errorf("after a write that did not finish, the object holds %q", content)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Folder("shop"), "*"+partExtension)); len(left) != 0 {
		t.Errorf("parts after opening again: %v, want none", left)
	}
	writing.CloseWithError(io.ErrUnexpectedEOF)
	if err := <-failed; err == nil {
		t.Error("a body that broke off was written")
	}
	if content, _ := get(t, s, "index"); content != "index" {
		t.Errorf("after a body that broke off, the object holds %q", content)
	}
}

func TestOverwritingForgetsTheOldMetadata(t *testing.T) {
	s := filled(t, "page")
	if _, err := s.PutObject("shop", "page", nil, strings.NewReader("new"), 3, nil); err != nil {
		t.Fatal(err)
	}
	_, headers := get(t, s, "page")
	if headers["Content-Type"] != "binary/octet-stream" || headers["X-Amz-Meta-From"] != "" {
		t.Errorf("headers %v: want none of the overwritten object", headers)
	}
}

func TestReadersKeepTheObjectThatTheyOpened(t *testing.T) {
	s := filled(t, "page")
	o, err := s.GetObject("shop", "page", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Contents.Close() //nolint:errcheck // only read
	put(t, s, "page", "something else, longer")
	data, err := io.ReadAll(o.Contents)
	if err != nil || string(data) != "page" {
		t.Errorf("read %q, %v: want the object as it was when it was opened", data, err)
	}
}

func TestBodiesOfAnotherLengthAreRefused(t *testing.T) {
	s := filled(t)
	for _, size := range []int64{3, 5} {
		_, err := s.PutObject("shop", "k", nil, strings.NewReader("four"), size, nil)
		if !gofakes3.HasErrorCode(err, gofakes3.ErrIncompleteBody) {
			t.Errorf("four bytes as %d: %v, want IncompleteBody", size, err)
		}
	}
	if keys := s.Keys("shop", ""); len(keys) != 0 {
		t.Errorf("keys %v, want none", keys)
	}
}

func TestConditionalPuts(t *testing.T) {
	s := filled(t, "k")
	etag := gofakes3.FormatETag(mustHead(t, s, "k").Hash)
	other, any := `"0123"`, "*"
	for _, c := range []struct {
		name, key  string
		conditions gofakes3.PutConditions
		ok         bool
	}{
		{"If-None-Match over an object", "k", gofakes3.PutConditions{IfNoneMatch: &any}, false},
		{"If-None-Match where there is none", "new", gofakes3.PutConditions{IfNoneMatch: &any}, true},
		{"If-Match with another ETag", "k", gofakes3.PutConditions{IfMatch: &other}, false},
		{"If-Match where there is none", "gone", gofakes3.PutConditions{IfMatch: &etag}, false},
		{"If-Match with its ETag", "k", gofakes3.PutConditions{IfMatch: &etag}, true},
	} {
		_, err := s.Put("shop", c.key, nil, strings.NewReader("new"), &c.conditions)
		if c.ok != (err == nil) || !c.ok && !gofakes3.HasErrorCode(err, gofakes3.ErrPreconditionFailed) {
			t.Errorf("%s: %v, want success = %v or PreconditionFailed", c.name, err, c.ok)
		}
	}
	if parts, _ := filepath.Glob(filepath.Join(s.Folder("shop"), "*"+partExtension)); len(parts) != 0 {
		t.Errorf("refused writes left %v", parts)
	}
}

func mustHead(t *testing.T, s *Store, key string) *gofakes3.Object {
	t.Helper()
	o, err := s.HeadObject("shop", key)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestRanges(t *testing.T) {
	s := filled(t, "0123456789")
	o, err := s.GetObject("shop", "0123456789", &gofakes3.ObjectRangeRequest{Start: 2, End: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Contents.Close() //nolint:errcheck // only read
	if data, _ := io.ReadAll(o.Contents); string(data) != "234" {
		t.Errorf("bytes 2-4 are %q", data)
	}
	if _, err := s.GetObject("shop", "0123456789", &gofakes3.ObjectRangeRequest{Start: 10, End: gofakes3.RangeNoEnd}); !gofakes3.HasErrorCode(err, gofakes3.ErrInvalidRange) {
		t.Errorf("a range after the end gives %v, want InvalidRange", err)
	}
}

func TestBuckets(t *testing.T) {
	s := filled(t, "a")
	if err := s.CreateBucket("shop"); !gofakes3.IsAlreadyExists(err) {
		t.Errorf("creating it again gives %v", err)
	}
	if err := s.DeleteBucket("shop"); !gofakes3.HasErrorCode(err, gofakes3.ErrBucketNotEmpty) {
		t.Errorf("deleting it with an object gives %v", err)
	}
	result, err := s.DeleteMulti("shop", "a", "never there")
	if err != nil || len(result.Deleted) != 2 {
		t.Errorf("DeleteMulti: %v, %v: want both keys deleted", result, err)
	}
	if err := s.DeleteBucket("shop"); err != nil {
		t.Error(err)
	}
	if _, err := s.GetObject("shop", "a", nil); !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchBucket) {
		t.Errorf("reading from it gives %v", err)
	}
	if _, err := s.Put("shop", "a", nil, strings.NewReader(""), nil); !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchBucket) {
		t.Errorf("writing to it gives %v", err)
	}
	if buckets, _ := open(t, s.root).ListBuckets(); len(buckets) != 0 {
		t.Errorf("after opening again there are %v", buckets)
	}
}

func TestDamagedFilesAreNamed(t *testing.T) {
	s := filled(t, "a")
	file := s.file("shop", "a")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty":            nil,
		"cut off":          whole[:len(whole)-2],
		"its start gone":   whole[3:],
		"no JSON":          append(bytes.Repeat([]byte("x"), 9), 0, 0, 0, 9),
		"a length too far": append(bytes.Repeat([]byte("x"), 9), 0, 0, 1, 0),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s.root); err == nil || !strings.Contains(err.Error(), filepath.Base(file)) {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
	}
}

func TestAFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "s3")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names %s", err, file)
	}
}

type brokenDisk struct{}

func (brokenDisk) Read([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFailedWritesNameTheObjectAndLeaveNothing(t *testing.T) {
	s := filled(t)
	_, err := s.Put("shop", "k", nil, brokenDisk{}, nil)
	if err == nil || !strings.Contains(err.Error(), "write s3://shop/k: no space left") {
		t.Errorf("got %v", err)
	}
	if files, _ := os.ReadDir(s.Folder("shop")); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestSmuggledHeadersAreKept(t *testing.T) {
	h := http.Header{"Cache-Control": {"max-age=1"}, "Content-Language": {"de"}, "X-Amz-Meta-A": {"b"}}
	Smuggle(h)
	for name := range h {
		if !strings.HasPrefix(name, "X-Amz-") {
			h.Del(name) // as gofakes3 does
		}
	}
	want := map[string]string{"Content-Type": "binary/octet-stream", "Cache-Control": "max-age=1", "Content-Language": "de", "X-Amz-Meta-A": "b"}
	if diff := cmp.Diff(want, Kept(h)); diff != "" {
		t.Error(diff)
	}
}
