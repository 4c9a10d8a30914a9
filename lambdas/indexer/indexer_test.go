package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"annex/lambdas/internal/searchindex"
)

const (
	spring = "catalogue/spring.json"
	summer = "catalogue/summer.json"
)

// catalogue is one of a single product.
func catalogue(id string) []byte {
	return fmt.Appendf(nil, `{"products":[{"id":%q,"name":"A %s"}]}`, id, id)
}

func TestUploadBuildsTheIndex(t *testing.T) {
	for name, there := range map[string][]byte{
		"no index":                          nil,
		"the catalogue that used to be it":  catalogue("old"),
		"what an editor made of one":        []byte(`{"format": 1, "products": []}`),
		"something that is no index at all": []byte("<html>"),
		"nothing":                           {},
	} {
		t.Run(name, func(t *testing.T) {
			bucket := newBucket(t)
			if there != nil {
				bucket.upload(t, testKey, there)
			}
			bucket.upload(t, spring, catalogue("mug"))
			function, logs := bucket.newFunction(t)
			if failed, err := invoke(t, t.Context(), function, uploads(t, spring)); err != nil || len(failed) > 0 {
				t.Fatalf("failed %q, %v", failed, err)
			}
			index, err := searchindex.Read(bucket.content(t))
			if err != nil {
				t.Fatal(err)
			}
			if source := index.Source; source.Key != spring || source.Version == "" || source.ETag == "" || !source.Uploaded.Equal(bucket.clock.Time) {
				t.Errorf("source is %+v", source)
			}
			if len(index.Products) != 1 || index.Words != 2 {
				t.Errorf("index is %+v", index)
			}
			if !strings.Contains(logs.String(), "index built") {
				t.Errorf("logged %s", logs)
			}
		})
	}
}

// Each step is a delivery: of a catalogue that was uploaded before it, or of one that had been uploaded already.
func TestLatestCatalogueWinsHoweverEventsArrive(t *testing.T) {
	type step struct {
		do     func(*testing.T, *bucket)
		of     string // whose event is delivered then
		want   string // the index
		writes int    // of it by then
	}
	put := func(key, id string) func(*testing.T, *bucket) {
		return func(t *testing.T, b *bucket) { b.upload(t, key, catalogue(id)) }
	}
	remove := func(key string) func(*testing.T, *bucket) {
		return func(t *testing.T, b *bucket) {
			if _, err := b.objects.DeleteObject(testBucket, key); err != nil {
				t.Fatal(err)
			}
		}
	}
	both := func(all ...func(*testing.T, *bucket)) func(*testing.T, *bucket) {
		return func(t *testing.T, b *bucket) {
			for _, do := range all {
				do(t, b)
			}
		}
	}
	none := func(*testing.T, *bucket) {}
	for name, steps := range map[string][]step{
		"the same event twice": {
			{put(spring, "mug"), spring, spring + " mug", 1},
			{none, spring, spring + " mug", 1},
		},
		"a new version": {
			{put(spring, "mug"), spring, spring + " mug", 1},
			{put(spring, "cup"), spring, spring + " cup", 2},
		},
		"the event of the old version after that of the new one": {
			{both(put(spring, "mug"), put(spring, "cup")), spring, spring + " cup", 1},
			{none, spring, spring + " cup", 1},
		},
		"the same content again": {
			{put(spring, "mug"), spring, spring + " mug", 1},
			{put(spring, "mug"), spring, spring + " mug", 2},
		},
		"an older catalogue of another name": {
			{both(put(spring, "mug"), put(summer, "cup")), summer, summer + " cup", 1},
			{none, spring, summer + " cup", 1},
			{put(spring, "bowl"), spring, spring + " bowl", 2},
		},
		"the same content again, after another": {
			{both(put(spring, "mug")), spring, spring + " mug", 1},
			{both(put(summer, "cup"), put(spring, "mug")), spring, spring + " mug", 2},
			{none, summer, spring + " mug", 2},
		},
		"a catalogue that is gone": {
			{put(spring, "mug"), spring, spring + " mug", 1},
			{both(put(summer, "cup"), remove(summer)), summer, spring + " mug", 1},
		},
		"an index that is gone": {
			{put(spring, "mug"), spring, spring + " mug", 1},
			{remove(testKey), spring, spring + " mug", 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bucket := newBucket(t)
			function, logs := bucket.newFunction(t)
			for i, step := range steps {
				step.do(t, bucket)
				if failed, err := invoke(t, t.Context(), function, uploads(t, step.of)); err != nil || len(failed) > 0 {
					t.Fatalf("step %d failed %q, %v\n%s", i+1, failed, err, logs)
				}
				if got := bucket.indexed(t); got != step.want || bucket.writes != step.writes {
					t.Errorf("after step %d the index is of %q, written %d times, want %q, %d\n%s", i+1, got, bucket.writes, step.want, step.writes, logs)
				}
			}
		})
	}
}

