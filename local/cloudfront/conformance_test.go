package cloudfront

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"annex/local/conformance"
)

// TestConformance holds the edge to the facts on CloudFront (section 3) as a
// viewer and an origin see it: over real connections, with TLS on both sides.
// What needs a clock, an origin that fails or a distribution of its own has a
// test of its own, whose cases are named in the same way; in names a trailing
// [?] says that the facts leave it open and that the choice is recorded.
//
// The lines of want are of what the origin was asked ("> Host: …", and "> -"
// where it may not be asked at all) and of the answer ("< 200", "< X-Cache:
// …"). A value is a regular expression; one that is empty says that there is
// no such header.
func TestConformance(t *testing.T) {
	const api, bucket, container = "api.dev.example.com", "site.s3.us-east-1.amazonaws.com", "container.dev.example.com"
	big := strings.Repeat("<p>words that compress well</p>", 40)
	for _, c := range []struct {
		fact    string
		request string // its host is added
		reply   string // of the origin. Default: 200 with a short text
		want    string
	}{
		{"3.1 /api/* takes what is below it", "GET /api/cart", "", "> Host: " + api},
		{"3.1 /api/* takes /api/", "GET /api/", "", "> Host: " + api},
		{"3.1 /api/* does not take /api", "GET /api", "", "> Host: " + bucket},
		{"3.1 case counts", "GET /API/cart", "", "> Host: " + bucket},
		{"3.1 the query does not count", "GET /x?/api/cart", "", "> Host: " + bucket},
		{"3.1 a star takes slashes", "GET /shop/a/b/c", "", "> Host: " + container},

		{"3.2 the root object", "GET /", "", "> GET /index.html"},
		{"3.2 not of a folder", "GET /basket/", "", "> GET /basket/"},
		{"3.2 an error of the origin", "GET /api/x", "HTTP/1.1 404 Not Found\n\n{}", "> GET /api/x\n< 404\n< X-Cache: Error from cloudfront\n< body: {}"},

		{"3.3 a method that is not allowed", "POST /index.html", "", "> -\n< 403\n< X-Cache: Error from cloudfront"},
		{"3.3 a GET with a body", "GET /api/x\nContent-Length: 2\n\n{}", "", "> -\n< 403"},
		{"3.3 redirect to HTTPS, GET", "http GET /a?b=c", "", "> -\n< 301\n< Location: https://www\\.dev\\.example\\.com/a\\?b=c\n< X-Cache: Redirect from cloudfront"},
		{"3.3 redirect to HTTPS, HEAD", "http HEAD /a", "", "> -\n< 301\n< Location: https://www\\.dev\\.example\\.com/a"},
		{"3.3 https-only", "http GET /api/x", "", "> -\n< 403"},
		{"3.3 a URL of more than 8,192 bytes", "GET /" + strings.Repeat("a", 8200), "", "> -\n< 413"},
		{"3.3 a request of more than 20,480 bytes", "GET /\nX-Long: " + strings.Repeat("a", 20_480), "", "> -\n< 413"},
		{"3.3 the origin is spoken to by HTTP/1.1", "GET /api/x", "", "> GET /api/x HTTP/1\\.1"},
		{"3.3 a redirect of the origin is not followed", "GET /api/x", "HTTP/1.1 302 Found\nLocation: https://elsewhere.example/", "< 302\n< Location: https://elsewhere\\.example/"},
		{"3.3 a body goes to the origin", "POST /api/x\nContent-Type: application/json\nContent-Length: 2\n\n{}", "", "> Content-Type: application/json\n> body: \\{\\}"},

		{"3.4 AllViewerExceptHostHeader: the origin's Host", "GET /api/x", "", "> Host: " + api},
		{"3.4 AllViewerExceptHostHeader: every other header", "GET /api/x\nX-Shop: 1\nAccept: a/b\nAuthorization: Bearer x", "", "> X-Shop: 1\n> Accept: a/b\n> Authorization: Bearer x"},
		{"3.4 AllViewerExceptHostHeader: cookies", "GET /api/x\nCookie: a=1; b=2", "", "> Cookie: a=1; b=2"},
		{"3.4 AllViewerExceptHostHeader: the query, as it was sent", "GET /api/x?b=%20&a=1&&b", "", "> GET /api/x\\?b=%20&a=1&&b HTTP"},
		{"3.4 no policy: Accept, Referer and the like", "GET /x\nAccept: a/b\nAccept-Language: de\nAccept-Charset: x\nReferer: https://a.example/", "", "> Accept:\n> Accept-Language:\n> Accept-Charset:\n> Referer:"},
		{"3.4 no policy: cookies", "GET /x\nCookie: a=1", "", "> Cookie:"},
		{"3.4 no policy: Authorization", "GET /x\nAuthorization: Bearer x", "", "> Authorization:"},
		{"3.4 no policy: User-Agent", "GET /x\nUser-Agent: curl/8", "", "> User-Agent: Amazon CloudFront"},
		{"3.4 no policy: the query", "GET /x?a=1", "", "> GET /x HTTP"},
		{"3.4 Expect, TE and Upgrade are removed", "GET /api/x\nTE: trailers\nUpgrade: h2c", "", "> Te:\n> Upgrade:\n> Expect:"},
		{"3.4 Proxy-* are removed", "GET /api/x\nProxy-Authorization: Basic x\nProxy-Foo: 1", "", "> Proxy-Authorization:\n> Proxy-Foo:"},
		{"3.4 X-Edge-*, X-Forwarded-Proto, X-HTTP-Method-Override and X-Real-IP are removed", "GET /api/x\nX-Edge-A: 1\nX-Forwarded-Proto: http\nX-HTTP-Method-Override: PUT\nX-Real-IP: 1.2.3.4", "", "> X-Edge-A:\n> X-Forwarded-Proto:\n> X-Http-Method-Override:\n> X-Real-Ip:"},
		{"3.4 Accept-Encoding is normalised", "GET /x\nAccept-Encoding: deflate, gzip;q=0.8, br, zstd", "", "> Accept-Encoding: br,gzip"},
		{"3.4 X-Amz-Cf-Id is added", "GET /api/x", "", "> X-Amz-Cf-Id: [A-Za-z0-9_-]{54}=="},
		{"3.4 Via is added", "GET /api/x", "", "> Via: 1\\.1 [0-9a-f]{32}\\.cloudfront\\.net \\(CloudFront\\)"},
		{"3.4 X-Forwarded-For is the viewer", "GET /api/x", "", "> X-Forwarded-For: 192\\.0\\.2\\.1"},
		{"3.4 X-Forwarded-For is appended to", "GET /api/x\nX-Forwarded-For: 198.51.100.2", "", "> X-Forwarded-For: 198\\.51\\.100\\.2, ?192\\.0\\.2\\.1"},

		{"3.5 Via", "GET /api/x", "HTTP/1.1 200 OK\nVia: 1.1 backend\n\nok", "< Via: 1\\.1 [0-9a-f]{32}\\.cloudfront\\.net \\(CloudFront\\)"},
		{"3.5 Miss from cloudfront", "GET /x", "", "< 200\n< X-Cache: Miss from cloudfront\n< Age:"},
		{"3.5 Hit from cloudfront, with an age", "twice GET /x", "", "< 200\n< X-Cache: Hit from cloudfront\n< Age: \\d+"},
		{"3.5 CachingDisabled keeps nothing", "twice GET /api/x", "", "< X-Cache: Miss from cloudfront"},
		{"3.5 X-Amz-Cf-Pop", "GET /api/x", "", "< X-Amz-Cf-Pop: [A-Z]{3}\\d\\d-[PC]\\d+"},
		{"3.5 X-Amz-Cf-Id has 56 characters and ends in ==", "GET /api/x", "", "< X-Amz-Cf-Id: .{54}=="},
		{"3.5 the origin's Server stays", "GET /api/x", "HTTP/1.1 200 OK\nServer: nginx\n\nok", "< Server: nginx"},
		{"3.5 Server: CloudFront where CloudFront answers", "POST /index.html", "", "< Server: CloudFront"},
		{"3.5 Trailer and Upgrade are removed", "GET /api/x", "HTTP/1.1 200 OK\nUpgrade: h2c\n\nok", "< Upgrade:\n< Trailer:"},
		{"3.5 Vary is pruned", "GET /x", "HTTP/1.1 200 OK\nVary: Origin, Accept-Encoding\n\nok", "< Vary: Accept-Encoding"},

		{"3.6 br is preferred", "GET /x\nAccept-Encoding: gzip, br", "HTTP/1.1 200 OK\nContent-Type: text/html\nEtag: \"1\"\n\n" + big, "< Content-Encoding: br\n< Etag: W/\"1\""},
		{"3.6 gzip", "GET /x\nAccept-Encoding: gzip", "HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + big, "< Content-Encoding: gzip"},
		{"3.6 not below 1,000 bytes", "GET /x\nAccept-Encoding: gzip, br", "HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + big[:999], "< Content-Encoding:"},
		{"3.6 not with CachingDisabled", "GET /api/x\nAccept-Encoding: gzip, br", "HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + big, "< Content-Encoding:"},
		{"3.6 not what has a Content-Encoding", "GET /x\nAccept-Encoding: br", "HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Encoding: identity\n\n" + big, "< Content-Encoding: identity"},
		{"3.6 not a type that is none of AWS's", "GET /x\nAccept-Encoding: br", "HTTP/1.1 200 OK\nContent-Type: image/png\n\n" + big, "< Content-Encoding:"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			asked, answered := overTheWire(t, site(), c.request, cmp.Or(c.reply, "HTTP/1.1 200 OK\n\nok"))
			if strings.Contains(c.want, "> ") && !strings.Contains(c.want, "> -") && asked == "" {
				t.Fatalf("the origin was not asked: %s", answered)
			}
			for line := range strings.SplitSeq(c.want, "\n") {
				from, of := answered, strings.TrimPrefix(line, "< ")
				if strings.HasPrefix(line, ">") {
					from, of = asked, strings.TrimPrefix(line, "> ")
				}
				name, value, header := strings.Cut(of, ":")
				switch {
				case of == "-":
					if from != "" {
						t.Errorf("the origin was asked\n%s", from)
					}
				case header && value == "":
					if strings.Contains(from, "\n"+name+": ") {
						t.Errorf("%s is in\n%.2000s", name, from)
					}
				case header && !regexp.MustCompile(`(?m)^`+name+`:`+value+`$`).MatchString(from),
					!header && !strings.HasPrefix(from, of) && !regexp.MustCompile(`^`+of).MatchString(from):
					t.Errorf("want %s in\n%.2000s", line, from)
				}
			}
		})
	}
}

// overTheWire sends a viewer's request to an edge, by HTTPS unless it begins
// with "http ", and twice where it begins with "twice ". It gives what the
// origin was asked last, which is empty for nothing, and what the viewer got,
// each as its first line, its headers and its body.
func overTheWire(t *testing.T, d Distribution, request, reply string) (asked, answered string) {
	t.Helper()
	var mu sync.Mutex
	origin := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		asked = fmt.Sprintf("%s %s %s\nHost: %s\n%sbody: %s", r.Method, r.RequestURI, r.Proto, r.Host, lines(r.Header), body)
		mu.Unlock()
		head, text, _ := strings.Cut(reply, "\n\n")
		made, err := http.ReadResponse(bufio.NewReader(strings.NewReader(strings.ReplaceAll(head, "\n", "\r\n")+"\r\nContent-Length: 0\r\n\r\n")), r)
		if err != nil {
			t.Error(err)
			return
		}
		defer made.Body.Close() //nolint:errcheck // it is empty
		made.Header.Del("Content-Length")
		maps.Copy(w.Header(), made.Header)
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.WriteHeader(made.StatusCode)
		_, _ = io.WriteString(w, text)
	}))
	defer origin.Close()
	transport, _ := origin.Client().Transport.(*http.Transport)
	transport = transport.Clone()
	transport.DisableCompression = true
	transport.TLSClientConfig.ServerName = "example.com" // the certificate's
	transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", origin.Listener.Addr().String())
	}
	defer transport.CloseIdleConnections()
	e := newEdge(t, d, transport, Options{})
	edge := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "192.0.2.1:1234"
		e.ServeHTTP(w, r)
	}))
	request, plain := strings.CutPrefix(request, "http ")
	if plain {
		edge.Start()
	} else {
		edge.StartTLS()
	}
	defer edge.Close()
	request, twice := strings.CutPrefix(request, "twice ")
	if twice {
		send(t, edge, request)
	}
	answered = send(t, edge, request)
	mu.Lock()
	defer mu.Unlock()
	return asked, answered
}

