package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/searchindex"
)

const (
	// fresh is how long an index is used before looking whether the bucket has a newer one.
	fresh = 30 * time.Second
	// patience is how long that look may take, since a shopper waits for it who could be served from the old index.
	patience = 2 * time.Second
	// indexing is how long a catalogue that was just uploaded may take until its index is there.
	indexing = 5 * time.Second
)

// A source is the index as the bucket has it. It is read at the first request rather than at the start, so that an
// empty bucket makes a clear answer and not a function that cannot start; the first shopper waits as long either way, and
// the start of a custom runtime is billed like a request. What is warmed beforehand has it from its first health check.
type source struct {
	client      *s3.Client
	bucket, key string
	now         func() time.Time
	logger      *slog.Logger

	mu     sync.Mutex
	index  *index // nil until there is one
	etag   string // of index's object
	looked time.Time
}

// current is the newest index that is known. Once there is one, there is always one: an index that is gone, cannot be
// reached or is broken leaves the old one in its place, and a line in the log. The error before that is a
// *httpapi.Problem.
func (s *source) current(ctx context.Context) (*index, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index == nil {
		if err := s.look(ctx); err != nil {
			return nil, s.problem(err)
		}
		return s.index, nil
	}
	if s.now().Sub(s.looked) >= fresh {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := s.look(ctx); err != nil {
			s.logger.WarnContext(ctx, "the search index was not renewed, the old one stays in use", "etag", s.etag, "error", err)
		}
	}
	return s.index, nil
}

// ready tells whether there is an index to search, and reads it where that is still to be done.
func (s *source) ready(ctx context.Context) error {
	_, err := s.current(ctx)
	return err
}

// look reads the index from the bucket unless it is the one in use.
func (s *source) look(ctx context.Context) error {
	s.looked = s.now() // also where it fails: trouble with S3 slows a request every 30 seconds, not every one
	request := &s3.GetObjectInput{Bucket: &s.bucket, Key: &s.key}
	if s.index != nil {
		request.IfNoneMatch = &s.etag
	}
	object, err := s.client.GetObject(ctx, request)
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok && response.HTTPStatusCode() == http.StatusNotModified {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s from bucket %s: %w", s.key, s.bucket, err)
	}
	defer func() { _ = object.Body.Close() }() // read to its end or given up

	var content bytes.Buffer
	content.Grow(int(min(aws.ToInt64(object.ContentLength), searchindex.MaxIndex)) + bytes.MinRead) // at once, for it is most of the function's memory
	if _, err := content.ReadFrom(io.LimitReader(object.Body, searchindex.MaxIndex+1)); err != nil {
		return fmt.Errorf("read %s from bucket %s: %w", s.key, s.bucket, err)
	}
	if content.Len() > searchindex.MaxIndex {
		return fmt.Errorf("read %s from bucket %s: it is larger than %d bytes, as no index is", s.key, s.bucket, searchindex.MaxIndex)
	}
	read, err := searchindex.Read(content.Bytes())
	if err != nil {
		return fmt.Errorf("read %s from bucket %s: %w", s.key, s.bucket, err)
	}
	s.index, s.etag = &index{read}, aws.ToString(object.ETag)
	s.logger.InfoContext(ctx, "search index read", "etag", s.etag, "products", len(read.Products), "words", read.Words, "source", read.Source)
	return nil
}

// problem is what a shopper is told for want of any index.
func (s *source) problem(err error) error {
	switch {
	case errors.As(err, new(*types.NoSuchKey)):
		return &httpapi.Problem{
			Status:     http.StatusServiceUnavailable,
			Detail:     "There is no search index yet: a catalogue that was just uploaded has one in some seconds. Upload one to catalogue/ in the search service's bucket.",
			RetryAfter: indexing,
			Cause:      err,
		}
	case awsclient.Unavailable(err):
		return httpapi.Unavailable(err)
	default:
		return err
	}
}
