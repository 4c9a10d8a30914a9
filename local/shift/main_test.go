package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// port is where a handler answers.
func port(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return strconv.Itoa(server.Listener.Addr().(*net.TCPAddr).Port)
}

func TestTheCommandPrintsWhatTheRunnerTellsAndEndsAsItDoes(t *testing.T) {
	const line = `{"service":"cart","folder":"lambdas/cart","text":%q,"status":%q,"weight":10,"versions":{}}` + "\n"
	for name, c := range map[string]struct {
		status int
		answer string
		want   string // printed
		err    string
	}{
		"it goes through":   {200, fmt.Sprintf(line, "10 % of the requests", "InProgress") + fmt.Sprintf(line, "all", "Succeeded"), "Succeeded: the edit of lambdas/cart serves everything\n", ""},
		"it is rolled back": {200, fmt.Sprintf(line, "rolled back", "Stopped"), "rolled back\n", "Stopped: the build of lambdas/cart before the edit serves everything, until the next edit that is saved"},
		"a check fails":     {200, fmt.Sprintf(line, "rolled back", "Failed"), "rolled back\n", "Failed: the build"},
		"the runner ends":   {200, fmt.Sprintf(line, "10 % of the requests", "InProgress"), "10 % of the requests\n", "the runner went away: when it is back, it serves the edit alone"},
		"it is refused":     {409, "annex: a shift of cart is under way\n", "", "a shift of cart is under way"},
		"something else":    {404, "404 page not found\n", "", "is no runner of this version (404 Not Found): say which port `make run` has with PORT=…"},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			listens := port(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body) // what is missing, the comparison says
				got = fmt.Sprint(r.Method, " ", r.URL, " ", r.Host, " ", string(body))
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			})
			var out bytes.Buffer
			err := run(t.Context(), []string{"-port", listens, "-service", "cart", "-weight", "10", "-for", "1m"}, &out)
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("it ends with %v, want %q", err, c.err)
			}
			if !strings.HasSuffix(out.String(), c.want) {
				t.Errorf("it prints %q, want %q at the end", out.String(), c.want)
			}
			if want := `POST /shift console.localhost:` + listens + ` {"for":"1m","service":"cart","weight":10}`; got != want {
				t.Errorf("it calls %s, want %s", got, want)
			}
		})
	}
}

func TestCtrlCStopsTheShiftAndReadsOn(t *testing.T) {
	begun, stopped := make(chan struct{}), make(chan struct{})
	listens := port(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			close(stopped)
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-stopped
		_, _ = io.WriteString(w, `{"folder":"lambdas/cart","text":"rolled back: it was stopped","status":"Stopped"}`)
	})
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		<-begun
		interrupt()
	}()
	var out bytes.Buffer
	err := run(ctx, []string{"-port", listens, "-service", "cart"}, &out)
	if err == nil || !strings.HasPrefix(err.Error(), "Stopped: ") || !strings.Contains(out.String(), "rolled back: it was stopped") {
		t.Errorf("it ends with %v, and prints %s", err, out.String())
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	if err := run(t.Context(), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "`make shift SERVICE=cart`") {
		t.Errorf("without a service: %v", err)
	}
	server := httptest.NewServer(nil)
	free := strconv.Itoa(server.Listener.Addr().(*net.TCPAddr).Port)
	server.Close()
	if err := run(t.Context(), []string{"-port", free, "-service", "cart"}, io.Discard); err == nil || !strings.Contains(err.Error(), "no runner answers on port "+free+": start `make run`") {
		t.Errorf("without a runner: %v", err)
	}
}