// send sends a request on a connection of its own.
func send(t *testing.T, edge *httptest.Server, request string) string {
	t.Helper()
	connection, err := net.Dial("tcp", edge.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if edge.TLS != nil {
		transport, _ := edge.Client().Transport.(*http.Transport)
		connection = tls.Client(connection, &tls.Config{RootCAs: transport.TLSClientConfig.RootCAs, ServerName: "example.com", MinVersion: tls.VersionTLS12})
	}
	defer connection.Close() //nolint:errcheck // the answer is read
	if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(request, "\n\n")
	first, headers, _ := strings.Cut(head, "\n")
	text := first + " HTTP/1.1\nHost: www.dev.example.com\nConnection: close\n"
	if headers != "" {
		text += headers + "\n"
	}
	if _, err := io.WriteString(connection, strings.ReplaceAll(text, "\n", "\r\n")+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(first, " ")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d\n%sbody: %s", response.StatusCode, lines(response.Header), got)
}

// lines are the headers, a line each.
func lines(h http.Header) string {
	var text strings.Builder
	for name, values := range h {
		fmt.Fprintf(&text, "%s: %s\n", name, strings.Join(values, "|"))
	}
	return text.String()
}

// TestOriginsCertificates has what an origin's certificate must be like.
func TestOriginsCertificates(t *testing.T) {
	origin := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer origin.Close()
	origin.Config.ErrorLog = nil
	trusted, _ := origin.Client().Transport.(*http.Transport)
	for _, c := range []struct {
		fact   string
		config *tls.Config
	}{
		{"3.7 a self-signed certificate is 502", &tls.Config{MinVersion: tls.VersionTLS12, ServerName: "example.com"}},
		{"3.7 a certificate for another name is 502", &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted.TLSClientConfig.RootCAs}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			transport := &http.Transport{TLSClientConfig: c.config, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", origin.Listener.Addr().String())
			}}
			defer transport.CloseIdleConnections()
			w := serve(newEdge(t, site(), transport, Options{}), ask("GET", "/api/x"))
			wantCache(t, w, http.StatusBadGateway, "Error")
			if !strings.Contains(w.Body.String(), "certificate") {
				t.Errorf("the page does not say why: %s", w.Body)
			}
		})
	}
}

