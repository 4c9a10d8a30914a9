package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestSigningInComesBackToTheLocalAddress(t *testing.T) {
	const local, deployed = "http://www.dev.example.com.localhost:8080/", "https://www.dev.example.com/"
	for name, c := range map[string]struct{ sent, want url.Values }{
		"after signing in":     {url.Values{"redirect_uri": {local}, "state": {"a b&c"}}, url.Values{"redirect_uri": {deployed}, "state": {"a b&c"}}},
		"by TLS":               {url.Values{"redirect_uri": {"https://www.dev.example.com.localhost:8443/"}}, url.Values{"redirect_uri": {deployed}}},
		"after signing out":    {url.Values{"logout_uri": {local}}, url.Values{"logout_uri": {deployed}}},
		"a deployed address":   {url.Values{"redirect_uri": {deployed}}, url.Values{"redirect_uri": {deployed}}},
		"a stranger's":         {url.Values{"redirect_uri": {"http://evil.localhost:8080/"}}, url.Values{"redirect_uri": {"http://evil.localhost:8080/"}}},
		"another parameter":    {url.Values{"state": {local}}, url.Values{"state": {local}}},
		"given more than once": {url.Values{"redirect_uri": {local, "x"}}, url.Values{"redirect_uri": {deployed, "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			inside := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || r.URL.RawQuery != c.want.Encode() || string(body) != c.want.Encode() || r.ContentLength != int64(len(body)) {
					t.Errorf("inside, the query is %q and the form is %q of %d bytes, want %q: %v", r.URL.RawQuery, body, r.ContentLength, c.want.Encode(), err)
				}
			})
			r := httptest.NewRequest(http.MethodPost, "/?"+c.sent.Encode(), strings.NewReader(c.sent.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			shop.signIn(inside).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	t.Run("what cannot be read is left alone", func(t *testing.T) {
		inside := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery != "a=%zz" {
				t.Errorf("the query is %q", r.URL.RawQuery)
			}
		})
		shop.signIn(inside).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?a=%zz", http.NoBody))
	})
	t.Run("a form without end", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", maxForm+1)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		shop.signIn(http.NotFoundHandler()).ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest {
			t.Errorf("answered %d", w.Code)
		}
	})
}
