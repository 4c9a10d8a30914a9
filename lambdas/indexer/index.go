package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"annex/lambdas/internal/searchindex"
)

// errReplaced is why an index is not written.
var errReplaced = errors.New("the index was replaced meanwhile")

// maxHead is the size of the longest first line of an index, in bytes: a key has up to 1,024, each of which JSON may
// write as six.
const maxHead = 8 << 10

// An existing index is what is in the index's place.
type existing struct {
	etag string           // empty where there is nothing
	head searchindex.Head // zero where that is no index
}

// index looks what is in the index's place. Its first line tells.
func (i *indexer) index(ctx context.Context) (existing, error) {
	object, err := i.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &i.bucket, Key: &i.key})
	if errors.As(err, new(*types.NoSuchKey)) {
		return existing{}, nil
	}
	if err != nil {
		return existing{}, fmt.Errorf("look at the index s3://%s/%s: %w", i.bucket, i.key, err)
	}
	defer func() { _ = object.Body.Close() }() // the rest is not wanted
	begin, err := io.ReadAll(io.LimitReader(object.Body, maxHead))
	if err != nil {
		return existing{}, fmt.Errorf("look at the index s3://%s/%s: %w", i.bucket, i.key, err)
	}
	return existing{etag: aws.ToString(object.ETag), head: searchindex.HeadOf(begin)}, nil
}

// replace puts an index in the place of what was there. It is errReplaced where something else is now.
func (i *indexer) replace(ctx context.Context, there existing, index *spool) error {
	content, size, err := index.rewind()
	if err != nil {
		return err
	}
	if size > searchindex.MaxIndex {
		return fmt.Errorf("the index has %d bytes, and search reads none of more than %d: shorten the descriptions of the catalogue", size, searchindex.MaxIndex)
	}
	request := &s3.PutObjectInput{
		Bucket: &i.bucket, Key: &i.key, Body: content, ContentLength: &size, ContentType: aws.String("application/json"),
	}
	if there.etag == "" {
		request.IfNoneMatch = aws.String("*")
	} else {
		request.IfMatch = &there.etag
	}
	_, err = i.client.PutObject(ctx, request)
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		switch response.HTTPStatusCode() {
		// Another one is there, is being written, or the one that was there is deleted (Amazon S3 User Guide, "How to
		// prevent object overwrites with conditional writes").
		case http.StatusPreconditionFailed, http.StatusConflict, http.StatusNotFound:
			return errReplaced
		}
	}
	if err != nil {
		return fmt.Errorf("write the index s3://%s/%s: %w", i.bucket, i.key, err)
	}
	return nil
}

// A spool is a temporary file. An index is written to it while its catalogue is read, so that neither is in memory.
type spool struct {
	file *os.File
	*bufio.Writer
}

func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", "index-*.json")
	if err != nil {
		return nil, fmt.Errorf("spool the index: %w", err)
	}
	return &spool{file, bufio.NewWriter(file)}, nil
}

// rewind gives what was written, and its size in bytes.
func (s *spool) rewind() (io.ReadSeeker, int64, error) {
	if err := s.Flush(); err != nil {
		return nil, 0, fmt.Errorf("spool the index: %w", err)
	}
	size, err := s.file.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = s.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("spool the index: %w", err)
	}
	return s.file, size, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name()) // what stays goes with the execution environment
}
