package cloudfront

import (
	"container/list"
	"net/http"
	"strings"
	"sync"
	"time"
)

// cache keeps responses in memory. The least recently used leave when it is
// full. It ends with the process: a restart never shows an old page.
type cache struct {
	mu      sync.Mutex
	limit   int64 // in bytes
	size    int64
	byKey   map[string]*list.Element // of *entry
	recent  *list.List               // the most recently used first
	flights map[string]chan struct{} // origin requests under way; closed when they end
	epoch   int                      // counts invalidations
}

// entry is a response in the cache. It is never changed: a newer one takes its
// place.
type entry struct {
	key     string
	status  int
	header  http.Header // as the origin sent it, but compressed as it is served
	body    []byte
	stored  time.Time // when the origin sent or confirmed it
	expires time.Time
}

func newCache(limit int64) *cache {
	return &cache{limit: limit, byKey: map[string]*list.Element{}, recent: list.New(), flights: map[string]chan struct{}{}}
}

// maxEntry is the largest body in bytes that is kept.
func (c *cache) maxEntry() int64 { return c.limit / 8 }

func (e *entry) cost() int64 {
	size := int64(len(e.key) + len(e.body))
	for name, values := range e.header {
		for _, v := range values {
			size += int64(len(name) + len(v))
		}
	}
	return size
}

// get returns the entry, fresh or not, or nil.
func (c *cache) get(key string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.byKey[key]
	if element == nil {
		return nil
	}
	c.recent.MoveToFront(element)
	e, _ := element.Value.(*entry)
	return e
}

// put stores an entry, unless there was an invalidation after the epoch: what
// was fetched before it may be what it removes.
func (c *cache) put(e *entry, epoch int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch || int64(len(e.body)) > c.maxEntry() {
		return
	}
	c.remove(c.byKey[e.key])
	c.byKey[e.key] = c.recent.PushFront(e)
	c.size += e.cost()
	for c.size > c.limit {
		c.remove(c.recent.Back())
	}
}

// remove expects the lock to be held.
func (c *cache) remove(element *list.Element) {
	if element == nil {
		return
	}
	e, _ := c.recent.Remove(element).(*entry)
	delete(c.byKey, e.key)
	c.size -= e.cost()
}

// invalidate removes the entries whose paths match any of the patterns.
func (c *cache) invalidate(patterns []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for key, element := range c.byKey {
		for _, pattern := range patterns {
			if matchInvalidation(pattern, pathOf(key)) {
				c.remove(element)
				break
			}
		}
	}
}

// matchInvalidation: the star of an invalidation path stands only at its end
// ("Invalidate files").
func matchInvalidation(pattern, path string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return pattern == path
}

// join makes the caller the one that asks the origin for a key, and returns
// what it calls when it has stored the response or will not. When another is
// under way, it returns that one's end instead.
func (c *cache) join(key string) (done func(), other <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if flight := c.flights[key]; flight != nil {
		return nil, flight
	}
	flight := make(chan struct{})
	c.flights[key] = flight
	return sync.OnceFunc(func() {
		c.mu.Lock()
		delete(c.flights, key)
		c.mu.Unlock()
		close(flight)
	}), nil
}

// now returns the current epoch, for put.
func (c *cache) now() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}
