package apigateway

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestVerdictsAreKept sends requests to two routes of one authorizer, and
// counts how often its function is asked.
func TestVerdictsAreKept(t *testing.T) {
	const host = " HTTP/1.1\nHost: api.dev.example.com\nX-Api-Key: "
	allow, deny := `{"isAuthorized":true}`, `{"isAuthorized":false}`
	onlyOne := `{"principalId":"a","policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*/GET/one"}]}}`
	type send struct {
		request string
		after   time.Duration // since the one before
		status  int
		calls   int // in all
	}
	minute := func(a *Authorizer) { a.TTL = time.Minute }
	for _, c := range []struct {
		fact   string
		change func(*Authorizer)
		answer string
		sends  []send
	}{
		{"1.9 for the time to live", minute, allow, []send{
			{"GET /cart/one" + host + "k", 0, 200, 1}, {"GET /cart/one" + host + "k", 59 * time.Second, 200, 1}, {"GET /cart/one" + host + "k", time.Second, 200, 2},
		}},
		{"1.9 not at all with a time to live of 0", nil, allow, []send{
			{"GET /cart/one" + host + "k", 0, 200, 1}, {"GET /cart/one" + host + "k", 0, 200, 2},
		}},
		{"1.9 by the identity sources", minute, allow, []send{
			{"GET /cart/one" + host + "k", 0, 200, 1}, {"GET /cart/one" + host + "l", 0, 200, 2}, {"GET /cart/one" + host + "k", 0, 200, 2},
		}},
		{"1.9 for every route of the authorizer", minute, allow, []send{
			{"GET /cart/one" + host + "k", 0, 200, 1}, {"GET /cart/two" + host + "k", 0, 200, 1},
		}},
		{"1.9 by the route where it is an identity source", func(a *Authorizer) {
			a.TTL = time.Minute
			a.IdentitySources = append(a.IdentitySources, mustSource(t, "$context.routeKey"))
		}, allow, []send{
			{"GET /cart/one" + host + "k", 0, 200, 1}, {"GET /cart/two" + host + "k", 0, 200, 2}, {"GET /cart/one" + host + "k", 0, 200, 2},
		}},
		{"1.9 a denial too", minute, deny, []send{
			{"GET /cart/one" + host + "k", 0, 403, 1}, {"GET /cart/one" + host + "k", 0, 403, 1},
		}},
		{"1.9 a policy, which decides for each route anew", func(a *Authorizer) { a.TTL, a.SimpleResponses = time.Minute, false }, onlyOne, []send{
			{"GET /cart/one" + host + "k", 0, 200, 1}, {"GET /cart/two" + host + "k", 0, 403, 1}, {"GET /cart/one" + host + "k", 0, 200, 1},
		}},
		{"a failure is not kept [?]", minute, `{}`, []send{
			{"GET /cart/one" + host + "k", 0, 500, 1}, {"GET /cart/one" + host + "k", 0, 500, 2},
		}},
		{"who lacks an identity source is nobody's equal", minute, allow, []send{
			{"GET /cart/one" + host + "k", 0, 200, 1}, {"GET /cart/one" + host, 0, 401, 1},
		}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				functions := &asked{authorizer: returns(c.answer)}
				g := New(lambdaAPI(t, c.change, "GET /one", "GET /two"), functions, Options{})
				for i, s := range c.sends {
					time.Sleep(s.after)
					resp, body := handOver(t, g, parse(t, s.request))
					if resp.StatusCode != s.status || len(functions.events) != s.calls {
						t.Errorf("request %d: %d %s after %d calls, want %d after %d", i+1, resp.StatusCode, body, len(functions.events), s.status, s.calls)
					}
				}
			})
		})
	}
}

func TestVerdictsThatExpiredAreDropped(t *testing.T) {
	c, now := newVerdictCache(time.Minute), time.Now()
	for _, key := range []string{"a", "b", "c"} {
		c.put([]string{key}, Verdict{}, now)
	}
	c.put([]string{"d"}, Verdict{}, now.Add(time.Minute))
	if len(c.verdicts) != 1 {
		t.Errorf("it keeps %d", len(c.verdicts))
	}
}

// TestVerdictKeys: no two lists of values are one key.
func TestVerdictKeys(t *testing.T) {
	seen := map[string][]string{}
	for _, values := range [][]string{{"a", "b"}, {"ab"}, {"a,b"}, {"a", "", "b"}, {"1:a1:b"}, {"a1:b"}, {"", "ab"}, {"ab", ""}} {
		key := verdictKey(values)
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q are both %q", values, other, key)
		}
		seen[key] = values
	}
}