// TestGaps has the facts that the edge does not meet.
func TestGaps(t *testing.T) {
	compiles := func(code string) func(*testing.T) bool {
		return func(*testing.T) bool {
			_, err := NewFunction("test", runtime2, code)
			return err == nil
		}
	}
	conformance.Known(t, []conformance.Gap{
		{
			Fact:   "3.8 2.0 has Buffer",
			Reason: "the engine's own (goja_nodejs/buffer) has no base64url, whose text it takes for UTF-8, finds and fills with numbers only, and has no allocUnsafe, byteLength, compare, isBuffer, isEncoding, copy, swap and toJSON: wrong answers would be worse than none; a function that uses it is named at start, and its behaviour answers 501",
			Holds:  compiles("function handler(e) { Buffer.from('a'); return e.request; }"),
		},
		{
			Fact:   "3.8 2.0 has KeyValueStore",
			Reason: "there is no store here; a function that uses one is named at start, and its behaviour answers 501",
			Holds:  compiles("import cf from 'cloudfront';\nfunction handler(e) { cf.kvs(); return e.request; }"),
		},
		{
			Fact:   "3.8 less than 1 ms of CPU time",
			Reason: "this engine is slower than AWS's, so a function may take a second; that only ends endless loops",
			Holds: func(t *testing.T) bool {
				d := withFunctions(t, "function handler(e) { var n = 0; for (var i = 0; i < 50000; i++) n += i; return e.request; }", "")
				return serve(newEdge(t, d, &origin{}, Options{}), ask("GET", "/api/x")).Code != http.StatusOK
			},
		},
		{
			Fact:   "3.8 no more than 2 MB of memory",
			Reason: "the engine does not limit memory: a function that keeps more than that fails at AWS alone",
			Holds: func(t *testing.T) bool {
				d := withFunctions(t, "function handler(e) { var s = 'x'.repeat(4000000); e.request.headers['x-length'] = {value: '' + s.length}; return e.request; }", "")
				return serve(newEdge(t, d, &origin{}, Options{}), ask("GET", "/api/x")).Code != http.StatusOK
			},
		},
	})
}
