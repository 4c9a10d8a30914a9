package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"annex/lambdas/internal/httpapi"
)

func (s service) health(t *testing.T) reply {
	t.Helper()
	return s.send(t, "get", func(r *httpapi.Request) {
		r.RouteKey, r.RawPath, r.PathParameters = "GET /health", "/health", nil
		r.RequestContext.RouteKey, r.RequestContext.HTTP.Path = r.RouteKey, r.RawPath
	})
}

func TestHealthReadsTheTable(t *testing.T) {
	carts := newStore(t, time.Now)
	if got := newService(carts).health(t); got.StatusCode != 200 || got.Body != `{"status":"ok"}` || got.Headers["Cache-Control"] != "no-store" {
		t.Errorf("answered %d %v %s", got.StatusCode, got.Headers, got.Body)
	}
	carts.table = "annex-test-no-such-table"
	s := newService(carts)
	checkTrouble(t, s, s.health(t), 503, "read a cart that is nobody's")
}

func TestHealthReadsNoCart(t *testing.T) {
	asked := ""
	table := tableFunc(func(r *http.Request) (int, string, error) {
		asked = r.Header.Get("X-Amz-Target")
		return 0, "", errors.New("down")
	})
	s := newService(table.store())
	checkTrouble(t, s, s.health(t), 503, "down")
	if !strings.HasSuffix(asked, ".GetItem") {
		t.Errorf("asked the table for %q", asked)
	}
	// Nor can anybody make the one that it reads.
	if got := s.get(t, "health"); got.StatusCode != 404 {
		t.Errorf("cart health answers %d", got.StatusCode)
	}
}
