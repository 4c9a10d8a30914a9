package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"annex/lambdas/internal/awsclient/awsclienttest"
	"annex/lambdas/internal/awsclient/s3client"
	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/searchindex"
)

const (
	testBucket = "annex-test-index"
	testKey    = "index/products.json"
)

// A bucket is an S3 that speaks the real protocol, counts what it is asked, and can be made to fail.
type bucket struct {
	objects *s3mem.Backend
	server  *httptest.Server
	asked   atomic.Int64
	down    atomic.Bool
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{objects: s3mem.New()}
	if err := b.objects.CreateBucket(testBucket); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(b.objects, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.asked.Add(1)
		if b.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `<Error><Code>SlowDown</Code><Message>secret</Message></Error>`)
			return
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(b.server.Close)
	return b
}

func (b *bucket) upload(t *testing.T, content []byte) {
	t.Helper()
	if _, err := b.objects.PutObject(testBucket, testKey, nil, bytes.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

// A clock is what the test says it is.
type clock struct{ time.Time }

func (c *clock) now() time.Time          { return c.Time }
func (c *clock) advance(d time.Duration) { c.Time = c.Add(d) }

// newSource reads the bucket as main does, but asks once only, so that tests of failures are quick.
func (b *bucket) newSource(t *testing.T) (*source, *clock, *strings.Builder) {
	t.Helper()
	return newSource(t, b.server.URL)
}

func newSource(t *testing.T, endpoint string) (*source, *clock, *strings.Builder) {
	t.Helper()
	logs := &strings.Builder{}
	time := &clock{time.Date(2026, 11, 22, 13, 10, 44, 0, time.UTC)}
	return &source{
		client: s3client.New(awsclienttest.Config(t, endpoint)), bucket: testBucket, key: testKey,
		now: time.now, logger: slog.New(slog.NewTextHandler(logs, nil)),
	}, time, logs
}

// firstOf is the id of the first product that the source knows.
func firstOf(t *testing.T, s *source) string {
	t.Helper()
	index, err := s.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return idsOf(t, index.first(1))[0]
}

func TestIndexIsRenewedWhenTheBucketHasANewerOne(t *testing.T) {
	bucket := newBucket(t)
	bucket.upload(t, catalogueOf(t, [][4]string{{"old", "Old"}}))
	source, clock, logs := bucket.newSource(t)

	steps := []struct {
		step  string
		do    func()
		want  string
		asked int64 // by then
	}{
		{"the first request reads the index", func() {}, "old", 1},
		{"the next uses it", func() {}, "old", 1},
		{"also just before it is due", func() { clock.advance(fresh - time.Millisecond) }, "old", 1},
		{"then it asks, and the index is unchanged", func() { clock.advance(time.Millisecond) }, "old", 2},
		{"which again is good for a while", func() { clock.advance(fresh - 1) }, "old", 2},
		{"a newer one is not seen before", func() { bucket.upload(t, catalogueOf(t, [][4]string{{"new", "New"}})) }, "old", 2},
		{"but then", func() { clock.advance(1) }, "new", 3},
		{"and stays", func() { clock.advance(fresh) }, "new", 4},
	}
	for _, step := range steps {
		step.do()
		if got := firstOf(t, source); got != step.want {
			t.Errorf("%s: the index is %s, want %s", step.step, got, step.want)
		}
		if got := bucket.asked.Load(); got != step.asked {
			t.Errorf("%s: asked %d times, want %d", step.step, got, step.asked)
		}
	}
	if read := strings.Count(logs.String(), "search index read"); read != 2 || strings.Contains(logs.String(), "WARN") {
		t.Errorf("logged:\n%s", logs)
	}
}

func TestOldIndexServesWhileTheNewOneCannot(t *testing.T) {
	for name, test := range map[string]struct {
		trouble func(*testing.T, *bucket)
		log     string
	}{
		"broken":    {func(t *testing.T, b *bucket) { b.upload(t, []byte(`{"products":[{}]}`)) }, "line 1, column 14: product 1"},
		"too large": {func(t *testing.T, b *bucket) { b.upload(t, make([]byte, searchindex.MaxIndex+1)) }, "larger than 33554432 bytes"},
		"deleted": {func(t *testing.T, b *bucket) {
			if _, err := b.objects.DeleteObject(testBucket, testKey); err != nil {
				t.Fatal(err)
			}
		}, "NoSuchKey"},
		"not answering": {func(_ *testing.T, b *bucket) { b.down.Store(true) }, "SlowDown"},
	} {
		t.Run(name, func(t *testing.T) {
			bucket := newBucket(t)
			bucket.upload(t, catalogueOf(t, [][4]string{{"old", "Old"}}))
			source, clock, logs := bucket.newSource(t)
			firstOf(t, source)

			test.trouble(t, bucket)
			clock.advance(fresh)
			if got := firstOf(t, source); got != "old" {
				t.Errorf("the index is %s", got)
			}
			if !strings.Contains(logs.String(), "level=WARN") || !strings.Contains(logs.String(), test.log) {
				t.Errorf("logged %s, which lacks %s", logs, test.log)
			}
			asked := bucket.asked.Load()
			if firstOf(t, source); bucket.asked.Load() != asked {
				t.Error("the next request asks again at once")
			}

			bucket.down.Store(false)
			bucket.upload(t, catalogueOf(t, [][4]string{{"mended", "Mended"}}))
			clock.advance(fresh)
			if got := firstOf(t, source); got != "mended" {
				t.Errorf("the index is %s after the trouble", got)
			}
		})
	}
}

func TestWithoutAnIndexTheProblemSaysWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(*testing.T, *bucket)
		status  int // of the problem; 0 for another error, with which the function fails
		detail  string
	}{
		"nothing uploaded": {func(*testing.T, *bucket) {}, 503, "Upload one to catalogue/"},
		"not answering":    {func(_ *testing.T, b *bucket) { b.down.Store(true) }, 503, "Try again"},
		"broken":           {func(t *testing.T, b *bucket) { b.upload(t, []byte(`{`)) }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bucket := newBucket(t)
			source, _, _ := bucket.newSource(t)
			test.prepare(t, bucket)
			_, err := source.current(t.Context())
			if problem, ok := errors.AsType[*httpapi.Problem](err); ok {
				if problem.Status != test.status || !strings.Contains(problem.Detail, test.detail) || problem.RetryAfter == 0 {
					t.Errorf("problem is %+v", problem)
				}
			} else if err == nil || test.status != 0 {
				t.Errorf("error is %v", err)
			}

			// The next request finds what has been uploaded since, with no time to wait.
			bucket.down.Store(false)
			bucket.upload(t, catalogueOf(t, [][4]string{{"first", "First"}}))
			if got := firstOf(t, source); got != "first" {
				t.Errorf("the index is %s", got)
			}
		})
	}
}
