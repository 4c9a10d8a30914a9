package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"annex/local/apigateway"
	"annex/local/events"
	"annex/local/lambda"
)

const liveCart = "arn:aws:lambda:eu-west-1:111122223333:function:annex-dev-cart-Cart:live"

// named calls the function of liveCart cart.
func named(t *terminal) *terminal {
	t.name([]lambda.Function{{Name: "annex-dev-cart-Cart", Folder: "lambdas/cart"}})
	return t
}

// answered is a request that was answered so.
func answered(e *exchange, status int, took time.Duration) requestLine {
	r := httptest.NewRequest(http.MethodGet, "/api/cart/x?y=z", http.NoBody)
	r.Host = "www.dev.example.com"
	return e.record(named(&terminal{out: io.Discard}), r, status, took)
}

func TestARequestIsALineThatSaysColdOrWarm(t *testing.T) {
	const took = 12400 * time.Microsecond
	route := apigateway.Exchange{RouteKey: "GET /{cart}", Function: liveCart}
	ran := route
	ran.InvocationID, ran.Version = "6bc28136", "2"
	cold := ran
	cold.Cold, cold.Init = true, 7100*time.Microsecond
	throttled := route
	throttled.Err = &lambda.TooManyRequestsError{Function: "cart", Limit: 1}
	for name, c := range map[string]struct {
		e      *exchange
		status int
		want   string
	}{
		"a page":                   {&exchange{}, 200, "200 GET       12.4 ms  www.dev.example.com/api/cart/x?y=z"},
		"of a function, cold":      {&exchange{gateway: &cold}, 200, "200 GET       12.4 ms  www.dev.example.com/api/cart/x?y=z            GET /{cart} → cart, cold start 7.1 ms"},
		"warm":                     {&exchange{gateway: &ran}, 404, "404 GET       12.4 ms  www.dev.example.com/api/cart/x?y=z            GET /{cart} → cart, warm"},
		"while two versions share": {&exchange{gateway: &ran, shifted: true}, 200, "200 GET       12.4 ms  www.dev.example.com/api/cart/x?y=z            GET /{cart} → cart version 2, warm"},
		"that did not run":         {&exchange{gateway: &throttled}, 503, "503 GET       12.4 ms  www.dev.example.com/api/cart/x?y=z            GET /{cart}: TooManyRequestsException: Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded: function cart reserves 1)"},
		"of an origin that failed": {&exchange{failure: errors.New("connection refused")}, 502, "502 GET       12.4 ms  www.dev.example.com/api/cart/x?y=z: connection refused"},
		"that broke off":           {&exchange{}, 0, "  0 GET       12.4 ms  www.dev.example.com/api/cart/x?y=z"},
	} {
		t.Run(name, func(t *testing.T) {
			line := answered(c.e, c.status, took)
			if got := line.text(false); got != c.want {
				t.Errorf("it is\n%s\nwant\n%s", got, c.want)
			}
			bright := line.text(true)
			if plain := uncoloured(bright); plain != c.want || bright == c.want {
				t.Errorf("in colours it is %q", bright)
			}
		})
	}
}

// uncoloured is text without its escape sequences.
func uncoloured(text string) string {
	for {
		before, rest, found := strings.Cut(text, "\x1b[")
		if !found {
			return text
		}
		_, after, _ := strings.Cut(rest, "m")
		text = before + after
	}
}

