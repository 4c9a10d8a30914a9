package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/httpapi/httpapitest"
)

// A service is the function as Lambda calls it: with the bytes of an event, of which testdata has one a route.
type service struct {
	invoke func(ctx context.Context, event []byte) ([]byte, error)
	logs   *strings.Builder // not for concurrent requests that log
}

func newService(carts store) service {
	logs := &strings.Builder{}
	function := lambda.NewHandler(httpapi.Handler(slog.New(slog.NewTextHandler(logs, nil)), handler{carts: carts}.routes()))
	return service{invoke: function.Invoke, logs: logs}
}

// A reply is a response with its body read. Where the function failed it is what API Gateway answers for that.
type reply struct {
	httpapi.Response
	cart    cart
	order   order
	problem struct {
		Type   string
		Title  string
		Status int
		Detail string
		Errors []httpapi.FieldError
	}
}

// send sends the event in testdata/<name>.json, edited.
func (s service) send(t *testing.T, name string, edit func(*httpapi.Request)) reply {
	t.Helper()
	event := httpapitest.Event(t, filepath.Join("testdata", name+".json"), edit)
	output, err := s.invoke(t.Context(), event)
	var r reply
	if err != nil {
		r.StatusCode, r.Body = 500, err.Error()
		return r
	}
	if err := json.Unmarshal(output, &r.Response); err != nil {
		t.Fatal(err)
	}
	body, wantType := any(&r.cart), "application/json"
	switch {
	case r.StatusCode >= 400:
		body, wantType = &r.problem, "application/problem+json"
	case name == "checkout":
		body = &r.order
	}
	if got := r.Headers["Content-Type"]; got != wantType {
		t.Errorf("content type of %d is %q, want %q", r.StatusCode, got, wantType)
	}
	if err := json.Unmarshal([]byte(r.Body), body); err != nil {
		t.Fatalf("body %q: %v", r.Body, err)
	}
	return r
}

func (s service) create(t *testing.T) string {
	t.Helper()
	created := s.send(t, "create", nil)
	if created.StatusCode != 201 {
		t.Fatalf("create a cart: %d %s, logged %s", created.StatusCode, created.Body, s.logs)
	}
	return created.cart.ID
}

func (s service) get(t *testing.T, id string) reply {
	t.Helper()
	return s.send(t, "get", func(r *httpapi.Request) { r.PathParameters["cart"] = id })
}

func (s service) put(t *testing.T, id, product, body, ifMatch string) reply {
	t.Helper()
	return s.send(t, "put-item", func(r *httpapi.Request) {
		r.PathParameters["cart"], r.PathParameters["product"] = id, product
		r.Body = body
		if ifMatch != "" {
			r.Headers["if-match"] = ifMatch
		}
	})
}

func (s service) remove(t *testing.T, id, product, ifMatch string) reply {
	t.Helper()
	return s.send(t, "delete-item", func(r *httpapi.Request) {
		r.PathParameters["cart"], r.PathParameters["product"] = id, product
		if ifMatch != "" {
			r.Headers["if-match"] = ifMatch
		}
	})
}

// checkout is what the customer in testdata sends, or another where one is named.
func (s service) checkout(t *testing.T, id, customer, ifMatch string) reply {
	t.Helper()
	return s.send(t, "checkout", func(r *httpapi.Request) {
		r.PathParameters["cart"] = id
		if customer != "" {
			r.RequestContext.Authorizer.JWT.Claims["sub"] = customer
		}
		if ifMatch != "" {
			r.Headers["if-match"] = ifMatch
		}
	})
}

// withTimeout gives every invocation the deadline that Lambda gives it for a function with that timeout.
func (s service) withTimeout(timeout time.Duration) service {
	invoke := s.invoke
	s.invoke = func(ctx context.Context, event []byte) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return invoke(ctx, event)
	}
	return s
}
