package cloudfront

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// fetch is the response to a request from the cache or from the origin.
func (e *Edge) fetch(ctx context.Context, b *Behaviour, v *viewer, id string) *response {
	if !isCached(b, v) {
		r, _ := e.fromOrigin(ctx, b, v, id, nil)
		return r
	}
	key := cacheKey(b, v)
	cached := e.cache.get(key)
	if r := e.hit(cached, v); r != nil {
		return r
	}
	if !b.CachePolicy.Caches() || v.header.Get("Range") != "" {
		return e.refresh(ctx, b, v, id, key, cached)
	}
	done, other := e.cache.join(key)
	if done == nil {
		pause(ctx, other)
		cached = e.cache.get(key)
		if r := e.hit(cached, v); r != nil {
			return r
		}
		return e.refresh(ctx, b, v, id, key, cached)
	}
	r := e.refresh(ctx, b, v, id, key, cached)
	r.onClose(done)
	return r
}

// hit is the response of a fresh entry, or nil.
func (e *Edge) hit(cached *entry, v *viewer) *response {
	now := e.options.Now()
	if cached == nil || !now.Before(cached.expires) {
		return nil
	}
	return fromCache(cached, v, "Hit", now)
}

// collapseWait is how long a request waits for another that is the same.
// CloudFront "pauses briefly"; how long is not documented.
const collapseWait = time.Second

// pause lets one of several equal requests go to the origin, and the others
// have what it stored (facts §3.7). When it stored nothing, they go as well.
func pause(ctx context.Context, other <-chan struct{}) {
	timer := time.NewTimer(collapseWait)
	defer timer.Stop()
	select {
	case <-other:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// isCached reports whether the cache may answer the request or keep the
// response. GET and HEAD always may, OPTIONS where the behaviour says so. A
// range that is not in the cache, and the conditions that are not about
// freshness, are the origin's to answer.
func isCached(b *Behaviour, v *viewer) bool {
	switch v.method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		if !slices.Contains(b.CachedMethods, http.MethodOptions) {
			return false
		}
	default:
		return false
	}
	return v.header.Get("If-Match") == "" && v.header.Get("If-Unmodified-Since") == ""
}

// refresh asks the origin, with the conditions of an entry that is no longer
// fresh when there is one, and keeps what may be kept.
func (e *Edge) refresh(ctx context.Context, b *Behaviour, v *viewer, id, key string, stale *entry) *response {
	epoch := e.cache.now()
	usable := stale != nil && stale.status < http.StatusBadRequest
	// A range that is not in the cache goes by the cache, conditions and all;
	// without caching, so does everything.
	passed := !b.CachePolicy.Caches() || !usable && v.header.Get("Range") != ""
	var conditions http.Header
	if !passed {
		conditions = http.Header{}
		if usable {
			conditions = validators(stale.header)
		}
	}
	r, failure := e.fromOrigin(ctx, b, v, id, conditions)
	now := e.options.Now()
	switch {
	case usable && failure == nil && r.status == http.StatusNotModified:
		confirmed := stale.confirmed(r.header, b.CachePolicy, now)
		r.close()
		e.cache.put(confirmed, epoch)
		r = fromCache(confirmed, v, "RefreshHit", now)
	case usable && r.status >= http.StatusInternalServerError:
		// An expired object is better than an error ("The requested object is in the
		// edge cache"). What X-Cache then says is not documented.
		kept := *stale
		kept.expires = now.Add(e.distribution.errorTTL(b.CachePolicy, r.status, r.header, now))
		r.close()
		e.cache.put(&kept, epoch)
		r = fromCache(&kept, v, "Hit", now)
	case v.method != http.MethodHead:
		e.keep(b, r, key, epoch, now)
	}
	if !passed {
		r.conditional(v)
	}
	return r
}

// confirmed is the entry with what a 304 said.
func (e *entry) confirmed(header http.Header, p CachePolicy, now time.Time) *entry {
	fresh := *e
	fresh.header = e.header.Clone()
	for _, name := range []string{"Cache-Control", "Date", "Expires", "Last-Modified"} {
		if values, ok := header[name]; ok {
			fresh.header[name] = values
		}
	}
	fresh.header.Del("Age")
	fresh.stored, fresh.expires = now, now.Add(p.ttl(fresh.header, now))
	return &fresh
}

// validators are the conditions with which an origin is asked whether a
// response is still what it has.
func validators(header http.Header) http.Header {
	conditions := http.Header{}
	if etag := header.Get("Etag"); etag != "" {
		conditions.Set("If-None-Match", etag)
	}
	if modified := header.Get("Last-Modified"); modified != "" {
		conditions.Set("If-Modified-Since", modified)
	}
	return conditions
}

// fromOrigin is the origin's response, compressed, or CloudFront's own when
// the origin gave none.
func (e *Edge) fromOrigin(ctx context.Context, b *Behaviour, v *viewer, id string, conditions http.Header) (*response, *originError) {
	failed := func(failure *originError) (*response, *originError) {
		return generatedError(failure.status, "Error", describeOriginError(&b.Origin, failure), id, failure), failure
	}
	answer, err := e.send(ctx, b, v, id, conditions) //nolint:bodyclose // the response that is made of it closes its body
	if err != nil {
		return failed(err)
	}
	r := fromOrigin(answer, b)
	if err := r.compress(b, v); err != nil {
		r.close()
		return failed(&originError{http.StatusBadGateway, err})
	}
	return r, nil
}

// keep stores a response when the viewer has had all of it.
func (e *Edge) keep(b *Behaviour, r *response, key string, epoch int, now time.Time) {
	var ttl time.Duration
	switch {
	case r.status >= http.StatusBadRequest:
		ttl = e.distribution.errorTTL(b.CachePolicy, r.status, r.header, now)
		if ttl <= 0 {
			return
		}
	case r.status == http.StatusPartialContent || r.status == http.StatusNotModified || !b.CachePolicy.Caches():
		return
	default:
		ttl = b.CachePolicy.ttl(r.header, now)
		c := parseCacheControl(r.header)
		if ttl <= 0 && (c.noStore || c.private || len(validators(r.header)) == 0) {
			return
		}
	}
	if r.length > e.cache.maxEntry() || r.body == nil {
		return
	}
	stored := &entry{key: key, status: r.status, header: r.header.Clone(), stored: now, expires: now.Add(ttl)}
	r.body = &keptBody{ReadCloser: r.body, limit: e.cache.maxEntry(), length: r.length, store: func(body []byte) {
		stored.body = body
		e.cache.put(stored, epoch)
	}}
}

// keptBody keeps what is read of a body, and stores it when that was all.
type keptBody struct {
	io.ReadCloser
	limit, length int64
	kept          bytes.Buffer
	ended         bool
	store         func(body []byte)
}

func (b *keptBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if int64(b.kept.Len()) <= b.limit {
		b.kept.Write(p[:n])
	}
	b.ended = errors.Is(err, io.EOF)
	return n, err
}

func (b *keptBody) Close() error {
	size := int64(b.kept.Len())
	if b.ended && size <= b.limit && (b.length < 0 || size == b.length) {
		b.store(b.kept.Bytes())
		b.ended = false
	}
	return b.ReadCloser.Close()
}

// onClose calls f when the body has been closed, or now when there is none.
func (r *response) onClose(f func()) {
	if r.body == nil {
		f()
		return
	}
	r.body = &notifyingBody{r.body, f}
}

type notifyingBody struct {
	io.ReadCloser
	closed func()
}

func (b *notifyingBody) Close() error {
	err := b.ReadCloser.Close()
	b.closed()
	return err
}