// Two versions of the function are there while one is released.
func TestIndexOfAnotherFormatIsOfItsCatalogueAllTheSame(t *testing.T) {
	bucket := newBucket(t)
	bucket.upload(t, spring, catalogue("mug"))
	bucket.upload(t, summer, catalogue("cup"))
	function, logs := bucket.newFunction(t)
	deliver := func(key string) {
		t.Helper()
		if failed, err := invoke(t, t.Context(), function, uploads(t, key)); err != nil || len(failed) > 0 {
			t.Fatalf("failed %q, %v\n%s", failed, err, logs)
		}
	}
	deliver(summer)
	other := bytes.Replace(bucket.content(t), []byte(`"format":1`), []byte(`"format":2`), 1)
	bucket.upload(t, testKey, other)
	if deliver(spring); !bytes.Equal(bucket.content(t), other) {
		t.Errorf("the index of a later catalogue is now one of %q\n%s", bucket.indexed(t), logs)
	}
	deliver(summer)
	if head := searchindex.HeadOf(bucket.content(t)); head.Format != searchindex.Format || head.Source.Key != summer {
		t.Errorf("of the catalogue itself the index is %+v, want this format\n%s", head, logs)
	}
}

// While an index is built of one catalogue, that of a later one is.
func TestSlowBuildOfAnOlderCatalogueDoesNotWin(t *testing.T) {
	for name, first := range map[string][]byte{"of the first index": nil, "of another one": catalogue("first")} {
		for _, later := range []string{spring, summer} {
			t.Run(name+", "+later, func(t *testing.T) {
				bucket := newBucket(t)
				if first != nil {
					bucket.upload(t, spring, first)
					other, _ := bucket.newFunction(t)
					if _, err := invoke(t, t.Context(), other, uploads(t, spring)); err != nil {
						t.Fatal(err)
					}
				}
				bucket.upload(t, spring, catalogue("old"))
				slow, logs := bucket.newFunction(t)
				quick, _ := bucket.newFunction(t)
				before := 0
				bucket.instead = func(_ http.ResponseWriter, r *http.Request) bool {
					if r.Method == http.MethodPut {
						bucket.mu.Lock()
						bucket.instead = nil
						before = bucket.writes
						bucket.mu.Unlock()
						bucket.upload(t, later, catalogue("new"))
						if failed, err := invoke(t, t.Context(), quick, uploads(t, later)); err != nil || len(failed) > 0 {
							t.Errorf("the quick one failed %q, %v", failed, err)
						}
					}
					return false
				}
				if failed, err := invoke(t, t.Context(), slow, uploads(t, spring)); err != nil || len(failed) > 0 {
					t.Fatalf("failed %q, %v\n%s", failed, err, logs)
				}
				if got := bucket.indexed(t); got != later+" new" || bucket.writes != before+1 {
					t.Errorf("the index is of %q, written %d times, want %q, %d\n%s", got, bucket.writes, later+" new", before+1, logs)
				}
				if !strings.Contains(logs.String(), "replaced meanwhile") {
					t.Errorf("logged %s", logs)
				}
			})
		}
	}
}

