package cloudfront

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

func TestOriginFailures(t *testing.T) {
	never := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for name, c := range map[string]struct {
		method   string
		origin   func(r *http.Request) (*http.Response, error)
		status   int
		attempts int
		reason   string
	}{
		"3.7 refused connections are tried again":          {"GET", func(*http.Request) (*http.Response, error) { return nil, refused() }, 502, 3, "connection refused"},
		"3.7 for POST too, for nothing was sent":           {"POST", func(*http.Request) (*http.Response, error) { return nil, refused() }, 502, 3, "connection refused"},
		"3.7 a broken connection is tried again for GET":   {"GET", func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 502, 3, "unexpected EOF"},
		"3.7 a broken connection is the end for POST":      {"POST", func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 502, 1, "unexpected EOF"},
		"3.7 no answer in time is tried again for GET":     {"GET", never, 504, 3, "did not answer in time"},
		"3.7 no answer in time is the end for POST":        {"POST", never, 504, 1, "did not answer in time"},
		"3.7 an answer of 500 is the answer, at the first": {"GET", func(*http.Request) (*http.Response, error) { return reply(500, "broken"), nil }, 500, 1, "broken"},
		"3.7 POST is not sent again once its body was read": {"POST", func(r *http.Request) (*http.Response, error) {
			_, _ = r.Body.Read(make([]byte, 1))
			return nil, refused()
		}, 502, 1, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts, began := 0, time.Now()
				e := newEdge(t, site(), originFunc(func(r *http.Request) (*http.Response, error) {
					attempts++
					return c.origin(r)
				}), Options{})
				r := ask(c.method, "/api/x")
				if c.method == "POST" {
					r.Body, r.ContentLength = readCloser("{}"), 2
				}
				w := serve(e, r)
				wantCache(t, w, c.status, "Error")
				if attempts != c.attempts {
					t.Errorf("the origin was tried %d times, want %d", attempts, c.attempts)
				}
				if waited := time.Since(began); c.status == 504 && waited != time.Duration(c.attempts)*30*time.Second {
					t.Errorf("it took %v", waited)
				}
				if !strings.Contains(w.Body.String(), c.reason) {
					t.Errorf("the page does not say %q: %s", c.reason, w.Body)
				}
			})
		})
	}
}

func TestAnUnknownOriginIsOneThatCannotBeReached(t *testing.T) {
	t.Run("3.7 an origin that is not there is 502", func(t *testing.T) {
		var reported error
		e, err := New(site(), func(o *Origin) (http.RoundTripper, error) { return nil, errors.New("no such origin: " + o.DomainName) },
			Options{Done: func(_ context.Context, x Exchange) { reported = x.Err }})
		if err != nil {
			t.Fatal(err)
		}
		wantCache(t, serve(e, ask("GET", "/shop/products")), 502, "Error")
		if reported == nil || !strings.Contains(reported.Error(), "container.dev.example.com") {
			t.Errorf("3.7 the exchange was reported with %v", reported)
		}
	})
}

func TestTimeoutsOfRealConnections(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // the test is over
	hang := make(chan struct{})
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/half" {
			w.Header().Set("Content-Length", "8")
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
		}
		<-hang
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close() //nolint:errcheck // the test is over
	defer close(hang)
	transport := &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
	}}
	defer transport.CloseIdleConnections()
	d := site()
	o := &d.Behaviours[0].Origin
	o.ProtocolPolicy, o.ReadTimeout, o.ConnectionAttempts = "http-only", 30*time.Millisecond, 1

	t.Run("3.7 the answer does not begin", func(t *testing.T) {
		wantCache(t, serve(newEdge(t, d, transport, Options{}), ask("GET", "/api/none")), 504, "Error")
	})
	t.Run("3.7 the answer does not go on", func(t *testing.T) {
		var reported error
		e := newEdge(t, d, transport, Options{Done: func(_ context.Context, x Exchange) { reported = x.Err }})
		func() {
			defer func() { _ = recover() }() // how a handler ends the connection
			serve(e, ask("GET", "/api/half"))
		}()
		if reported == nil {
			t.Error("the exchange was reported without an error")
		}
	})
}

func TestAViewerWhoLeavesDoesNotEndTheOriginsWork(t *testing.T) {
	began, leave := make(chan context.Context, 1), make(chan struct{})
	e := newEdge(t, site(), originFunc(func(r *http.Request) (*http.Response, error) {
		began <- r.Context()
		<-leave
		return reply(200, "done"), r.Context().Err()
	}), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() { ended <- serve(e, ask("POST", "/api/cart").WithContext(ctx)).Code }()
	<-began
	cancel()
	close(leave)
	if status := <-ended; status != 200 {
		t.Errorf("the origin's work ended with %d", status)
	}
}
