package cognito

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	host     = "shop.auth.eu-west-1.amazoncognito.com"
	issuer   = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool"
	start    = "https://www.example.com/"
	verifier = "a-verifier-of-at-least-forty-three-characters"
)

func testPool() Pool {
	return Pool{ID: "eu-west-1_pool", Issuer: issuer, Hosts: []string{host}, Clients: []Client{
		{
			ID: "site", Callbacks: []string{start}, Logouts: []string{start}, Scopes: []string{"openid", "email"},
			AccessToken: 15 * time.Minute, IDToken: 15 * time.Minute, RefreshToken: 24 * time.Hour, Rotates: true, Grace: 30 * time.Second,
		},
		{ID: "other", Callbacks: []string{start}, Scopes: []string{"openid"}, AccessToken: time.Hour, IDToken: time.Hour, RefreshToken: time.Hour},
		{ID: "secret", Callbacks: []string{start}, Unsupported: "it has a secret"},
	}}
}

// testKey is one key for all tests, for it takes long to make.
var testKey = sync.OnceValues(func() (*Key, error) {
	folder, err := os.MkdirTemp("", "annex-cognito-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	return OpenKey(folder)
})

// browser talks to a service whose clock is in its hands.
type browser struct {
	t       *testing.T
	service *Service
	cookies map[string]string
	now     time.Time
}

func open(t *testing.T) *browser {
	t.Helper()
	key, err := testKey()
	if err != nil {
		t.Fatal(err)
	}
	service, err := New(Config{Pools: []Pool{testPool()}}, key)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, service: service, cookies: map[string]string{}, now: time.Now()}
	service.now = func() time.Time { return b.now }
	return b
}

// reply is a response with its body read.
type reply struct {
	status   int
	header   http.Header
	location string
	body     string
}

func (b *browser) send(method, target string, form url.Values, headers ...string) reply {
	b.t.Helper()
	r := httptest.NewRequest(method, "https://"+host+target, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range b.cookies {
		r.Header.Add("Cookie", name+"="+value)
	}
	return b.reply(r)
}

func (b *browser) reply(r *http.Request) reply {
	b.t.Helper()
	response, err := b.service.RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is in memory
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range response.Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return reply{response.StatusCode, response.Header, response.Header.Get("Location"), string(text)}
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// query is a valid query of /oauth2/authorize, with changes as names and
// values in turn; an empty value takes the parameter away.
func query(changes ...string) url.Values {
	q := url.Values{
		"client_id": {"site"}, "response_type": {"code"}, "redirect_uri": {start}, "scope": {"openid email"}, "state": {"a state"},
		"nonce": {"a nonce"}, "code_challenge_method": {"S256"}, "code_challenge": {challengeOf(verifier)},
	}
	return changed(q, changes)
}

func changed(values url.Values, changes []string) url.Values {
	values = maps.Clone(values)
	for i := 0; i+1 < len(changes); i += 2 {
		values[changes[i]] = []string{changes[i+1]}
		if changes[i+1] == "" {
			delete(values, changes[i])
		}
	}
	return values
}

// signIn signs in and gives the code.
func (b *browser) signIn(name string) string {
	b.t.Helper()
	return b.code(b.send("POST", "/login?"+query().Encode(), url.Values{"username": {name}}))
}

// code is the one in the address that a response leads to.
func (b *browser) code(response reply) string {
	b.t.Helper()
	location, err := url.Parse(response.location)
	if err != nil || response.status != http.StatusFound || !strings.HasPrefix(location.String(), start+"?") {
		b.t.Fatalf("answered %d, to %q: %s", response.status, location, response.body)
	}
	if got := location.Query().Get("state"); got != "a state" {
		b.t.Errorf("the state is %q", got)
	}
	return location.Query().Get("code")
}

// redeem is the form that gets tokens for a code.
func redeem(code string, changes ...string) url.Values {
	return changed(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"site"}, "code": {code}, "redirect_uri": {start}, "code_verifier": {verifier},
	}, changes)
}

// tokens are those that a form gets.
func (b *browser) tokens(form url.Values) tokens {
	b.t.Helper()
	response := b.send("POST", "/oauth2/token", form)
	var got tokens
	if err := json.Unmarshal([]byte(response.body), &got); err != nil || response.status != http.StatusOK {
		b.t.Fatalf("answered %d: %s", response.status, response.body)
	}
	return got
}

// refused fails the test unless the form gets the error.
func (b *browser) refused(code string, form url.Values) {
	b.t.Helper()
	response := b.send("POST", "/oauth2/token", form)
	var got failure
	if err := json.Unmarshal([]byte(response.body), &got); err != nil || response.status != http.StatusBadRequest || got.Code != code {
		b.t.Errorf("answered %d %s, want 400 and %q", response.status, response.body, code)
	}
	if got := response.header.Get("Access-Control-Allow-Origin"); got != "*" {
		b.t.Errorf("a page may read the answer if its origin is %q", got)
	}
}
