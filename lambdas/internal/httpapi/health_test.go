package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// health asks a service whose check finds that, and gives the answer and what was logged.
func health(t *testing.T, check func(context.Context) error) (Response, string) {
	t.Helper()
	var logs strings.Builder
	handler := Handler(slog.New(slog.NewTextHandler(&logs, nil)), Routes{"GET /health": Health(check)})
	response, err := handler(t.Context(), Request{RouteKey: "GET /health"})
	if err != nil {
		t.Fatal(err)
	}
	return response, logs.String()
}

func TestHealthSaysWhetherTheServiceCanWork(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status int
		body   string // part of it
	}{
		"it can":               {nil, 200, `{"status":"ok"}`},
		"it cannot":            {errors.New("no grant"), 503, "cannot answer at the moment"},
		"it says why":          {&Problem{Status: 503, Detail: "There is no index yet."}, 503, "There is no index yet."},
		"a problem of its own": {&Problem{Status: 500, Detail: "secret"}, 503, "cannot answer at the moment"},
	} {
		t.Run(name, func(t *testing.T) {
			response, logged := health(t, func(context.Context) error { return test.err })
			if response.StatusCode != test.status || !strings.Contains(response.Body, test.body) || response.Headers["Cache-Control"] != "no-store" {
				t.Errorf("answered %d %v %s", response.StatusCode, response.Headers, response.Body)
			}
			if (test.err != nil) != strings.Contains(logged, "level=ERROR") {
				t.Errorf("logged %q", logged)
			}
		})
	}
}

func TestHealthAnswersWhileItIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		response, _ := health(t, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if took := time.Since(started); response.StatusCode != 503 || took >= 2*time.Second {
			t.Errorf("answered %d after %v", response.StatusCode, took)
		}
	})
}
