package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"annex/local/apigateway"
	"annex/local/cloudfront"
	"annex/local/console"
	"annex/local/lambda"
)

// consoleSystem is a system whose ways lead to next.
func consoleSystem(t testing.TB, next func(*system) http.Handler) *system {
	t.Helper()
	s := &system{terminal: &terminal{}, ways: []listener{{"http", 8080}}, recorder: console.NewRecorder()}
	s.console = s.newConsole()
	functions := lambda.New(nil, lambda.Options{})
	t.Cleanup(functions.Close)
	v := &served{system: s, hosts: shop, container: &service{}, functions: functions}
	s.current.Store(v)
	v.handlers = []http.Handler{next(s)}
	return s
}

// notes are what the parts of the system do for the console in one request.
func notes(s *system) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.recordGateway(r.Context(), apigateway.Exchange{RouteKey: "GET /{cart}", Status: http.StatusOK})
		s.recordEdge(r.Context(), cloudfront.Exchange{Behaviour: "/api/*", Status: http.StatusOK})
		w.WriteHeader(http.StatusOK)
	})
}

func cartRequest(ctx context.Context) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPut, "/api/cart/1", strings.NewReader(`{"quantity":2}`))
	r.Host = "www.dev.example.com.localhost:8080"
	return r
}

// A request costs with the page closed what it costs without the console.
func TestAClosedConsoleCostsNothing(t *testing.T) {
	without := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s := consoleSystem(t, notes)
	r, w := cartRequest(t.Context()), &nowhere{http.Header{}}
	before := testing.AllocsPerRun(1000, func() { without.ServeHTTP(w, r) })
	handler := s.handler(0)
	if got := testing.AllocsPerRun(1000, func() { handler.ServeHTTP(w, r) }); got != before {
		t.Errorf("%v allocations a request, and %v without the console", got, before)
	}
}

func BenchmarkConsole(b *testing.B) {
	without := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s := consoleSystem(b, notes)
	r, w := cartRequest(b.Context()), &nowhere{http.Header{}}
	measure := func(name string, h http.Handler) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
	measure("without", without)
	measure("closed", s.handler(0))
	openConsole(b, s)
	measure("open", s.handler(0))
}

// openConsole connects a page to the system's console until the test's end.
func openConsole(t testing.TB, s *system) {
	t.Helper()
	server := httptest.NewServer(s.handler(0))
	t.Cleanup(server.Close)
	ctx, leave := context.WithCancel(t.Context())
	t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = consoleName
	response, err := http.DefaultClient.Do(r) // answered when the page is connected
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if !s.recorder.Watched() {
		t.Fatalf("no page is connected: status %d", response.StatusCode)
	}
}

// recorded asks the console for what it has of an exchange.
func recorded(t *testing.T, s *system, id string, into any) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/requests/"+id, nil)
	r.Host = consoleName
	w := httptest.NewRecorder()
	s.handler(0).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("exchange %s: %d %s", id, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// A replay goes the way of the first request, with all that it had.
func TestAReplayIsTheSameRequest(t *testing.T) {
	type seen struct{ method, host, uri, authorization, body string }
	var got []seen
	s := consoleSystem(t, func(s *system) http.Handler {
		return s.current.Load().hosts.translated(s.ways[0], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got = append(got, seen{r.Method, r.Host, r.URL.RequestURI(), r.Header.Get("Authorization"), string(body)})
			w.WriteHeader(http.StatusCreated)
			if r.Header.Get("Break") != "" {
				panic(http.ErrAbortHandler)
			}
		}))
	})
	openConsole(t, s)
	first := cartRequest(t.Context())
	first.Header.Set("Authorization", "Bearer a-secret-that-is-long-enough-to-be-cut")
	first.Header.Set("Break", "off")
	func() {
		defer func() { _ = recover() }() // as net/http does
		s.handler(0).ServeHTTP(&nowhere{http.Header{}}, first)
	}()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/replay", strings.NewReader(`{"id":1}`))
	r.Host = consoleName
	w := httptest.NewRecorder()
	s.handler(0).ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.String() != `{"id":2}` {
		t.Fatalf("the replay: %d %s", w.Code, w.Body)
	}
	want := seen{"PUT", "www.dev.example.com", "/api/cart/1", "Bearer a-secret-that-is-long-enough-to-be-cut", `{"quantity":2}`}
	if len(got) != 2 || got[0] != want || got[1] != want {
		t.Errorf("the system saw %+v, want twice %+v", got, want)
	}
	var shown struct {
		ReplayOf int
		Status   int
		Ended    bool
	}
	recorded(t, s, "2", &shown)
	if shown.ReplayOf != 1 || shown.Status != http.StatusCreated || !shown.Ended {
		t.Errorf("the replay is shown as %+v", shown)
	}
}

// What nobody read of a body cannot be sent again.
func TestARequestWhoseBodyWasNotReadIsNotReplayed(t *testing.T) {
	for name, c := range map[string]struct {
		read int64
		want string
	}{
		"not read":     {0, "not read to its end"},
		"half of it":   {5, "not read to its end"},
		"to its last":  {14, ""},
		"to what ends": {100, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := consoleSystem(t, func(*system) http.Handler {
				return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.CopyN(io.Discard, r.Body, c.read) })
			})
			openConsole(t, s)
			s.handler(0).ServeHTTP(&nowhere{http.Header{}}, cartRequest(t.Context()))
			var shown struct{ Replay string }
			recorded(t, s, "1", &shown)
			if (shown.Replay == "") != (c.want == "") || !strings.Contains(shown.Replay, c.want) {
				t.Errorf("told is %q, want %q", shown.Replay, c.want)
			}
		})
	}
}

