package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestScheduleCatchesUpOnWhatWasMissed(t *testing.T) {
	bucket := newBucket(t)
	function, logs := bucket.newFunction(t)
	steps := []struct {
		step   string
		do     func()
		want   string
		writes int
		log    string
	}{
		{"there is no catalogue", func() {}, "", 0, "there is no catalogue"},
		{"the later of two", func() {
			bucket.upload(t, summer, catalogue("cup"))
			bucket.upload(t, spring, catalogue("mug"))
			bucket.upload(t, "catalogue/readme.txt", []byte("no catalogue"))
		}, spring + " mug", 1, "index built"},
		{"nothing was missed", func() {}, spring + " mug", 1, "the index is that of this catalogue"},
		{"the later one is broken", func() { bucket.upload(t, summer, []byte("{")) }, spring + " mug", 1, "level=ERROR"},
		{"and is mended", func() { bucket.upload(t, summer, catalogue("mended")) }, summer + " mended", 2, "index built"},
	}
	for _, step := range steps {
		step.do()
		logs.Reset()
		if output, err := function.Invoke(t.Context(), []byte(`{"catchUp":true}`)); err != nil || string(output) != "null" {
			t.Errorf("%s: answered %s, %v", step.step, output, err)
		}
		if got := bucket.indexed(t); got != step.want || bucket.writes != step.writes || !strings.Contains(logs.String(), step.log) {
			t.Errorf("%s: the index is of %q, written %d times, logged %s\nwant %q, %d, %s", step.step, got, bucket.writes, logs, step.want, step.writes, step.log)
		}
	}
	bucket.instead = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	if _, err := function.Invoke(t.Context(), []byte(`{"catchUp":true}`)); err == nil {
		t.Error("trouble with S3 is no failure")
	}
}
