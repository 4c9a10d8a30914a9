package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"annex/lambdas/internal/searchindex"
	"annex/lambdas/internal/searchindex/searchindextest"
)

// endpointOfTheTest tells a process that it is to search, and where the bucket is.
const endpointOfTheTest = "ANNEX_TEST_ENDPOINT"

// The index of a catalogue of 10 MB is searched, and renewed, with the memory that the function has. That is looked at in
// a process of its own: this one has the bucket in it.
func TestLargeIndexIsSearchedInTheFunctionsMemory(t *testing.T) {
	if endpoint := os.Getenv(endpointOfTheTest); endpoint != "" {
		searchLargeIndex(t, endpoint)
		return
	}
	const most = 256 << 10 // KiB
	bucket := newBucket(t)
	var index bytes.Buffer
	if _, err := searchindex.Build(&index, bytes.NewReader(searchindextest.Catalogue(10<<20)), searchindex.Source{}); err != nil {
		t.Fatal(err)
	}
	bucket.upload(t, index.Bytes())
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$") //nolint:gosec // this test
	process.Env = append(os.Environ(), endpointOfTheTest+"="+bucket.server.URL)
	if output, err := process.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	peak := process.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	t.Logf("an index of %d bytes took %d KiB", index.Len(), peak)
	if peak > most {
		t.Errorf("it took %d KiB of memory, want no more than %d", peak, most)
	}
}

func searchLargeIndex(t *testing.T, endpoint string) {
	source, clock, _ := newSource(t, endpoint)
	for range 3 {
		found := send(t, source, withParameters(map[string]string{"q": "bababa do", "limit": "50"}))
		if got := len(idsFound(t, found)); got == 0 {
			t.Error("nothing is found")
		}
		// Another index takes the place of this one: the same, but for its ETag.
		source.etag = ""
		clock.advance(fresh)
		if response := send(t, source, health); response.StatusCode != http.StatusOK {
			t.Fatalf("answered %d %s", response.StatusCode, response.Body)
		}
		if source.etag == "" {
			t.Fatal("the index was not renewed")
		}
	}
}