// Whoever refused is named, with the reason.
func TestRefusals(t *testing.T) {
	throttled := fmt.Errorf("invoking: %w", &lambda.TooManyRequestsError{Function: "cart"})
	for _, c := range []struct {
		name string
		note func(context.Context, *system)
		by   string
	}{
		{"no refusal", func(ctx context.Context, s *system) { s.recordGateway(ctx, apigateway.Exchange{Status: 404}) }, ""},
		{"CloudFront", func(ctx context.Context, s *system) {
			s.recordEdge(ctx, cloudfront.Exchange{Status: 403, Reason: "why"})
		}, "CloudFront"},
		{"a redirect is none", func(ctx context.Context, s *system) {
			s.recordEdge(ctx, cloudfront.Exchange{Status: 301, Reason: "why"})
		}, ""},
		{"not served at the edge", func(ctx context.Context, s *system) {
			s.recordEdge(ctx, cloudfront.Exchange{Status: 501, Reason: "why"})
		}, "Local mode"},
		{"no route", func(ctx context.Context, s *system) {
			s.recordGateway(ctx, apigateway.Exchange{Status: 404, Err: errors.New("why")})
		}, "API Gateway"},
		{"an authorizer", func(ctx context.Context, s *system) {
			s.recordGateway(ctx, apigateway.Exchange{Status: 401, Authorizer: "SignedIn", Err: errors.New("why")})
		}, "Authorizer"},
		{"the route's throttle", func(ctx context.Context, s *system) {
			s.recordGateway(ctx, apigateway.Exchange{Status: 429, Err: errors.New("why")})
		}, "Throttle"},
		{"Lambda's throttle", func(ctx context.Context, s *system) {
			s.recordGateway(ctx, apigateway.Exchange{Status: 503, Err: throttled})
		}, "Throttle"},
		{"a function that failed", func(ctx context.Context, s *system) {
			s.recordGateway(ctx, apigateway.Exchange{Status: 500, InvocationID: "i", Err: errors.New("why")})
		}, "Lambda"},
		{"not served at the gateway", func(ctx context.Context, s *system) {
			s.recordGateway(ctx, apigateway.Exchange{Status: 501, Err: errors.New("why")})
		}, "Local mode"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := consoleSystem(t, func(s *system) http.Handler {
				return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { c.note(r.Context(), s) })
			})
			openConsole(t, s)
			s.handler(0).ServeHTTP(&nowhere{http.Header{}}, cartRequest(t.Context()))
			var shown struct{ Refusal console.Refusal }
			recorded(t, s, "1", &shown)
			if shown.Refusal.By != c.by || (shown.Refusal.Reason == "") != (c.by == "") {
				t.Errorf("refused by %+v, want %q", shown.Refusal, c.by)
			}
		})
	}
}

// An authorizer's function is told from the route's.
func TestInvocationsOfAnAuthorizer(t *testing.T) {
	asked := time.Now()
	s := consoleSystem(t, func(s *system) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s.recording(r.Context()).Note(func(e *console.Exchange) {
				e.Invocations = []console.Invocation{
					{Function: "partners", Start: asked, End: asked.Add(time.Millisecond)},
					{Function: "cart", Start: asked.Add(3 * time.Millisecond), End: asked.Add(5 * time.Millisecond)},
				}
			})
			s.recordGateway(r.Context(), apigateway.Exchange{Time: asked, Status: 200, Authorizer: "Partners", AuthorizerTime: asked, AuthorizerLatency: 2 * time.Millisecond})
		})
	})
	openConsole(t, s)
	s.handler(0).ServeHTTP(&nowhere{http.Header{}}, cartRequest(t.Context()))
	var shown struct {
		Invocations []struct {
			Function   string
			Authorizer bool
		}
		Hops []struct{ Name string }
	}
	recorded(t, s, "1", &shown)
	if i := shown.Invocations; len(i) != 2 || !i[0].Authorizer || i[1].Authorizer {
		t.Errorf("the invocations are shown as %+v", i)
	}
	var hops []string
	for _, hop := range shown.Hops {
		hops = append(hops, hop.Name)
	}
	slices.Sort(hops)
	if want := []string{"API Gateway", "Authorizer", "Authorizer's function", "Function"}; !slices.Equal(hops, want) {
		t.Errorf("the hops are %q, want %q", hops, want)
	}
}

// Functions that no client's request starts are shown by themselves.
func TestWhatNoRequestCausedIsShown(t *testing.T) {
	s := consoleSystem(t, notes)
	openConsole(t, s)
	unknown := "arn:aws:lambda:eu-west-1:111122223333:function:cart:live"
	for i, c := range []struct {
		source string
		invoke func(context.Context, string, []byte) (*lambda.Result, error)
	}{
		{"queue", func(ctx context.Context, arn string, event []byte) (*lambda.Result, error) {
			return s.runQueued(ctx, "", arn, event)
		}},
		{"schedule annex-dev-cart/WarmCart", func(ctx context.Context, arn string, event []byte) (*lambda.Result, error) {
			return s.runQueued(ctx, "schedule annex-dev-cart/WarmCart", arn, event)
		}},
		{"CodeDeploy", newReleases(s).Invoke},
	} {
		if _, err := c.invoke(t.Context(), unknown, []byte(`{"a":1}`)); err == nil {
			t.Fatal("a function that is not there was invoked")
		}
		var shown struct {
			Source, Function string
			Refusal          console.Refusal
			Replay           string
			Invocations      []struct{ Event struct{ Text string } }
		}
		recorded(t, s, strconv.Itoa(i+1), &shown)
		if shown.Source != c.source || shown.Function != "cart" || shown.Refusal.By != "Lambda" || shown.Replay == "" || !strings.Contains(shown.Invocations[0].Event.Text, `"a": 1`) {
			t.Errorf("shown as %+v", shown)
		}
	}
}
