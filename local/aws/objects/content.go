package objects

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// CRC64NVMEHeader carries the checksum of a whole object in its responses.
const CRC64NVMEHeader = "X-Amz-Checksum-Crc64nvme"

// keptHeaders are those of a PutObject that S3 gives back with the object,
// beside those that begin with X-Amz-Meta-.
func keptHeaders() []string {
	return []string{
		"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires",
		"X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location",
	}
}

// smuggled is the form in which a header gets through gofakes3, which hands a
// backend only Content-Type, Content-Encoding, Content-Disposition and headers
// that begin with X-Amz-.
const smuggled = "X-Amz-Annex-"

// Smuggle prepares a request that writes an object, so that gofakes3 hands
// every header that S3 keeps to the store.
func Smuggle(h http.Header) {
	for _, name := range keptHeaders() {
		if value := h.Get(name); value != "" && !strings.HasPrefix(name, "X-Amz-") {
			h.Set(smuggled+name, value)
		}
	}
}

// Kept chooses from a request's headers, or from those of another object, the
// ones that stay with an object.
func Kept(h http.Header) map[string]string {
	headers := map[string]string{"Content-Type": "binary/octet-stream"}
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			headers[name] = h.Get(name)
		}
	}
	for _, name := range keptHeaders() {
		for _, sent := range []string{name, smuggled + name} {
			if value := h.Get(sent); value != "" {
				headers[name] = value
			}
		}
	}
	return headers
}

// PutObject implements gofakes3.Backend. Of meta it keeps what S3 keeps.
func (s *Store) PutObject(bucket, key string, meta map[string]string, content io.Reader, size int64, conditions *gofakes3.PutConditions) (gofakes3.PutObjectResult, error) {
	h := http.Header{}
	for name, value := range meta {
		h.Set(name, value)
	}
	headers := Kept(h)
	headers[CauseHeader] = h.Get(CauseHeader)
	put, err := s.Put(bucket, key, headers, &sized{content, size}, conditions)
	return gofakes3.PutObjectResult{VersionID: gofakes3.VersionID(put.Version)}, err
}

// sized reads exactly left bytes: a body that ends before, or does not end
// then, is IncompleteBody.
type sized struct {
	from io.Reader
	left int64
}

func (r *sized) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.left -= int64(n)
	if r.left < 0 || errors.Is(err, io.EOF) && r.left > 0 || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, gofakes3.ErrIncompleteBody
	}
	return n, err
}

// Written is what an object became.
type Written struct {
	ETag    string // in quotes
	Version string
}

// Put writes an object. The headers are those that go with it, such as
// Content-Type, and CauseHeader. A nil conditions is no condition. Where the
// observer fails, so does Put, and the object is written.
func (s *Store) Put(bucket, key string, headers map[string]string, content io.Reader, conditions *gofakes3.PutConditions) (Written, error) {
	if exists, _ := s.BucketExists(bucket); !exists {
		return Written{}, gofakes3.BucketNotFound(bucket)
	}
	headers = maps.Clone(headers)
	cause := headers[CauseHeader]
	delete(headers, CauseHeader)
	// S3 keeps whole seconds.
	o := &object{Key: key, Version: newVersion(), Modified: time.Now().UTC().Truncate(time.Second), Headers: headers}
	part, err := o.write(s.Folder(bucket), content)
	if err != nil {
		return Written{}, writing(bucket, key, err)
	}
	s.mu.Lock()
	err = s.replace(bucket, o, part, conditions)
	sequencer := s.sequence()
	s.mu.Unlock()
	if err != nil {
		_ = os.Remove(part) // if that fails too, the next Open removes it
		return Written{}, err
	}
	change := Change{Bucket: bucket, Key: key, Size: o.Size, ETag: hex.EncodeToString(o.MD5), Version: o.Version, Sequencer: sequencer, Cause: cause}
	if err := s.observer(change); err != nil {
		return Written{}, fmt.Errorf("tell of s3://%s/%s: %w", bucket, key, err)
	}
	return Written{gofakes3.FormatETag(o.MD5), o.Version}, nil
}

func (s *Store) replace(bucket string, o *object, part string, conditions *gofakes3.PutConditions) error {
	b, ok := s.buckets[bucket]
	if !ok {
		return gofakes3.BucketNotFound(bucket)
	}
	if conditions != nil {
		current := gofakes3.ConditionalObjectInfo{}
		if old, exists := b.objects[o.Key]; exists {
			current = gofakes3.ConditionalObjectInfo{Exists: true, Hash: old.MD5}
		}
		if err := gofakes3.CheckPutConditions(conditions, &current); err != nil {
			return err
		}
	}
	if err := os.Rename(part, s.file(bucket, o.Key)); err != nil {
		return writing(bucket, o.Key, err)
	}
	b.add(o)
	return nil
}

