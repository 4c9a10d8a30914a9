package cloudfront

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// originFunc is an origin in process.
type originFunc func(*http.Request) (*http.Response, error)

func (f originFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// origin is an origin that keeps what it was asked and answers with reply.
type origin struct {
	mu    sync.Mutex
	asked []*http.Request
	reply func(r *http.Request) *http.Response
}

func (o *origin) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	o.asked = append(o.asked, r)
	o.mu.Unlock()
	if o.reply == nil {
		return reply(200, "ok"), nil
	}
	return o.reply(r), nil
}

func (o *origin) last(t *testing.T) *http.Request {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.asked) == 0 {
		t.Fatal("the origin was not asked")
	}
	return o.asked[len(o.asked)-1]
}

// reply is a response with headers given as names and values in turn.
func reply(status int, body string, headers ...string) *http.Response {
	return &http.Response{StatusCode: status, Header: header(headers...), Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func header(namesAndValues ...string) http.Header {
	h := http.Header{}
	for pair := range slices.Chunk(namesAndValues, 2) {
		h.Add(pair[0], pair[1])
	}
	return h
}

func originsTo(to http.RoundTripper) Origins {
	return func(*Origin) (http.RoundTripper, error) { return to, nil }
}

// clock is a clock that stands still.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time          { return c.now }
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

// site is a distribution like the one that the site's stack defines.
func site() Distribution {
	all := []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
	behaviour := func(pattern, domain string) Behaviour {
		return Behaviour{
			PathPattern: pattern, ViewerProtocolPolicy: "https-only", AllowedMethods: all, Compress: true,
			Origin: Origin{
				ID: domain, DomainName: domain, ProtocolPolicy: "https-only", HTTPPort: 80, HTTPSPort: 443,
				ConnectionAttempts: 3, ConnectionTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
			},
			CachePolicy:         managedCachePolicies()["4135ea2d-6df8-44a3-9df3-4b5a84be39ad"],
			OriginRequestPolicy: managedOriginRequestPolicies()["b689b0a8-53d0-40ab-baf2-68738e2966ac"],
		}
	}
	pages := behaviour("*", "site.s3.us-east-1.amazonaws.com")
	pages.ViewerProtocolPolicy, pages.AllowedMethods, pages.Origin.S3 = "redirect-to-https", []string{"GET", "HEAD"}, true
	pages.CachePolicy = managedCachePolicies()["658327ea-f89d-4fab-a63d-7e88639e58f6"]
	pages.OriginRequestPolicy = nil
	return Distribution{
		ID: "EDFDVBD6EXAMPLE", DomainName: "d111111abcdef8.cloudfront.net", Aliases: []string{"www.dev.example.com"},
		DefaultRootObject: "index.html",
		Behaviours:        []Behaviour{behaviour("/api/*", "api.dev.example.com"), behaviour("/shop/*", "container.dev.example.com"), pages},
		ErrorResponses:    map[int]ErrorResponse{404: {}, 500: {}, 502: {}, 503: {}, 504: {}},
	}
}

func newEdge(t testing.TB, d Distribution, to http.RoundTripper, options Options) *Edge {
	t.Helper()
	e, err := New(d, originsTo(to), options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ask is a request to the site by HTTPS, with headers as names and values in
// turn.
func ask(method, target string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, http.NoBody)
	r.Host, r.TLS = "www.dev.example.com", &tls.ConnectionState{}
	r.Header = header(headers...)
	return r
}

func serve(e *Edge, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// wantCache checks a response's status and what its X-Cache says.
func wantCache(t *testing.T, w *httptest.ResponseRecorder, status int, cache string) {
	t.Helper()
	if got := w.Header().Get("X-Cache"); w.Code != status || got != cache+" from cloudfront" {
		t.Errorf("got %d, %q, want %d, %q; body %q", w.Code, got, status, cache, w.Body)
	}
}

func TestExchangeIsReported(t *testing.T) {
	var got []Exchange
	e := newEdge(t, site(), &origin{}, Options{Done: func(_ context.Context, x Exchange) { got = append(got, x) }})
	w := serve(e, ask("GET", "/shop/products?page=2"))
	if len(got) != 1 {
		t.Fatalf("%d exchanges were reported", len(got))
	}
	x := got[0]
	if x.Method != "GET" || x.Host != "www.dev.example.com" || x.Path != "/shop/products" || x.Behaviour != "/shop/*" ||
		x.Origin != "container.dev.example.com" || x.Cache != "Miss" || x.Status != 200 || x.Err != nil || x.Duration <= 0 || x.Time.IsZero() {
		t.Errorf("reported %+v", x)
	}
	if x.RequestID != w.Header().Get("X-Amz-Cf-Id") {
		t.Errorf("reported request %q, sent %q", x.RequestID, w.Header().Get("X-Amz-Cf-Id"))
	}
	if x.Reason != "" {
		t.Errorf("CloudFront made it because %q, and the origin did", x.Reason)
	}
	serve(e, ask("DELETE", "/index.html"))
	if reason := got[len(got)-1].Reason; reason != "This behaviour does not allow the method DELETE." {
		t.Errorf("a refusal is reported with the reason %q", reason)
	}
}

func TestHosts(t *testing.T) {
	d := site()
	if hosts := newEdge(t, d, &origin{}, Options{}).Hosts(); len(hosts) != 1 || hosts[0] != "www.dev.example.com" {
		t.Errorf("with an alias the hosts are %v", hosts)
	}
	d.Aliases = nil
	if hosts := newEdge(t, d, &origin{}, Options{}).Hosts(); len(hosts) != 1 || hosts[0] != "d111111abcdef8.cloudfront.net" {
		t.Errorf("without one the hosts are %v", hosts)
	}
}

func TestBodiesAreStreamed(t *testing.T) {
	first, rest := make(chan struct{}), make(chan struct{})
	body, into := io.Pipe()
	go func() {
		_, _ = io.WriteString(into, "one")
		close(first)
		<-rest
		_, _ = io.WriteString(into, "two")
		_ = into.Close()
	}()
	e := newEdge(t, site(), originFunc(func(*http.Request) (*http.Response, error) {
		r := reply(200, "")
		r.Body, r.ContentLength = body, -1
		return r, nil
	}), Options{})
	server := httptest.NewTLSServer(e)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // the test is over
	part := make([]byte, 3)
	if _, err := io.ReadFull(response.Body, part); err != nil || string(part) != "one" {
		t.Fatalf("the first part is %q, %v", part, err)
	}
	<-first
	close(rest)
	if remaining, err := io.ReadAll(response.Body); err != nil || string(remaining) != "two" {
		t.Errorf("the rest is %q, %v", remaining, err)
	}
}

func TestABodyThatBreaksOffEndsTheConnection(t *testing.T) {
	broken := make(chan error, 1)
	e := newEdge(t, site(), originFunc(func(*http.Request) (*http.Response, error) {
		body, into := io.Pipe()
		go func() {
			_, _ = io.WriteString(into, "half")
			_ = into.CloseWithError(io.ErrUnexpectedEOF)
		}()
		r := reply(200, "")
		r.Body, r.ContentLength = body, -1
		return r, nil
	}), Options{Done: func(_ context.Context, x Exchange) { broken <- x.Err }})
	server := httptest.NewTLSServer(e)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/api/export")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // the test is over
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("half a body was taken for the whole: %q", body)
	}
	if err := <-broken; err == nil {
		t.Error("the exchange was reported without an error")
	}
}

func readCloser(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }
