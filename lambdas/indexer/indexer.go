package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"annex/lambdas/internal/searchindex"
)

// attempts is how often an index is built that others get ahead of.
const attempts = 5

// An indexer keeps the index that of the latest catalogue.
type indexer struct {
	client *s3.Client
	bucket string
	key    string // of the index
	prefix string // of catalogues
	logger *slog.Logger
}

// uploaded builds the index of a catalogue, unless there is that of a later one.
//
// Events come late, twice and in any order, so that this one tells the name of the catalogue and no more: what counts is
// what the bucket has under it now. The index is looked at before the catalogue is read, and replaced only if it still is
// that index. So whatever the catalogue was when somebody else's index was built, it is that or a later version of it now.
func (i *indexer) uploaded(ctx context.Context, bucket, key string) error {
	if bucket != i.bucket || !strings.HasPrefix(key, i.prefix) {
		return fmt.Errorf("s3://%s/%s is none of this function's catalogues: those are uploaded to s3://%s/%s", bucket, key, i.bucket, i.prefix)
	}
	for range attempts {
		err := i.build(ctx, key)
		if !errors.Is(err, errReplaced) {
			return err
		}
		i.logger.InfoContext(ctx, "the index was replaced meanwhile, looking again", "catalogue", key)
	}
	return fmt.Errorf("index s3://%s/%s: other indexes got ahead of it %d times", i.bucket, key, attempts)
}

func (i *indexer) build(ctx context.Context, key string) error {
	there, err := i.index(ctx)
	if err != nil {
		return err
	}
	catalogue, err := i.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &i.bucket, Key: &key})
	if errors.As(err, new(*types.NoSuchKey)) {
		i.logger.InfoContext(ctx, "the catalogue is deleted, and the index stays", "catalogue", key)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read s3://%s/%s: %w", i.bucket, key, err)
	}
	defer func() { _ = catalogue.Body.Close() }() // read to its end or given up

	source := sourceOf(key, catalogue)
	reformats := source.Key == there.head.Source.Key && there.head.Format != searchindex.Format
	if !reformats && !supersedes(source, there.head.Source) {
		i.logger.InfoContext(ctx, "the index is that of this catalogue, or of a later one", "catalogue", source, "index", there.head.Source)
		return nil
	}
	if size := aws.ToInt64(catalogue.ContentLength); size > searchindex.MaxCatalogue {
		return i.broken(source, &searchindex.CatalogueError{Line: 1, Column: 1, Reason: fmt.Sprintf("it has %d bytes: want no more than %d", size, searchindex.MaxCatalogue)})
	}
	file, err := newSpool()
	if err != nil {
		return err
	}
	defer file.close()
	built, err := searchindex.Build(file, catalogue.Body, source)
	if errors.As(err, new(*searchindex.CatalogueError)) {
		return i.broken(source, err)
	}
	if err != nil {
		return fmt.Errorf("index s3://%s/%s: %w", i.bucket, key, err)
	}
	if err := i.replace(ctx, there, file); err != nil {
		return err
	}
	i.logger.InfoContext(ctx, "index built", "catalogue", source, "products", built.Products, "words", built.Words)
	return nil
}

// broken says of which object, and of which version of it, the catalogue is broken.
func (i *indexer) broken(source searchindex.Source, err error) error {
	version := source.Version
	if version == "" {
		version = "of ETag " + source.ETag
	}
	return fmt.Errorf("the catalogue s3://%s/%s, version %s, is broken, and the index stays as it is: %w", i.bucket, source.Key, version, err)
}

// catchUp builds the index of the catalogue that was uploaded last, where nothing else does: S3's events of a bucket begin
// some minutes after they were turned on (Amazon S3 User Guide, "Enabling Amazon EventBridge"), a version of this function
// may want another format, and somebody may have deleted the index.
//
// A catalogue that is broken is logged and no failure: nothing but another upload mends it.
func (i *indexer) catchUp(ctx context.Context) error {
	var latest searchindex.Source
	pages := s3.NewListObjectsV2Paginator(i.client, &s3.ListObjectsV2Input{Bucket: &i.bucket, Prefix: &i.prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list s3://%s/%s: %w", i.bucket, i.prefix, err)
		}
		for _, object := range page.Contents {
			found := searchindex.Source{Key: aws.ToString(object.Key), Uploaded: aws.ToTime(object.LastModified)}
			if strings.HasSuffix(found.Key, ".json") && supersedes(found, latest) {
				latest = found
			}
		}
	}
	if latest.Key == "" {
		i.logger.InfoContext(ctx, "there is no catalogue", "prefix", i.prefix)
		return nil
	}
	err := i.uploaded(ctx, i.bucket, latest.Key)
	if errors.As(err, new(*searchindex.CatalogueError)) {
		i.logger.ErrorContext(ctx, "no index of the latest catalogue", "error", err.Error())
		return nil
	}
	return err
}
