package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"annex/lambdas/internal/awsclient/awsclienttest"
	"annex/lambdas/internal/awsclient/s3client"
	"annex/lambdas/internal/searchindex"
)

const (
	testBucket = "annex-test-index"
	testKey    = "index/products.json"
)

// A clock is what the test says it is.
type clock struct{ time.Time }

func (c *clock) Now() time.Time                  { return c.Time }
func (c *clock) Since(t time.Time) time.Duration { return c.Sub(t) }

// A bucket is an S3 that speaks the real protocol and keeps versions.
type bucket struct {
	objects *s3mem.Backend
	server  *httptest.Server
	clock   *clock

	mu      sync.Mutex
	writes  int                                               // of the index
	instead func(w http.ResponseWriter, r *http.Request) bool // answers in place of the bucket, where it is true
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{clock: &clock{time.Date(2026, 11, 22, 13, 10, 44, 0, time.UTC)}}
	b.objects = s3mem.New(s3mem.WithTimeSource(b.clock))
	if err := b.objects.CreateBucket(testBucket); err != nil {
		t.Fatal(err)
	}
	if err := b.objects.SetVersioningConfiguration(testBucket, gofakes3.VersioningConfiguration{Status: gofakes3.VersioningEnabled}); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(b.objects, gofakes3.WithLogger(gofakes3.DiscardLog()), gofakes3.WithTimeSkewLimit(0)).Server()
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		instead := b.instead
		if r.Method == http.MethodPut {
			b.writes++
		}
		b.mu.Unlock()
		if instead == nil || !instead(w, r) {
			s3.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(b.server.Close)
	return b
}

// upload uploads an object, a second after the one before.
func (b *bucket) upload(t *testing.T, key string, content []byte) {
	t.Helper()
	b.clock.Time = b.clock.Add(time.Second)
	headers := map[string]string{"Last-Modified": b.clock.UTC().Format(http.TimeFormat)}
	if _, err := b.objects.PutObject(testBucket, key, headers, bytes.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

// content is what the bucket has in the index's place; nil for nothing.
func (b *bucket) content(t *testing.T) []byte {
	t.Helper()
	object, err := b.objects.GetObject(testBucket, testKey, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(object.Contents)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// indexed is where the index says that it comes from, and its first product; empty where there is none.
func (b *bucket) indexed(t *testing.T) string {
	t.Helper()
	content := b.content(t)
	if content == nil {
		return ""
	}
	index, err := searchindex.Read(content)
	if err != nil {
		t.Fatal(err)
	}
	var product struct{ ID string }
	if err := json.Unmarshal(index.Products[0], &product); err != nil {
		t.Fatal(err)
	}
	return index.Source.Key + " " + product.ID
}

func (b *bucket) environment() map[string]string {
	environment := awsclienttest.Environment(b.server.URL)
	environment["INDEX_BUCKET"], environment["INDEX_KEY"], environment["CATALOGUE_PREFIX"] = testBucket, testKey, "catalogue/"
	return environment
}

// newFunction is the function as Lambda calls it, and what it logs. It asks once only, so that tests of failures are quick.
func (b *bucket) newFunction(t *testing.T) (lambda.Handler, *strings.Builder) {
	t.Helper()
	logs := &strings.Builder{}
	return newHandler(&indexer{
		client: s3client.New(awsclienttest.Config(t, b.server.URL)), bucket: testBucket, key: testKey, prefix: "catalogue/", logger: slog.New(slog.NewTextHandler(logs, nil)),
	}), logs
}

// uploads is the event of SQS with EventBridge's events of uploads of these keys, as AWS sends it.
func uploads(t *testing.T, keys ...string) []byte {
	t.Helper()
	read := func(name string) []byte {
		content, err := os.ReadFile("../internal/batch/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	var event events.SQSEvent
	if err := json.Unmarshal(read("messages.json"), &event); err != nil {
		t.Fatal(err)
	}
	message := event.Records[0]
	event.Records = nil
	for _, key := range keys {
		body := strings.NewReplacer("amzn-s3-demo-bucket1", testBucket, "example key/ü+1.json", key).Replace(string(read("object-created.json")))
		message.MessageId, message.Body = "message of "+key, body
		event.Records = append(event.Records, message)
	}
	content, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// invoke invokes the function, and gives the messages that it says failed.
func invoke(t *testing.T, ctx context.Context, function lambda.Handler, event []byte) (failed []string, err error) {
	t.Helper()
	output, err := function.Invoke(ctx, event)
	if err != nil {
		return nil, err
	}
	var response events.SQSEventResponse
	if err := json.Unmarshal(output, &response); err != nil {
		t.Fatal(err)
	}
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed, nil
}
