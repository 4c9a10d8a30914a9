package apigateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestKeysAreKept goes through a day of an issuer.
func TestKeysAreKept(t *testing.T) {
	i := newIssuer(t, "k1")
	keys := newKeySet(issuerURL, i)
	now := time.Now()
	for _, step := range []struct {
		what    string
		after   time.Duration // since the step before
		change  func()
		kid     string
		found   bool
		fetches int // of the keys, in all
	}{
		{"the first token fetches", 0, nil, "k1", true, 1},
		{"the next does not", time.Minute, nil, "k1", true, 1},
		{"an unknown key is looked for", 0, nil, "k2", false, 2},
		{"but not again at once", time.Second, nil, "k3", false, 2},
		{"nor does it keep a known one from being found", 0, nil, "k1", true, 2},
		{"a new key is found", keysPause, func() { i.keys["k2"] = newKey() }, "k2", true, 3},
		{"an issuer that fails does no harm", time.Hour, func() { i.fail = errors.New("no route to host") }, "k1", true, 3},
		{"after two hours the keys are asked for", time.Hour, nil, "k1", false, 3},
		{"and not again at once", failedPause / 2, func() { i.fail = nil }, "k1", false, 3},
		{"but soon", failedPause / 2, nil, "k1", true, 4},
		{"a key that was withdrawn is gone with the next fetch", keysLast, func() { delete(i.keys, "k1") }, "k1", false, 5},
	} {
		now = now.Add(step.after)
		if step.change != nil {
			step.change()
		}
		t.Run("1.9 keys: "+step.what, func(t *testing.T) {
			key, err := keys.find(t.Context(), step.kid, now)
			if (err == nil) != step.found || (key != nil) != step.found {
				t.Errorf("got %v and %v", key, err)
			}
			if got := i.fetches["/keys"]; got != step.fetches {
				t.Errorf("the keys were fetched %d times, want %d", got, step.fetches)
			}
		})
	}
}

func TestIssuersThatGiveNoKeys(t *testing.T) {
	documents := func(discovery, keys string) roundTripper {
		return func(r *http.Request) (*http.Response, error) {
			body, status := discovery, http.StatusOK
			if r.URL.Path == "/keys" {
				body = keys
			}
			if body == "404" {
				status = http.StatusNotFound
			}
			return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Location": {issuerURL + "/keys"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
		}
	}
	const discovery = `{"jwks_uri":"` + issuerURL + `/keys"}`
	for _, c := range []struct {
		name   string
		issuer roundTripper
		want   string
	}{
		{"no discovery document", documents("404", ""), "/.well-known/openid-configuration: Not Found"},
		{"a discovery document that is none", documents("<html>", ""), "no jwks_uri with https"},
		{"keys over http", documents(`{"jwks_uri":"http://login.example.com/keys"}`, ""), "no jwks_uri with https"},
		{"no keys", documents(discovery, "404"), "/keys: Not Found"},
		{"keys that are none", documents(discovery, "<html>"), "no JSON Web Key Set"},
		{"1.7 more than 150,000 bytes", documents(discovery, strings.Repeat(" ", 150_001)), "more than the 150000 bytes"},
		{"1.9 a redirect [?]", func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Status: "302 Found", Header: http.Header{"Location": {issuerURL + "/elsewhere"}}, Body: http.NoBody, Request: r}, nil
		}, "302 Found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newKeySet(issuerURL, c.issuer).find(t.Context(), "k1", time.Now())
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), issuerURL) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestAnIssuerThatIsSlow: 1.7 has 1,500 ms for each fetch. A client that goes
// away does not end it for the others.
func TestAnIssuerThatIsSlow(t *testing.T) {
	t.Run("1.7 1,500 ms for each fetch from an issuer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			slow := roundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			began := time.Now()
			_, err := newKeySet(issuerURL, slow).find(gone, "k1", began)
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 1500*time.Millisecond {
				t.Errorf("got %v after %s", err, took)
			}
		})
	})
}
