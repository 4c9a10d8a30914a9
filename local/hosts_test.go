package main

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	shop          = hosts{"www.dev.example.com", "api.dev.example.com", "container.dev.example.com"}
	plainListener = listener{"http", 8080}
	tlsListener   = listener{"https", 8443}
)

// enter sends a request for the host by the listener, with headers as names and
// values in turn, and returns the response of the handler behind it.
func enter(d listener, host string, inside http.HandlerFunc, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/a%2Fb?c", http.NoBody)
	r.Host = host
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	shop.translated(d, inside).ServeHTTP(w, r)
	return w
}

func TestAHostIsServedUnderLocalhost(t *testing.T) {
	for header, want := range map[string]string{
		"www.dev.example.com.localhost:8080": "www.dev.example.com",
		"www.dev.example.com.localhost":      "www.dev.example.com",
		"API.Dev.Example.Com.LOCALHOST:1":    "api.dev.example.com",
		"www.dev.example.com":                "",
		"other.example.com.localhost:8080":   "",
		"localhost:8080":                     "",
		"127.0.0.1:8080":                     "",
		"[::1]:8080":                         "",
		".localhost":                         "",
		"":                                   "",
	} {
		got, ok := shop.deployed(header)
		if ok != (want != "") || ok && got != want {
			t.Errorf("host %q is %q, %v, want %q", header, got, ok, want)
		}
	}
}

func TestAddressesAreTranslatedBothWays(t *testing.T) {
	for name, c := range map[string]struct{ deployed, local string }{
		"an origin":     {"https://www.dev.example.com", "http://www.dev.example.com.localhost:8080"},
		"a path":        {"https://api.dev.example.com/cart?x=1", "http://api.dev.example.com.localhost:8080/cart?x=1"},
		"a WebSocket":   {"wss://www.dev.example.com/ws", "ws://www.dev.example.com.localhost:8080/ws"},
		"several":       {"https://www.dev.example.com, https://api.dev.example.com", "http://www.dev.example.com.localhost:8080, http://api.dev.example.com.localhost:8080"},
		"another host":  {"https://example.com/", "https://example.com/"},
		"a longer host": {"https://www.dev.example.com.evil.test/", "https://www.dev.example.com.evil.test/"},
		"a sub-domain":  {"https://x.www.dev.example.com/", "https://x.www.dev.example.com/"},
		"a path alone":  {"/cart", "/cart"},
		"a wildcard":    {"*", "*"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shop.toLocal(c.deployed, plainListener); got != c.local {
				t.Errorf("to local: %q, want %q", got, c.local)
			}
			if got := shop.toDeployed(c.local); got != c.deployed {
				t.Errorf("to deployed: %q, want %q", got, c.deployed)
			}
		})
	}
}

