package main

import (
	"testing"

	"annex/lambdas/internal/httpapi"
)

func health(r *httpapi.Request) {
	r.RouteKey, r.RawPath, r.RawQueryString, r.QueryStringParameters = "GET /health", "/health", "", nil
	r.RequestContext.RouteKey, r.RequestContext.HTTP.Path = r.RouteKey, r.RawPath
}

func TestHealthSaysWhetherThereIsAnIndex(t *testing.T) {
	bucket := newBucket(t)
	source, clock, _ := bucket.newSource(t)
	if response := send(t, source, health); response.StatusCode != 503 || response.Headers["Retry-After"] == "" {
		t.Errorf("without an index answered %d %v %s", response.StatusCode, response.Headers, response.Body)
	}
	bucket.upload(t, catalogueOf(t, shop))
	for range 3 {
		if response := send(t, source, health); response.StatusCode != 200 || response.Body != `{"status":"ok"}` || response.Headers["Cache-Control"] != "no-store" {
			t.Errorf("answered %d %v %s", response.StatusCode, response.Headers, response.Body)
		}
	}
	if asked := bucket.asked.Load(); asked != 2 {
		t.Errorf("asked the bucket %d times, want once without an index and once for it", asked)
	}
	// An old index can be searched too.
	bucket.down.Store(true)
	clock.advance(fresh)
	if response := send(t, source, health); response.StatusCode != 200 {
		t.Errorf("with an old index answered %d %s", response.StatusCode, response.Body)
	}
}