// writing wraps a failure to write an object. Those that are the client's
// fault stay as they are, for gofakes3 to answer.
func writing(bucket, key string, err error) error {
	if refused, ok := errors.AsType[gofakes3.Error](err); ok {
		return refused
	}
	return fmt.Errorf("write s3://%s/%s: %w", bucket, key, err)
}

// GetObject implements gofakes3.Backend.
func (s *Store) GetObject(bucket, key string, rangeRequest *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, err := s.find(bucket, key)
	if err != nil {
		return nil, err
	}
	wanted, err := rangeRequest.Range(o.Size)
	if err != nil {
		return nil, err
	}
	// Under the lock, so that the file is the one that o describes.
	file, err := os.Open(s.file(bucket, key))
	if err != nil {
		return nil, fmt.Errorf("read s3://%s/%s: %w", bucket, key, err)
	}
	section := io.NewSectionReader(file, 0, o.Size)
	if wanted != nil {
		section = io.NewSectionReader(file, wanted.Start, wanted.Length)
	}
	return o.response(wanted, content{section, file}), nil
}

// content is a part of a file that closes the file.
type content struct {
	*io.SectionReader
	io.Closer
}

// WriteTo implements io.WriterTo with a buffer no larger than the content:
// that of io.Copy is more than most objects.
func (c content) WriteTo(w io.Writer) (int64, error) {
	buffer := make([]byte, min(max(c.Size(), 1), 32<<10))
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{c.SectionReader}, buffer)
}

// HeadObject implements gofakes3.Backend.
func (s *Store) HeadObject(bucket, key string) (*gofakes3.Object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, err := s.find(bucket, key)
	if err != nil {
		return nil, err
	}
	return o.response(nil, http.NoBody), nil
}

// response is the object as gofakes3 answers with it: what is in Metadata
// becomes headers.
func (o *object) response(wanted *gofakes3.ObjectRange, body io.ReadCloser) *gofakes3.Object {
	headers := map[string]string{
		"Last-Modified":       o.Modified.Format(http.TimeFormat),
		CRC64NVMEHeader:       o.CRC64NVME,
		"X-Amz-Checksum-Type": "FULL_OBJECT",
	}
	maps.Copy(headers, o.Headers)
	return &gofakes3.Object{
		Name: o.Key, Metadata: headers, Size: o.Size, Contents: body, Hash: o.MD5, Range: wanted,
		VersionID: gofakes3.VersionID(cmp.Or(o.Version, unversioned)),
	}
}

// DeleteObject implements gofakes3.Backend.
func (s *Store) DeleteObject(bucket, key string) (gofakes3.ObjectDeleteResult, error) {
	_, err := s.Delete(bucket, key, "")
	return gofakes3.ObjectDeleteResult{}, err
}

// Delete deletes an object, and returns the version of the delete marker that
// takes its place where the bucket keeps versions. A key that is not there is no
// error, and leaves none. The cause is what the observer is told.
func (s *Store) Delete(bucket, key, cause string) (marker string, err error) {
	sequencer, err := s.remove(bucket, key)
	if err != nil || sequencer == "" {
		return "", err
	}
	marker = newVersion()
	if err := s.observer(Change{Bucket: bucket, Key: key, Deleted: true, Version: marker, Sequencer: sequencer, Cause: cause}); err != nil {
		return "", fmt.Errorf("tell that s3://%s/%s is deleted: %w", bucket, key, err)
	}
	return marker, nil
}

// remove deletes an object. The sequencer is empty where there was none.
func (s *Store) remove(bucket, key string) (sequencer string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.buckets[bucket]
	if !ok {
		return "", gofakes3.BucketNotFound(bucket)
	}
	if _, ok := b.objects[key]; !ok {
		return "", nil
	}
	if err := os.Remove(s.file(bucket, key)); err != nil {
		return "", fmt.Errorf("delete s3://%s/%s: %w", bucket, key, err)
	}
	b.drop(key)
	return s.sequence(), nil
}

// DeleteMulti implements gofakes3.Backend.
func (s *Store) DeleteMulti(bucket string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	result := gofakes3.MultiDeleteResult{}
	for _, key := range keys {
		if _, err := s.DeleteObject(bucket, key); err != nil {
			if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchBucket) {
				return result, err
			}
			result.Error = append(result.Error, gofakes3.ErrorResult{Code: gofakes3.ErrInternal, Message: err.Error(), Key: key})
			continue
		}
		result.Deleted = append(result.Deleted, gofakes3.ObjectID{Key: key})
	}
	return result, nil
}

// CopyObject implements gofakes3.Backend. The copy has the headers in meta.
func (s *Store) CopyObject(fromBucket, fromKey, toBucket, toKey string, meta map[string]string) (gofakes3.CopyObjectResult, error) {
	return gofakes3.CopyObject(s, fromBucket, fromKey, toBucket, toKey, meta)
}
