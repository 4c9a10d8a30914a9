package main

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"annex/lambdas/internal/awsclient/awsclienttest"
	"annex/lambdas/internal/dynamodbtest"
	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/release/releasetest"
)

// start starts the cart as it is, and gives it with the check of it.
func start(t *testing.T) (releasetest.Version, table) {
	t.Helper()
	endpoint := dynamodbtest.Start(t)
	environment := awsclienttest.Environment(endpoint)
	environment["CARTS_TABLE"], environment["ORDERS_TABLE"] = "annex-test-carts", "annex-test-orders"
	carts := table{client: dynamodbtest.Client(t, endpoint), name: environment["CARTS_TABLE"]}
	dynamodbtest.CreateTable(t, carts.client, carts.name, "id")
	return releasetest.Process(t, "annex/lambdas/cart", environment), carts
}

func TestGoodVersionPassesAndNothingIsLeft(t *testing.T) {
	cart, carts := start(t)
	for _, shifted := range []bool{false, true} {
		got := releasetest.Release{New: cart, Shifted: shifted}.Try(t, carts.check)
		if got.Status != "Succeeded" || got.Err != nil || len(got.Qualifiers) != 6 {
			t.Errorf("outcome is %+v", got)
		}
		dynamodbtest.WantEmpty(t, carts.client, carts.name)
	}
}

