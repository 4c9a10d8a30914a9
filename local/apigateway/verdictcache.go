package apigateway

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// verdictCache keeps what a Lambda authorizer said, by the values of its
// identity sources. It is for all routes of the authorizer: one that is to
// answer by the route has $context.routeKey among its identity sources (§1.9).
type verdictCache struct {
	ttl time.Duration

	mu       sync.Mutex
	verdicts map[string]keptVerdict
	swept    time.Time // when those that expired were last dropped
}

type keptVerdict struct {
	Verdict
	expires time.Time
}

func newVerdictCache(ttl time.Duration) *verdictCache {
	return &verdictCache{ttl: ttl, verdicts: map[string]keptVerdict{}}
}

// get is an answer that still holds. A nil cache has none.
func (c *verdictCache) get(values []string, now time.Time) (Verdict, bool) {
	if c == nil {
		return Verdict{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, ok := c.verdicts[verdictKey(values)]
	return kept.Verdict, ok && now.Before(kept.expires)
}

func (c *verdictCache) put(values []string, said Verdict, now time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.swept) >= c.ttl {
		for key, kept := range c.verdicts {
			if !now.Before(kept.expires) {
				delete(c.verdicts, key)
			}
		}
		c.swept = now
	}
	c.verdicts[verdictKey(values)] = keptVerdict{said, now.Add(c.ttl)}
}

// verdictKey tells ["a,b"] from ["a", "b"], whatever is in them.
func verdictKey(values []string) string {
	var b strings.Builder
	for _, value := range values {
		b.WriteString(strconv.Itoa(len(value)))
		b.WriteByte(':')
		b.WriteString(value)
	}
	return b.String()
}
