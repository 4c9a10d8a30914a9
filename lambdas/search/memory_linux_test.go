package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"annex/lambdas/internal/searchindex"
	"annex/lambdas/internal/searchindex/searchindextest"
)

// endpointOfTheTest tells a process that it is to search, and where the bucket is.
const endpointOfTheTest = "ANNEX_TEST_ENDPOINT"

// Large indexes are searched, and renewed, with the memory that the function has, by a function that knows that, as it does
// where it is deployed. It is looked at in a process of its own: this one has the bucket in it.
func TestLargeIndexIsSearchedInTheFunctionsMemory(t *testing.T) {
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector takes several times the memory")
	}
	if endpoint := os.Getenv(endpointOfTheTest); endpoint != "" {
		searchLargeIndex(t, endpoint)
		return
	}
	for name, catalogue := range map[string][]byte{
		"a shop's catalogue of 10 MB": searchindextest.Catalogue(10 << 20),
		"the largest index":           searchindextest.Dense(searchindex.MaxIndex * 3 / 10),
	} {
		t.Run(name, func(t *testing.T) {
			bucket := newBucket(t)
			var index bytes.Buffer
			if _, err := searchindex.Build(&index, bytes.NewReader(catalogue), searchindex.Source{}); err != nil {
				t.Fatal(err)
			}
			bucket.upload(t, index.Bytes())
			this, _, _ := strings.Cut(t.Name(), "/")
			process := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^"+this+"$")       //nolint:gosec // this test
			process.Env = append(os.Environ(), endpointOfTheTest+"="+bucket.server.URL, "GOMEMLIMIT=230MiB") // of web.Function, for 256
			output, err := process.CombinedOutput()
			t.Logf("an index of %d bytes: %v\n%s", index.Len(), err, output)
			if err != nil {
				t.Fail()
			}
		})
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
	const most = 256 << 10 // KiB
	if peak := peakMemory(t); peak > most {
		t.Errorf("it took %d KiB of memory, want no more than %d", peak, most)
	} else {
		t.Logf("it took %d KiB of memory", peak)
	}
}

// peakMemory is the most memory that this process has had, in KiB.
func peakMemory(t *testing.T) (peak int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	if _, err := fmt.Sscan(string(rest), &peak); err != nil {
		t.Fatal(err)
	}
	return peak
}
