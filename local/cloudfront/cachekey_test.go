package cloudfront

import (
	"net/http"
	"testing"
	"time"
)

func TestTTL(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	bounded := CachePolicy{MinTTL: 10 * time.Second, DefaultTTL: time.Minute, MaxTTL: time.Hour}
	free := CachePolicy{DefaultTTL: time.Minute, MaxTTL: time.Hour}
	for name, c := range map[string]struct {
		policy  CachePolicy
		headers []string
		want    time.Duration
	}{
		"nothing is the default":             {free, nil, time.Minute},
		"the default is at least the least":  {CachePolicy{MinTTL: 2 * time.Minute, DefaultTTL: time.Minute, MaxTTL: time.Hour}, nil, 2 * time.Minute},
		"max-age":                            {free, []string{"Cache-Control", "public, max-age=30"}, 30 * time.Second},
		"s-maxage before max-age":            {free, []string{"Cache-Control", "max-age=30, s-maxage=40"}, 40 * time.Second},
		"at least the minimum":               {bounded, []string{"Cache-Control", "max-age=1"}, 10 * time.Second},
		"at most the maximum":                {bounded, []string{"Cache-Control", "max-age=7200"}, time.Hour},
		"max-age before Expires":             {free, []string{"Cache-Control", "max-age=30", "Expires", "Sun, 22 Nov 2026 12:00:05 GMT"}, 30 * time.Second},
		"Expires":                            {free, []string{"Expires", "Sun, 22 Nov 2026 12:00:05 GMT"}, 5 * time.Second},
		"Expires that is past":               {free, []string{"Expires", "Sun, 22 Nov 2026 11:00:00 GMT"}, 0},
		"Expires that is no date":            {free, []string{"Expires", "0"}, time.Minute},
		"no-store":                           {free, []string{"Cache-Control", "no-store"}, 0},
		"no-store stays for the minimum":     {bounded, []string{"Cache-Control", "no-store, max-age=60"}, 10 * time.Second},
		"no-cache":                           {free, []string{"Cache-Control", "no-cache"}, 0},
		"private":                            {free, []string{"Cache-Control", "private, max-age=60"}, 0},
		"directives in any case":             {free, []string{"Cache-Control", "Max-Age=30"}, 30 * time.Second},
		"several lines":                      {free, []string{"Cache-Control", "public", "Cache-Control", "max-age=30"}, 30 * time.Second},
		"an age that is no number":           {free, []string{"Cache-Control", "max-age=soon"}, time.Minute},
		"an age that is too large a number":  {free, []string{"Cache-Control", "max-age=9223372036854775807"}, time.Hour},
		"an age below zero is no number":     {free, []string{"Cache-Control", "max-age=-5"}, time.Minute},
		"CachingDisabled keeps nothing":      {CachePolicy{}, []string{"Cache-Control", "max-age=60"}, 0},
		"the pages' own: s-maxage of an day": {managedCachePolicies()["658327ea-f89d-4fab-a63d-7e88639e58f6"], []string{"Cache-Control", "public, max-age=0, must-revalidate, s-maxage=86400"}, day},
	} {
		t.Run("caching: "+name, func(t *testing.T) {
			if got := c.policy.ttl(header(c.headers...), now); got != c.want {
				t.Errorf("%v stays for %v, want %v", c.headers, got, c.want)
			}
		})
	}
}

func TestErrorTTL(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	d := &Distribution{ErrorResponses: map[int]ErrorResponse{404: {}, 500: {MinTTL: time.Minute}}}
	policy := CachePolicy{DefaultTTL: time.Hour, MaxTTL: time.Hour}
	for name, c := range map[string]struct {
		status  int
		headers []string
		want    time.Duration
	}{
		"3.2 ten seconds without a rule":           {503, nil, 10 * time.Second},
		"3.2 the rule's minimum":                   {500, nil, time.Minute},
		"3.2 a minimum of zero":                    {404, nil, 0},
		"3.2 the longer of minimum and max-age":    {500, []string{"Cache-Control", "max-age=90"}, 90 * time.Second},
		"3.2 max-age below the minimum":            {500, []string{"Cache-Control", "max-age=9"}, time.Minute},
		"3.2 no-store does not shorten it":         {500, []string{"Cache-Control", "no-store"}, time.Minute},
		"3.2 max-age with a minimum of zero":       {404, []string{"Cache-Control", "max-age=9"}, 9 * time.Second},
		"3.2 403 only when the origin asks for it": {403, nil, 0},
		"3.2 403 when the origin asks for it":      {403, []string{"Cache-Control", "max-age=30"}, 30 * time.Second},
		"3.2 416 never":                            {416, []string{"Cache-Control", "max-age=30"}, 0},
		"3.2 401 never":                            {401, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.errorTTL(policy, c.status, header(c.headers...), now); got != c.want {
				t.Errorf("%d with %v stays for %v, want %v", c.status, c.headers, got, c.want)
			}
		})
	}
}

func TestCacheKeys(t *testing.T) {
	d := site()
	p := &d.Behaviours[2].CachePolicy
	p.QueryStrings, p.Cookies, p.Headers = Selection{Whitelist, []string{"q"}}, Selection{AllExcept, []string{"t"}}, Selection{Whitelist, []string{"X-Shop"}}
	e := newEdge(t, d, &origin{}, Options{})
	for _, c := range []struct {
		why, target string
		headers     []string
		cache       string
	}{
		{"the first", "/x?q=1&r=1", []string{"Cookie", "a=1; t=1", "X-Shop", "1"}, "Miss"},
		{"what is not in the key differs", "/x?r=2&q=1", []string{"Cookie", "t=2; a=1", "X-Shop", "1", "X-Other", "2"}, "Hit"},
		{"another query", "/x?q=2", []string{"Cookie", "a=1", "X-Shop", "1"}, "Miss"},
		{"another cookie", "/x?q=1", []string{"Cookie", "a=2", "X-Shop", "1"}, "Miss"},
		{"another header", "/x?q=1", []string{"Cookie", "a=1", "X-Shop", "2"}, "Miss"},
		{"another path", "/y?q=1", []string{"Cookie", "a=1", "X-Shop", "1"}, "Miss"},
	} {
		t.Run("caching: "+c.why, func(t *testing.T) {
			wantCache(t, serve(e, ask("GET", c.target, c.headers...)), 200, c.cache)
		})
	}
}

// FuzzCacheControl: no header of an origin may crash the cache, or keep a
// response longer than the policy's maximum.
func FuzzCacheControl(f *testing.F) {
	f.Add("max-age=60, s-maxage=\"5\"", "0")
	f.Add("private, no-cache=\"Set-Cookie\",,=", "Sun, 22 Nov 2026 11:00:00 GMT")
	p := CachePolicy{MinTTL: time.Second, DefaultTTL: time.Minute, MaxTTL: time.Hour}
	f.Fuzz(func(t *testing.T, control, expires string) {
		h := http.Header{"Cache-Control": {control}, "Expires": {expires}}
		if got := p.ttl(h, time.Now()); got < p.MinTTL || got > p.MaxTTL {
			t.Errorf("%q, %q stay for %v", control, expires, got)
		}
	})
}
