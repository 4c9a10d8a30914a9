package apigateway

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottle(t *testing.T) {
	type sent struct {
		fact      string
		got, want []int
	}
	var all []sent // a bubble has no subtests
	synctest.Test(t, func(t *testing.T) {
		config := cartAPI(t, "GET /", "POST /", "PUT /")
		config.APIs[0].Stages[0].Throttle = &Throttle{Rate: 2, Burst: 3}
		config.APIs[0].Stages[0].RouteThrottles = map[string]Throttle{"POST /": {Rate: 1, Burst: 1}, "PUT /": {}}
		g := New(config, returns(`{"statusCode":200}`), Options{})
		send := func(fact, method string, want ...int) {
			t.Helper()
			s := sent{fact: fact, want: want}
			for range want {
				resp, body := handOver(t, g, parse(t, method+" /cart HTTP/1.1\nHost: api.dev.example.com"))
				if s.got = append(s.got, resp.StatusCode); resp.StatusCode == 429 && body != `{"message":"Too Many Requests"}` {
					t.Errorf("%s: got %s", fact, body)
				}
			}
			all = append(all, s)
		}
		send("1.10 the burst, then 429", "GET", 200, 200, 200, 429)
		send("1.10 a route's settings override the stage's", "POST", 200, 429)
		send("1.10 a rate and burst of 0 lets nothing through", "PUT", 429)
		time.Sleep(time.Second)
		send("1.10 tokens come back at the rate", "GET", 200, 200, 429)
		send("1.10 tokens come back at the route's rate", "POST", 200, 429)
		time.Sleep(time.Hour)
		send("1.10 no more than the burst is kept", "GET", 200, 200, 200, 429)
	})
	for _, s := range all {
		t.Run(s.fact, func(t *testing.T) {
			if !slices.Equal(s.got, s.want) {
				t.Errorf("got %d, want %d", s.got, s.want)
			}
		})
	}
}

func TestNoThrottleWithoutSettings(t *testing.T) {
	g := New(cartAPI(t, "GET /"), returns(`{"statusCode":200}`), Options{})
	for range 100 {
		if resp, _ := answer(t, g, parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com")); resp.StatusCode != 200 {
			t.Fatalf("got %d", resp.StatusCode)
		}
	}
}

func TestRouteSettingsFillFromTheStages(t *testing.T) {
	rate, burst := 5.0, 7
	base := &Throttle{Rate: 1, Burst: 2}
	for _, c := range []struct {
		fact     string
		settings RouteSettings
		base     *Throttle
		want     *Throttle
	}{
		{"1.10 nothing set", RouteSettings{}, nil, nil},
		{"1.10 nothing set for the route", RouteSettings{}, base, base},
		{"1.10 both set", RouteSettings{ThrottlingRateLimit: &rate, ThrottlingBurstLimit: &burst}, base, &Throttle{Rate: 5, Burst: 7}},
		{"1.10 the rate alone [?]", RouteSettings{ThrottlingRateLimit: &rate}, base, &Throttle{Rate: 5, Burst: 2}},
		{"1.10 the burst alone, with the account's rate [?]", RouteSettings{ThrottlingBurstLimit: &burst}, nil, &Throttle{Rate: 10_000, Burst: 7}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			got := c.settings.throttle(c.base)
			if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