func TestBadVersionIsStoppedAndNothingIsLeft(t *testing.T) {
	cart, carts := start(t)
	calls := 0
	at := func(call int, change func(*httpapi.Response)) func(httpapi.Request, *httpapi.Response) {
		return func(_ httpapi.Request, response *httpapi.Response) {
			if calls++; calls == call {
				change(response)
			}
		}
	}
	replaced := func(old, replacement string) func(*httpapi.Response) {
		return func(r *httpapi.Response) {
			if !strings.Contains(r.Body, old) {
				t.Errorf("%s has no %s", r.Body, old)
			}
			r.Body = strings.Replace(r.Body, old, replacement, 1)
		}
	}
	header := func(name, value string) func(*httpapi.Response) {
		return func(r *httpapi.Response) { r.Headers = maps.Clone(r.Headers); r.Headers[name] = value }
	}
	status := func(status int) func(*httpapi.Response) {
		return func(r *httpapi.Response) { r.StatusCode = status }
	}
	for name, test := range map[string]struct {
		change func(httpapi.Request, *httpapi.Response)
		log    string
	}{
		"create answers 200":        {at(1, status(200)), "call 1, POST /: answered 200, want 201"},
		"create is no JSON":         {at(1, header("Content-Type", "text/plain")), "want that of JSON"},
		"a cart of version 2":       {at(1, replaced(`"version":1`, `"version":2`)), "POST /: the cart is at version 2, want 1"},
		"no version of the cart":    {at(2, header("ETag", "")), "call 2, PUT /{cart}/items/{product}: ETag"},
		"put answers 500":           {at(2, status(500)), "call 2, PUT /{cart}/items/{product}: answered 500"},
		"put adds one too many":     {at(2, replaced(`"quantity":2`, `"quantity":3`)), "the cart holds [{release-check 3}], want [{release-check 2}]"},
		"read loses the items":      {at(3, replaced(`{"product":"release-check","quantity":2}`, ``)), "call 3, GET /{cart}: the cart holds []"},
		"read gives another cart":   {at(3, replaced(`"id":"`, `"id":"A`)), "another cart"},
		"read may be cached":        {at(3, header("Cache-Control", "max-age=60")), "want no-store"},
		"read is no JSON":           {at(3, header("Content-Type", "text/plain")), "want that of JSON"},
		"delete keeps the item":     {at(4, replaced(`[]`, `[{"product":"release-check","quantity":2}]`)), "call 4, DELETE"},
		"delete counts nothing up":  {at(4, replaced(`"version":3`, `"version":2`)), "at version 2, want 3"},
		"delete answers null":       {at(4, replaced(`[]`, `null`)), "call 4, DELETE"},
		"delete is not kept":        {at(5, replaced(`"version":3`, `"version":2`)), "call 5, GET"},
		"an old version is changed": {at(6, status(200)), "call 6, PUT /{cart}/items/{product}: answered 200, want 412"},
	} {
		t.Run(name, func(t *testing.T) {
			calls = 0
			got := releasetest.Release{New: releasetest.Changed(t, cart, test.change)}.Try(t, carts.check)
			if got.Status != "Failed" || !strings.Contains(got.Logs, test.log) {
				t.Errorf("outcome is %+v, want Failed and in the log %s", got, test.log)
			}
			dynamodbtest.WantEmpty(t, carts.client, carts.name)
		})
	}

	t.Run("a cart without an id", func(t *testing.T) {
		got := releasetest.Release{New: func(context.Context, []byte) releasetest.Output {
			return releasetest.Output{Payload: []byte(`{"statusCode":201,"headers":{"Content-Type":"application/json"},"body":"{}"}`)}
		}}.Try(t, carts.check)
		if got.Status != "Failed" || !strings.Contains(got.Logs, "the cart has no id") {
			t.Errorf("outcome is %+v", got)
		}
	})
	t.Run("a function that fails after the first call", func(t *testing.T) {
		calls = 0
		got := releasetest.Release{New: func(ctx context.Context, event []byte) releasetest.Output {
			if calls++; calls > 1 {
				return releasetest.Output{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Runtime.ExitError"}`)}
			}
			return cart(ctx, event)
		}}.Try(t, carts.check)
		if got.Status != "Failed" || !strings.Contains(got.Logs, "Runtime.ExitError") {
			t.Errorf("outcome is %+v", got)
		}
		dynamodbtest.WantEmpty(t, carts.client, carts.name)
	})
	t.Run("a function that hangs after the first call", func(t *testing.T) {
		calls = 0
		got := releasetest.Release{Timeout: 10 * time.Second, New: func(ctx context.Context, event []byte) releasetest.Output {
			if calls++; calls > 1 {
				<-ctx.Done()
			}
			return cart(ctx, event)
		}}.Try(t, carts.check)
		if got.Status != "Failed" || !strings.Contains(got.Logs, "time is over") {
			t.Errorf("outcome is %+v", got)
		}
		dynamodbtest.WantEmpty(t, carts.client, carts.name)
	})
}

func TestCartOfTheOldVersionIsRemovedToo(t *testing.T) {
	cart, carts := start(t)
	calls := 0
	got := releasetest.Release{Shifted: true, New: func(ctx context.Context, event []byte) releasetest.Output {
		output := cart(ctx, event)
		if calls++; calls == 1 { // which the check takes for an alias that has yet to settle
			output.ExecutedVersion = "1"
		}
		return output
	}}.Try(t, carts.check)
	if got.Status != "Succeeded" || len(got.Qualifiers) != 7 {
		t.Errorf("outcome is %+v", got)
	}
	dynamodbtest.WantEmpty(t, carts.client, carts.name)
}

func TestCartThatCannotBeDeletedFailsTheCheck(t *testing.T) {
	cart, carts := start(t)
	carts.name = "annex-test-forgotten"
	got := releasetest.Release{New: cart}.Try(t, carts.check)
	if got.Status != "Failed" || !strings.Contains(got.Logs, "delete the check's cart from table annex-test-forgotten") || len(got.Qualifiers) != 6 {
		t.Errorf("outcome is %+v", got)
	}
}

func TestCheckWithoutItsTableSaysSo(t *testing.T) {
	got := releasetest.Release{New: func(context.Context, []byte) releasetest.Output {
		t.Error("called the service")
		return releasetest.Output{Refused: http.StatusTeapot}
	}}.Try(t, table{}.check)
	if got.Status != "Failed" || !strings.Contains(got.Logs, "CARTS_TABLE is not set") {
		t.Errorf("outcome is %+v", got)
	}
}