func TestARequestArrivesAsIfDeployed(t *testing.T) {
	for name, c := range map[string]struct{ header, sent, want string }{
		"a page's own origin":             {"Origin", "http://www.dev.example.com.localhost:8080", "https://www.dev.example.com"},
		"an origin of the other listener": {"Origin", "https://www.dev.example.com.localhost:8443", "https://www.dev.example.com"},
		"an origin without a port":        {"Origin", "https://www.dev.example.com.localhost", "https://www.dev.example.com"},
		"no origin":                       {"Origin", "null", "null"},
		"another origin":                  {"Origin", "http://localhost:3000", "http://localhost:3000"},
		"a deployed origin":               {"Origin", "https://www.dev.example.com", "https://www.dev.example.com"},
		"a referer keeps its path":        {"Referer", "http://www.dev.example.com.localhost:8080/a?b=c", "https://www.dev.example.com/a?b=c"},
		"another header is left alone":    {"X-Url", "http://www.dev.example.com.localhost:8080", "http://www.dev.example.com.localhost:8080"},
	} {
		t.Run(name, func(t *testing.T) {
			enter(plainListener, "api.dev.example.com.localhost:8080", func(_ http.ResponseWriter, r *http.Request) {
				if r.Host != "api.dev.example.com" || r.TLS == nil || r.URL.RequestURI() != "/a%2Fb?c" {
					t.Errorf("inside, the request is for %s%s, TLS %v", r.Host, r.URL.RequestURI(), r.TLS)
				}
				if got := r.Header.Get(c.header); got != c.want {
					t.Errorf("%s is %q, want %q", c.header, got, c.want)
				}
			}, c.header, c.sent)
		})
	}
	t.Run("the TLS listener keeps its state", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		state := &tls.ConnectionState{Version: tls.VersionTLS13}
		r.Host, r.TLS = "www.dev.example.com.localhost:8443", state
		shop.translated(tlsListener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.TLS != state {
				t.Error("it is gone")
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	})
}

func TestAnAnswerWorksInABrowser(t *testing.T) {
	const page = "https://www.dev.example.com"
	for name, c := range map[string]struct{ header, sent, plain, tls string }{
		"a redirect": {
			"Location", page + "/a?b#c",
			"http://www.dev.example.com.localhost:8080/a?b#c", "https://www.dev.example.com.localhost:8443/a?b#c",
		},
		"a redirect to HTTPS": {
			"Location", "http://www.dev.example.com/a",
			"http://www.dev.example.com.localhost:8080/a", "https://www.dev.example.com.localhost:8443/a",
		},
		"a redirect with the port": {
			"Location", page + ":443/a",
			"http://www.dev.example.com.localhost:8080/a", "https://www.dev.example.com.localhost:8443/a",
		},
		"a redirect without a scheme": {
			"Location", "//api.dev.example.com/a",
			"//api.dev.example.com.localhost:8080/a", "//api.dev.example.com.localhost:8443/a",
		},
		"a redirect to elsewhere and back": {
			"Location", "https://example.com/?next=" + page + "/a",
			"https://example.com/?next=http://www.dev.example.com.localhost:8080/a", "https://example.com/?next=https://www.dev.example.com.localhost:8443/a",
		},
		"a relative redirect":        {"Location", "/a", "/a", "/a"},
		"a redirect to elsewhere":    {"Location", "//example.com/", "//example.com/", "//example.com/"},
		"a redirect to another port": {"Location", page + ":9443/", page + ":9443/", page + ":9443/"},
		"where the content is": {
			"Content-Location", page + "/a",
			"http://www.dev.example.com.localhost:8080/a", "https://www.dev.example.com.localhost:8443/a",
		},
		"links": {
			"Link", "<" + page + "/a>; rel=next, </b>; rel=prev",
			"<http://www.dev.example.com.localhost:8080/a>; rel=next, </b>; rel=prev", "<https://www.dev.example.com.localhost:8443/a>; rel=next, </b>; rel=prev",
		},
		"a refresh": {
			"Refresh", "5; url=" + page + "/a",
			"5; url=http://www.dev.example.com.localhost:8080/a", "5; url=https://www.dev.example.com.localhost:8443/a",
		},
		"CORS for a page": {
			"Access-Control-Allow-Origin", page,
			"http://www.dev.example.com.localhost:8080", "https://www.dev.example.com.localhost:8443",
		},
		"CORS for all":                 {"Access-Control-Allow-Origin", "*", "*", "*"},
		"CORS for another":             {"Access-Control-Allow-Origin", "https://example.com", "https://example.com", "https://example.com"},
		"HSTS":                         {"Strict-Transport-Security", "max-age=63072000", "", ""},
		"a cookie of the host":         {"Set-Cookie", "a=1; Path=/; Secure", "a=1; Path=/; Secure", "a=1; Path=/; Secure"},
		"a cookie of another domain":   {"Set-Cookie", "a=1; Domain=example.org", "a=1; Domain=example.org", "a=1; Domain=example.org"},
		"a cookie that names a domain": {"Set-Cookie", "domain=dev.example.com", "domain=dev.example.com", "domain=dev.example.com"},
		"a cookie of the domain": {
			"Set-Cookie", "a=1; Domain=dev.example.com; Secure",
			"a=1; Domain=dev.example.com.localhost; Secure", "a=1; Domain=dev.example.com.localhost; Secure",
		},
		"a cookie of a dotted domain": {
			"Set-Cookie", "a=1; domain=.Example.com",
			"a=1; domain=.Example.com.localhost", "a=1; domain=.Example.com.localhost",
		},
		"a policy with schemes": {
			"Content-Security-Policy", "connect-src 'self' " + page + " wss://api.dev.example.com/ws",
			"connect-src 'self' http://www.dev.example.com.localhost:8080 ws://api.dev.example.com.localhost:8080/ws",
			"connect-src 'self' https://www.dev.example.com.localhost:8443 wss://api.dev.example.com.localhost:8443/ws",
		},
		"a policy without schemes": {
			"Content-Security-Policy", "img-src api.dev.example.com data: cdn.example.com",
			"img-src api.dev.example.com.localhost:8080 data: cdn.example.com", "img-src api.dev.example.com.localhost:8443 data: cdn.example.com",
		},
		"a policy with wildcards": {
			"Content-Security-Policy", "img-src https://*.dev.example.com *.example.org",
			"img-src http://*.dev.example.com.localhost:8080 *.example.org", "img-src https://*.dev.example.com.localhost:8443 *.example.org",
		},
		"a policy for any port": {
			"Content-Security-Policy", "img-src https://api.dev.example.com:*",
			"img-src http://api.dev.example.com.localhost:*", "img-src https://api.dev.example.com.localhost:*",
		},
		"a policy for all of TLS": {
			"Content-Security-Policy", "img-src https:",
			"img-src https: http://*.localhost:8080", "img-src https:",
		},
		"a policy to upgrade": {
			"Content-Security-Policy", "default-src 'self'; upgrade-insecure-requests; object-src 'none'",
			"default-src 'self'; object-src 'none'", "default-src 'self'; upgrade-insecure-requests; object-src 'none'",
		},
		"a policy that only reports": {
			"Content-Security-Policy-Report-Only", "img-src " + page,
			"img-src http://www.dev.example.com.localhost:8080", "img-src https://www.dev.example.com.localhost:8443",
		},
		"any other header": {"X-Url", page, page, page},
	} {
		t.Run(name, func(t *testing.T) {
			inside := func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(c.header, c.sent)
				_, _ = io.WriteString(w, "ok")
			}
			if got := enter(plainListener, "www.dev.example.com.localhost:8080", inside).Header().Get(c.header); got != c.plain {
				t.Errorf("by the plain listener %q became %q, want %q", c.sent, got, c.plain)
			}
			if got := enter(tlsListener, "www.dev.example.com.localhost:8443", inside).Header().Get(c.header); got != c.tls {
				t.Errorf("by the TLS listener %q became %q, want %q", c.sent, got, c.tls)
			}
		})
	}
}