func TestBuildThatOthersAlwaysGetAheadOfFails(t *testing.T) {
	for _, status := range []int{http.StatusPreconditionFailed, http.StatusConflict} {
		bucket := newBucket(t)
		bucket.upload(t, spring, catalogue("mug"))
		bucket.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut {
				w.WriteHeader(status)
			}
			return r.Method == http.MethodPut
		}
		function, _ := bucket.newFunction(t)
		if _, err := invoke(t, t.Context(), function, uploads(t, spring)); err == nil || !strings.Contains(err.Error(), "got ahead of it 5 times") || bucket.writes != attempts {
			t.Errorf("%d: error is %v, after %d writes", status, err, bucket.writes)
		}
	}
}

func TestBrokenCatalogueLeavesTheIndexAndFailsItsMessageAlone(t *testing.T) {
	bucket := newBucket(t)
	bucket.upload(t, spring, catalogue("mug"))
	function, logs := bucket.newFunction(t)
	if _, err := invoke(t, t.Context(), function, uploads(t, spring)); err != nil {
		t.Fatal(err)
	}
	bucket.upload(t, summer, []byte("{\"products\":[\n  {\"id\":\"a\",\"name\":\"A\"},\n  {\"id\":\"b\"}\n]}"))
	failed, err := invoke(t, t.Context(), function, uploads(t, summer, spring))
	if err != nil || len(failed) != 1 || failed[0] != "message of "+summer {
		t.Errorf("failed %q, %v", failed, err)
	}
	if got := bucket.indexed(t); got != spring+" mug" {
		t.Errorf("the index is of %q", got)
	}
	object, err := bucket.objects.HeadObject(testBucket, summer)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"s3://annex-test-index/catalogue/summer.json, version " + string(object.VersionID),
		`line 3, column 3: product 2 (id \"b\"): it has no name: want one`,
	} {
		if !strings.Contains(logs.String(), want) {
			t.Errorf("logged without %s:\n%s", want, logs)
		}
	}
	if _, err := invoke(t, t.Context(), function, uploads(t, summer)); err == nil {
		t.Error("alone, the broken catalogue is no failure of the function")
	}

	bucket.upload(t, summer, catalogue("mended"))
	if failed, err := invoke(t, t.Context(), function, uploads(t, summer)); err != nil || len(failed) > 0 || bucket.indexed(t) != summer+" mended" {
		t.Errorf("mended failed %q, %v: the index is of %q", failed, err, bucket.indexed(t))
	}
}

func TestTooLargeCatalogueIsNotRead(t *testing.T) {
	bucket := newBucket(t)
	bucket.upload(t, spring, make([]byte, searchindex.MaxCatalogue+1))
	function, _ := bucket.newFunction(t)
	if _, err := invoke(t, t.Context(), function, uploads(t, spring)); err == nil || !strings.Contains(err.Error(), "it has 16777217 bytes: want no more than 16777216") {
		t.Errorf("error is %v", err)
	}
}

func TestWhatIsNoUploadOfACatalogueIsRefused(t *testing.T) {
	bucket := newBucket(t)
	bucket.upload(t, testKey, catalogue("mug"))
	function, _ := bucket.newFunction(t)
	for name, event := range map[string][]byte{
		"of the index itself": uploads(t, testKey),
		"of another bucket":   []byte(strings.ReplaceAll(string(uploads(t, spring)), testBucket, "another-bucket")),
		"of somebody else":    []byte(strings.ReplaceAll(string(uploads(t, spring)), "aws:sqs", "aws:kinesis")),
	} {
		if _, err := invoke(t, t.Context(), function, event); err == nil || bucket.writes != 0 {
			t.Errorf("%s: error is %v, with %d writes", name, err, bucket.writes)
		}
	}
}

func TestTroubleWithS3FailsTheMessage(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		bucket := newBucket(t)
		bucket.upload(t, spring, catalogue("mug"))
		bucket.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == method {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return r.Method == method
		}
		function, _ := bucket.newFunction(t)
		if _, err := invoke(t, t.Context(), function, uploads(t, spring)); err == nil || !strings.Contains(err.Error(), "s3://annex-test-index/index/products.json") {
			t.Errorf("%s: error is %v", method, err)
		}
	}
}
