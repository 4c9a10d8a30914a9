package apigateway

import (
	"math"
	"sync"
	"time"
)

// bucket is a token bucket. A nil one lets everything through.
type bucket struct {
	throttle Throttle

	mu     sync.Mutex
	tokens float64
	filled time.Time // when tokens was right
}

// newBucket starts full.
func newBucket(t *Throttle) *bucket {
	if t == nil {
		return nil
	}
	return &bucket{throttle: *t, tokens: float64(t.Burst)}
}

// take takes a token and says whether there was one.
func (b *bucket) take(now time.Time) bool {
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

// throttleFor is the throttle of one route of a stage. The default settings
// limit each route by itself and not their sum: the guide calls them "default
// route throttling" (§1.10).
func (s *Stage) throttleFor(key RouteKey) *Throttle {
	if t, ok := s.RouteThrottles[key.String()]; ok {
		return &t
	}
	return s.Throttle
}