func TestARunThatNobodyWaitsForIsALine(t *testing.T) {
	failed := &lambda.Result{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"x"}`)}
	const took = 12400 * time.Microsecond
	for name, c := range map[string]struct {
		attempt events.Attempt
		want    string
	}{
		"of a schedule": {
			events.Attempt{Source: "schedule annex-dev-cart/WarmCart", Number: 1, Last: true, Result: &lambda.Result{}},
			"run           12.4 ms  schedule annex-dev-cart/WarmCart              → cart, warm",
		},
		"of the queue, cold": {
			events.Attempt{Number: 1, Last: true, Result: &lambda.Result{Cold: true, Init: 7100 * time.Microsecond}},
			"run           12.4 ms  queue                                         → cart, cold start 7.1 ms",
		},
		"of the queue, started within the invocation": {
			events.Attempt{Number: 1, Last: true, Result: &lambda.Result{Cold: true}},
			"run           12.4 ms  queue                                         → cart, cold start",
		},
		"that fails": {
			events.Attempt{Number: 1, Wait: time.Minute, Result: failed},
			`run           12.4 ms  queue                                         → cart, warm: the function failed: {"errorType":"x"}; attempt 1, the next one comes in 60 s`,
		},
		"that fails for good": {
			events.Attempt{Number: 3, Last: true, Result: failed},
			`run           12.4 ms  queue                                         → cart, warm: the function failed: {"errorType":"x"}; the event is dropped`,
		},
		"whose end is told": {
			events.Attempt{Number: 3, Last: true, Result: failed, Told: []string{"arn:aws:sqs:eu-west-1:111122223333:dead", liveCart}},
			`run           12.4 ms  queue                                         → cart, warm: the function failed: {"errorType":"x"}; told: queue dead, cart`,
		},
		"whose end cannot be told": {
			events.Attempt{Number: 1, Last: true, Result: &lambda.Result{}, Err: errors.New("denied")},
			`run           12.4 ms  queue                                         → cart, warm: denied`,
		},
		"that does not run": {
			events.Attempt{Number: 1, Last: true, Err: errors.New("not found")},
			"run           12.4 ms  queue                                         → cart: not found; the event is dropped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c.attempt.Function, c.attempt.Took = liveCart, took
			named(&terminal{out: &out}).attempt(c.attempt)
			if got := strings.TrimSuffix(out.String(), "\n"); got != c.want {
				t.Errorf("it is\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestInJSONEveryLineIsAnObject(t *testing.T) {
	var out bytes.Buffer
	term := named(&terminal{out: &out, json: true, paint: true})
	cold := apigateway.Exchange{RouteKey: "GET /{cart}", Function: liveCart, InvocationID: "6bc28136", Version: "2", Cold: true, Init: 7100 * time.Microsecond}
	var s starts
	s.count(lambda.Invocation{FunctionARN: liveCart, Cold: true, Init: 7100 * time.Microsecond})

	term.say("two\nlines %d", 1)
	_, _ = term.Write([]byte("aws: AccessDenied\n"))
	term.function(lambda.Log{Function: "annex-dev-cart-Cart", Version: "2", RequestID: "6bc28136", Line: `{"level":"INFO"}`})
	term.function(lambda.Log{Function: "annex-dev-cart-Cart", Platform: true, Line: "START RequestId: 6bc28136"})
	term.write(answered(&exchange{gateway: &cold}, 200, 12400*time.Microsecond))
	term.write(answered(&exchange{}, 304, time.Millisecond))
	term.attempt(events.Attempt{Source: "schedule Warm", Function: liveCart, Number: 1, Last: true, Result: &lambda.Result{Version: "2"}})
	term.write(ready{Addresses: []string{"http://www.dev.example.com.localhost:8080"}})
	term.write(s.summary(term.nameOf))
	term.write((&starts{}).summary(term.nameOf))

	var got []map[string]any
	for line := range strings.Lines(out.String()) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if _, err := time.Parse(time.RFC3339, object["time"].(string)); err != nil {
			t.Error(err)
		}
		got = append(got, object)
	}
	for i, want := range []map[string]any{
		{"type": "notice", "text": "two\nlines 1"},
		{"type": "notice", "text": "aws: AccessDenied"},
		{"type": "log", "function": "cart", "version": "2", "requestId": "6bc28136", "line": `{"level":"INFO"}`},
		{"type": "request", "status": 200., "method": "GET", "host": "www.dev.example.com", "path": "/api/cart/x?y=z", "durationMs": 12.4, "route": "GET /{cart}", "function": "cart", "version": "2", "cold": true, "initDurationMs": 7.1},
		{"type": "request", "status": 304., "cold": nil, "function": nil},
		{"type": "run", "source": "schedule Warm", "function": "cart", "cold": false, "attempt": 1.},
		{"type": "ready"},
		{"type": "summary"},
		{"type": "summary"},
	} {
		if i >= len(got) {
			t.Fatalf("there are %d lines:\n%s", len(got), &out)
		}
		for name, value := range want {
			if got[i][name] != value {
				t.Errorf("line %d: its %s is %v, want %v", i, name, got[i][name], value)
			}
		}
	}
	if len(got) != 9 {
		t.Errorf("there are %d lines, want 9:\n%s", len(got), &out)
	}
}

func TestColoursAreForTerminalsAlone(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()                    //nolint:errcheck // nothing is written to it
	terminal, err := os.Open("/dev/null") // a character device, as terminals are
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close() //nolint:errcheck // only read
	none := func(string) string { return "" }
	if coloured(file, none) {
		t.Error("a file is")
	}
	if !coloured(terminal, none) {
		t.Error("a terminal is not")
	}
	for _, variable := range []string{"NO_COLOR=1", "TERM=dumb"} {
		name, value, _ := strings.Cut(variable, "=")
		if coloured(terminal, func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		}) {
			t.Errorf("a terminal with %s is", variable)
		}
	}
}
