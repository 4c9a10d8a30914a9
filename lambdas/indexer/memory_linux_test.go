package main

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"annex/lambdas/internal/release/releasetest"
	"annex/lambdas/internal/searchindex"
	"annex/lambdas/internal/searchindex/searchindextest"
)

// The function, as it is deployed, indexes a catalogue of 10 MB with the memory that it has there.
func TestLargeCatalogueIsIndexedInTheFunctionsMemory(t *testing.T) {
	const most = 256 << 10 // KiB
	bucket := newBucket(t)
	catalogue := searchindextest.Catalogue(10 << 20)
	bucket.upload(t, spring, catalogue)
	environment := bucket.environment()
	environment["GOMEMLIMIT"] = "230MiB" // of web.Function, for 256
	function, process := releasetest.Started(t, "annex/lambdas/indexer", environment)
	output := function(t.Context(), uploads(t, spring))
	if output.FunctionError != "" || string(output.Payload) != `{"batchItemFailures":[]}` {
		t.Fatalf("answered %s %s", output.FunctionError, output.Payload)
	}
	peak := peakOf(t, process)
	content := bucket.content(t)
	index, err := searchindex.Read(content)
	if err != nil || len(index.Products) != bytes.Count(catalogue, []byte("\n"))-2 {
		t.Errorf("the index has %d products, error %v", len(index.Products), err)
	}
	t.Logf("a catalogue of %d bytes, with %d products and %d words, makes an index of %d, and took %d KiB", len(catalogue), len(index.Products), index.Words, len(content), peak)
	if peak > most {
		t.Errorf("it took %d KiB of memory, want no more than %d", peak, most)
	}
}

// peakOf is the most memory that a process has had, in KiB.
func peakOf(t *testing.T, process *os.Process) (peak int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	if _, err := fmt.Sscan(string(rest), &peak); err != nil {
		t.Fatal(err)
	}
	return peak
}
