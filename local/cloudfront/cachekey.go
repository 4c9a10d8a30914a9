package cloudfront

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// cacheKey identifies the response to a request: the origin and the path, and
// what the cache policy selects of the rest ("Understand the cache key").
func cacheKey(b *Behaviour, v *viewer) string {
	p := &b.CachePolicy
	var key strings.Builder
	add := func(s string) {
		key.WriteString(s)
		key.WriteByte('\n')
	}
	add(v.path)
	add(b.Origin.ID)
	if v.method == http.MethodOptions {
		add(v.method)
	}
	if p.QueryStrings.Mode == All {
		add(v.query)
	} else {
		add(selectPairs(v.query, "&", "&", p.QueryStrings.Has))
	}
	add(selectPairs(strings.Join(v.header.Values("Cookie"), "; "), ";", "; ", p.Cookies.Has))
	for _, name := range p.Headers.Names {
		value, known := generated(name, v)
		switch {
		case known:
		case strings.EqualFold(name, "Host"):
			value = v.host
		default:
			value = strings.Join(v.header.Values(name), ",")
		}
		add(value)
	}
	if p.Gzip || p.Brotli {
		add(strings.TrimPrefix(acceptEncoding(b, v, false), "identity")) // which is not in the key
	}
	return key.String()
}

// pathOf is the path that a key begins with.
func pathOf(key string) string {
	path, _, _ := strings.Cut(key, "\n")
	return path
}

// defaultErrorTTL is how long errors stay when the distribution does not say
// (facts §3.2).
const defaultErrorTTL = 10 * time.Second

// ttl is how long a response may stay in the cache before the origin is asked
// again ("Manage how long content stays in the cache").
func (p CachePolicy) ttl(h http.Header, now time.Time) time.Duration {
	c := parseCacheControl(h)
	if c.noCache || c.noStore || c.private {
		return p.MinTTL
	}
	age := c.maxAge
	if c.sharedMaxAge != nil {
		age = c.sharedMaxAge
	}
	if age == nil {
		if expires, err := http.ParseTime(h.Get("Expires")); err == nil {
			left := max(expires.Sub(now), 0)
			age = &left
		}
	}
	if age == nil {
		return max(p.MinTTL, p.DefaultTTL)
	}
	return min(max(*age, p.MinTTL), p.MaxTTL)
}

// errorTTL is how long an error of an origin stays in the cache: the longer of
// the distribution's minimum and what the origin asks for, which the policy
// limits (facts §3.2; "How CloudFront caches HTTP 4xx and 5xx status codes").
//
// The documentation leaves out no cache policy from this, so errors stay where
// CachingDisabled lets nothing else stay, too; a minimum of zero prevents it.
func (d *Distribution) errorTTL(p CachePolicy, status int, h http.Header, now time.Time) time.Duration {
	c := parseCacheControl(h)
	asked := p.ttl(h, now)
	if c.maxAge == nil && c.sharedMaxAge == nil && h.Get("Expires") == "" {
		asked = 0
	}
	switch status {
	case 404, 405, 414, 500, 501, 502, 503, 504:
	case 400, 403, 412, 415:
		if c.maxAge == nil && c.sharedMaxAge == nil {
			return 0
		}
	default:
		return 0
	}
	minimum := defaultErrorTTL
	if e, ok := d.ErrorResponses[status]; ok {
		minimum = e.MinTTL
	}
	return max(minimum, asked)
}

// cacheControl is what the cache needs of a Cache-Control header.
type cacheControl struct {
	noCache, noStore, private bool
	maxAge, sharedMaxAge      *time.Duration // nil: not there
}

func parseCacheControl(h http.Header) cacheControl {
	var c cacheControl
	for _, line := range h.Values("Cache-Control") {
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch strings.ToLower(name) {
			case "no-cache":
				c.noCache = true
			case "no-store":
				c.noStore = true
			case "private":
				c.private = true
			case "max-age":
				c.maxAge = parseSeconds(value)
			case "s-maxage":
				c.sharedMaxAge = parseSeconds(value)
			}
		}
	}
	return c
}

// parseSeconds is a number of seconds, or nil for what is none.
func parseSeconds(s string) *time.Duration {
	n, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(s), `"`), 10, 63)
	if err != nil {
		return nil
	}
	// A hundred years are the longest that CloudFront keeps to, and fit.
	d := time.Duration(min(n, 100*365*24*60*60)) * time.Second
	return &d
}
