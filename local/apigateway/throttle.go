package apigateway

import (
	"math"
	"sync"
	"time"
)

// Throttle is a token bucket (§1.10).
type Throttle struct {
	Rate  float64 // requests a second
	Burst int     // requests at once
}

// Throttles limit the routes of a stage.
type Throttles struct {
	// Throttle limits each route that RouteThrottles does not name by its
	// key. Nil is no limit here: the account's own, 10,000 requests a second,
	// is not in a template.
	Throttle       *Throttle
	RouteThrottles map[string]Throttle
}

// ThrottleOf is the throttle of one route, by its key. The default settings
// limit each route by itself and not their sum: the guide calls them "default
// route throttling" (§1.10).
func (t Throttles) ThrottleOf(key string) *Throttle {
	if own, ok := t.RouteThrottles[key]; ok {
		return &own
	}
	return t.Throttle
}

// Bucket is the state of a Throttle. A nil one lets everything through.
type Bucket struct {
	throttle Throttle

	mu     sync.Mutex
	tokens float64
	filled time.Time // when tokens was right
}

// NewBucket starts full.
func NewBucket(t *Throttle) *Bucket {
	if t == nil {
		return nil
	}
	return &Bucket{throttle: *t, tokens: float64(t.Burst)}
}

// Take takes a token and says whether there was one.
func (b *Bucket) Take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = refilled(b.throttle, b.tokens, now.Sub(b.filled))
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// refilled is what a bucket holds after some time.
func refilled(t Throttle, tokens float64, after time.Duration) float64 {
	return math.Min(float64(t.Burst), tokens+math.Max(0, after.Seconds())*t.Rate)
}
