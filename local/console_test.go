package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTheConsolesHost(t *testing.T) {
	for header, want := range map[string]bool{
		"console.localhost":                 true,
		"console.localhost:8080":            true,
		"console.localhost.":                false,
		"console.localhost.example.com":     false,
		"console.localhost:8080:9090":       false,
		"console.dev.example.com.localhost": false,
		"www.console.localhost:8080":        false,
		"localhost:8080":                    false,
		"":                                  false,
	} {
		if got := forConsole(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestTheConsoleRefusesPagesOfOtherOrigins(t *testing.T) {
	console := guarded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for _, c := range []struct {
		name   string
		tls    bool
		header http.Header
		status int
	}{
		{"a program", false, nil, 204},
		{"an address that a person typed", false, http.Header{"Sec-Fetch-Site": {"none"}}, 204},
		{"its own page", false, http.Header{"Origin": {"http://console.localhost:8080"}, "Sec-Fetch-Site": {"same-origin"}}, 204},
		{"its own page over TLS", true, http.Header{"Origin": {"https://console.localhost:8080"}, "Sec-Fetch-Site": {"same-origin"}}, 204},
		{"a page from elsewhere", false, http.Header{"Origin": {"https://evil.example.com"}, "Sec-Fetch-Site": {"cross-site"}}, 403},
		{"a page of the stage", false, http.Header{"Origin": {"http://www.dev.example.com.localhost:8080"}, "Sec-Fetch-Site": {"same-site"}}, 403},
		{"a page on another port", false, http.Header{"Origin": {"http://console.localhost:9090"}}, 403},
		{"its page over plain HTTP, to TLS", true, http.Header{"Origin": {"http://console.localhost:8080"}}, 403},
		{"a page without an origin", false, http.Header{"Origin": {"null"}}, 403},
		{"an image of a page", false, http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		{"two origins", false, http.Header{"Origin": {"http://console.localhost:8080", "https://evil.example.com"}}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/replay", nil)
			r.Host, r.Header = "console.localhost:8080", c.header
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			w := httptest.NewRecorder()
			console.ServeHTTP(w, r)
			if w.Code != c.status {
				t.Errorf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
		})
	}
}