func TestAPageOfOneDoorMayAskTheOther(t *testing.T) {
	// The gateway allows the page's deployed origin; the browser compares with the
	// one that it sent.
	const page = "http://www.dev.example.com.localhost:8080"
	w := enter(tlsListener, "api.dev.example.com.localhost:8443", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.WriteHeader(http.StatusNoContent)
	}, "Origin", page)
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != page {
		t.Errorf("allowed is %q, want %q", got, page)
	}
}

func TestAForwardedPortIsTheBrowsers(t *testing.T) {
	for host, want := range map[string]string{
		"www.dev.example.com.localhost:9090": "http://www.dev.example.com.localhost:9090/a",
		"www.dev.example.com.localhost":      "http://www.dev.example.com.localhost/a",
	} {
		w := enter(plainListener, host, http.RedirectHandler("https://www.dev.example.com/a", http.StatusFound).ServeHTTP)
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("%s is sent to %q, want %q", host, got, want)
		}
	}
}

func TestARequestForNoHostNamesThoseThatAreServed(t *testing.T) {
	for host, status := range map[string]int{
		"localhost:8080":              http.StatusNotFound,
		"127.0.0.1:8080":              http.StatusNotFound,
		"[::1]:8080":                  http.StatusNotFound,
		"www.prod.example.com:8080":   http.StatusMisdirectedRequest,
		"www.dev.example.com":         http.StatusMisdirectedRequest,
		"evil.example":                http.StatusMisdirectedRequest,
		"x.example.com.localhost:808": http.StatusMisdirectedRequest,
	} {
		w := enter(plainListener, host, func(http.ResponseWriter, *http.Request) { t.Errorf("%s was served", host) })
		if w.Code != status || !strings.Contains(w.Body.String(), "http://www.dev.example.com.localhost") {
			t.Errorf("%s gets %d: %s", host, w.Code, w.Body)
		}
	}
}

func TestStreamsPassThrough(t *testing.T) {
	w := enter(plainListener, "www.dev.example.com.localhost:8080", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "<https://www.dev.example.com/a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Location", "https://www.dev.example.com/a")
		_, _ = io.WriteString(w, "one")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flushing: %v", err)
		}
	})
	if !w.Flushed || w.Header().Get("Location") != "http://www.dev.example.com.localhost:8080/a" ||
		w.Header().Get("Link") != "<http://www.dev.example.com.localhost:8080/a.css>; rel=preload" {
		t.Errorf("flushed %v, headers %v", w.Flushed, w.Header())
	}
}

func TestWhatTheHeadersCameFromStaysAsItWas(t *testing.T) {
	kept := http.Header{"Location": {"https://www.dev.example.com/"}, "Set-Cookie": {"a=1; Domain=example.com"}}
	want := kept.Clone()
	shop.outgoing(http.Header{"Location": kept["Location"], "Set-Cookie": kept["Set-Cookie"]}, plainListener, "")
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("what an edge may have in its cache was changed (-want +got):\n%s", diff)
	}
}

// FuzzTranslationComesBack: what goes out comes back as it was, and nothing is
// translated twice.
func FuzzTranslationComesBack(f *testing.F) {
	f.Add("https://www.dev.example.com/a?b=https://api.dev.example.com:443/", uint16(8080))
	f.Add("5; url=wss://api.dev.example.com", uint16(0))
	f.Add("https://www.dev.example.com.localhost:1/ http://x", uint16(443))
	f.Fuzz(func(t *testing.T, text string, port uint16) {
		for _, scheme := range []string{"http", "https"} {
			d := listener{scheme, int(port)}
			local := shop.toLocal(text, d)
			if again := shop.toLocal(local, d); again != local {
				t.Errorf("%q became %q, and that %q", text, local, again)
			}
			deployed := shop.toDeployed(text)
			if back := shop.toDeployed(shop.toLocal(deployed, d)); back != shop.toDeployed(back) || canonical(back) != canonical(deployed) {
				t.Errorf("%q came back as %q", deployed, back)
			}
			shop.outgoing(http.Header{"Location": {text}, "Set-Cookie": {text}, "Content-Security-Policy": {text}}, d, text)
		}
	})
}

// canonical is a text without what need not come back: capitals, the schemes'
// own ports and the schemes without TLS.
func canonical(text string) string {
	return strings.NewReplacer(":443", "", ":80", "", "http://", "https://", "ws://", "wss://").Replace(strings.ToLower(text))
}
