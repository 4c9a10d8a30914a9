package apigateway

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

const (
	issuerURL = "https://login.example.com"
	audience  = "shop"
)

// issuer signs tokens, and answers for its discovery document and keys as an
// http.RoundTripper does.
type issuer struct {
	t    testing.TB
	keys map[string]*rsa.PrivateKey

	mu      sync.Mutex
	fetches map[string]int // by path
	fail    error          // what a fetch gives in place of an answer
}

// newKey is made once: it takes a while.
var newKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newIssuer(t testing.TB, kids ...string) *issuer {
	i := &issuer{t: t, keys: map[string]*rsa.PrivateKey{}, fetches: map[string]int{}}
	for _, kid := range kids {
		i.keys[kid] = newKey()
	}
	return i
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetches[r.URL.Path]++
	if i.fail != nil {
		return nil, i.fail
	}
	body, status := "", http.StatusNotFound
	switch r.URL.String() {
	case issuerURL + "/.well-known/openid-configuration":
		body, status = `{"issuer":"`+issuerURL+`","jwks_uri":"`+issuerURL+`/keys"}`, http.StatusOK
	case issuerURL + "/keys":
		body, status = string(i.jwks()), http.StatusOK
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// jwks has the keys, and one of another kind that does no harm.
func (i *issuer) jwks() []byte {
	set := []any{map[string]string{"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}}
	for kid, private := range i.keys {
		key, err := jwk.Import(private.PublicKey)
		if err != nil {
			i.t.Fatal(err)
		}
		if err := key.Set(jwk.KeyIDKey, kid); err != nil {
			i.t.Fatal(err)
		}
		set = append(set, key)
	}
	document, err := json.Marshal(map[string]any{"keys": set})
	if err != nil {
		i.t.Fatal(err)
	}
	return document
}

// sign makes a token, with the header's kid and the algorithm.
func (i *issuer) sign(kid string, algorithm jwa.SignatureAlgorithm, key any, claims map[string]any) string {
	i.t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		i.t.Fatal(err)
	}
	headers := jws.NewHeaders()
	if kid != "" {
		if err := headers.Set(jws.KeyIDKey, kid); err != nil {
			i.t.Fatal(err)
		}
	}
	token, err := jws.Sign(payload, jws.WithKey(algorithm, key, jws.WithProtectedHeaders(headers)))
	if err != nil {
		i.t.Fatal(err)
	}
	return string(token)
}

// claimsWith are those of a good token, changed: nil takes one away.
func claimsWith(now time.Time, changes map[string]any) map[string]any {
	claims := map[string]any{
		"iss": issuerURL, "aud": audience, "sub": "shopper", "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, claim any) bool { return claim == nil })
	return claims
}

// jwtAPI is cartAPI with a JWT authorizer on each route.
func jwtAPI(t testing.TB, scopes []string, routes ...string) Config {
	config := cartAPI(t, routes...)
	a := &Authorizer{
		ID: "jwt000", Name: "SignedIn", IdentitySources: []IdentitySource{mustSource(t, "$request.header.authorization")},
		Issuer: issuerURL, Audience: []string{audience, "desk"},
	}
	for i := range config.APIs[0].Routes {
		route := &config.APIs[0].Routes[i]
		route.Authorization, route.Authorizer, route.Scopes = JWT, a, scopes
	}
	return config
}

func TestJWT(t *testing.T) {
	now := time.Now()
	i := newIssuer(t, "k1")
	good := func(changes map[string]any) string {
		return "Bearer " + i.sign("k1", jwa.RS256(), newKey(), claimsWith(now, changes))
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k1"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+issuerURL+`","aud":"shop"}`)) + "."
	tampered := strings.Split(good(nil), ".")
	tampered[1] = base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + issuerURL + `","aud":"shop","sub":"admin","exp":99999999999}`))
	read, write := []string{"cart/read"}, []string{"cart/write", "cart/admin"}

	for _, c := range []struct {
		fact          string
		authorization string
		scopes        []string // of the route
		status        int
		description   string // in WWW-Authenticate
		reason        string // a part of the Exchange's Err
	}{
		{"1.9 a good token", good(nil), nil, 200, "", ""},
		{"1.9 a good token without Bearer", strings.TrimPrefix(good(nil), "Bearer "), nil, 200, "", ""},
		{"1.9 RS512", i.sign("k1", jwa.RS512(), newKey(), claimsWith(now, nil)), nil, 200, "", ""},
		{"1.9 a client_id in place of aud", good(map[string]any{"aud": nil, "client_id": "desk"}), nil, 200, "", ""},
		{"1.9 one audience of several", good(map[string]any{"aud": []string{"other", "desk"}}), nil, 200, "", ""},
		{"1.9 nbf and iat of just now", good(map[string]any{"nbf": now.Unix(), "iat": now.Unix()}), nil, 200, "", ""},
		{"1.9 exp with a fraction", good(map[string]any{"exp": float64(now.Unix()) + 60.5}), nil, 200, "", ""},

		{"1.6 no token", "", nil, 401, "", "the request has no $request.header.authorization"},
		{"1.6 the scheme alone", "Bearer ", nil, 401, "", "the request has no $request.header.authorization"},
		{"1.6 no JWT", "Bearer abc", nil, 401, "the token is malformed", "no JWT of three parts"},
		{"1.6 another scheme", "Basic YTpi", nil, 401, "the token is malformed", "no JWT of three parts"},
		{"1.6 a JWS in JSON is no JWT", `{"payload":"e30","signatures":[]}`, nil, 401, "the token is malformed", "no JWT of three parts"},
		{"1.9 alg none", none, nil, 401, "the signing algorithm is not supported", `signed by "none"`},
		{"1.9 HS256, with the public key for a secret", i.sign("k1", jwa.HS256(), newKey().N.Bytes(), claimsWith(now, nil)), nil, 401, "the signing algorithm is not supported", `signed by "HS256"`},
		{"1.9 RSA with PSS [?]", i.sign("k1", jwa.PS256(), newKey(), claimsWith(now, nil)), nil, 401, "the signing algorithm is not supported", `signed by "PS256"`},
		{"1.9 no kid", i.sign("", jwa.RS256(), newKey(), claimsWith(now, nil)), nil, 401, "the token has no key ID", `no "kid"`},
		{"1.9 an unknown kid", i.sign("k2", jwa.RS256(), newKey(), claimsWith(now, nil)), nil, 401, "the signing key is not known", issuerURL + ` has no RSA key "k2"`},
		{"1.9 a key of another kind", i.sign("secret", jwa.RS256(), newKey(), claimsWith(now, nil)), nil, 401, "the signing key is not known", `no RSA key "secret"`},
		{"1.9 signed by another key", i.sign("k1", jwa.RS256(), other, claimsWith(now, nil)), nil, 401, "the signature is not valid", `key "k1" of ` + issuerURL + " did not sign it"},
		{"1.9 other claims under the signature", strings.Join(tampered, "."), nil, 401, "the signature is not valid", "did not sign it"},

		{"1.9 a wrong iss", good(map[string]any{"iss": issuerURL + "/"}), nil, 401, "issuer does not match", `its "iss" is "https://login.example.com/", and the authorizer's issuer "https://login.example.com"`},
		{"1.9 no iss", good(map[string]any{"iss": nil}), nil, 401, "issuer does not match", `its "iss" is ""`},
		{"1.6 a wrong aud", good(map[string]any{"aud": "web"}), nil, 401, "the token does not have a valid audience", `its "aud" is ["web"]`},
		{"1.6 a wrong aud with a right client_id", good(map[string]any{"aud": "web", "client_id": audience}), nil, 401, "the token does not have a valid audience", `its "aud" is ["web"]`},
		{"1.6 a wrong client_id", good(map[string]any{"aud": nil, "client_id": "web"}), nil, 401, "the token does not have a valid audience", `its "client_id" is ["web"]`},
		{"1.6 neither aud nor client_id", good(map[string]any{"aud": nil}), nil, 401, "the token does not have a valid audience", `its "aud" is []`},
		{"1.9 expired", good(map[string]any{"exp": now.Add(-90 * time.Second).Unix()}), nil, 401, "the token has expired", "it expired at"},
		{"1.9 no exp [?]", good(map[string]any{"exp": nil}), nil, 401, "the token has expired", `no "exp"`},
		{"1.9 an exp that is no time", good(map[string]any{"exp": "tomorrow"}), nil, 401, "the token has expired", `no "exp"`},
		{"1.9 nbf in the future", good(map[string]any{"nbf": now.Add(time.Hour).Unix()}), nil, 401, "the token is not valid yet", `its "nbf" is`},
		{"1.9 iat in the future", good(map[string]any{"iat": now.Add(time.Hour).Unix()}), nil, 401, "the token was issued in the future", `its "iat" is`},

		{"1.9 a scope of the route's", good(map[string]any{"scope": "openid cart/read"}), read, 200, "", ""},
		{"1.9 a scope of several", good(map[string]any{"scope": "cart/admin"}), write, 200, "", ""},
		{"1.9 a scope in scp", good(map[string]any{"scp": []string{"cart/read"}}), read, 200, "", ""},
		{"1.6 no scope of the route's [?]", good(map[string]any{"scope": "openid"}), write, 403, "the token does not have a scope of the route", `scopes are ["openid"], and the route wants one of ["cart/write" "cart/admin"]`},
		{"1.6 no scopes [?]", good(nil), read, 403, "the token does not have a scope of the route", "scopes are []"},
		{"1.6 a scope within another", good(map[string]any{"scope": "cart/read-all"}), read, 403, "the token does not have a scope of the route", `"cart/read-all"`},
		{"1.9 a bad token is 401, whatever its scopes", good(map[string]any{"scope": "cart/read", "exp": 1}), read, 401, "the token has expired", "it expired at"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			var done Exchange
			g := New(jwtAPI(t, c.scopes, "GET /"), returns(`{"statusCode":200,"body":"fine"}`), Options{
				Issuers: i, Done: func(_ context.Context, x Exchange) { done = x },
			})
			r := parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com")
			if c.authorization != "" {
				r.Header.Set("Authorization", c.authorization)
			}
			resp, body := answer(t, g, r)
			want := map[int]string{200: "fine", 401: `{"message":"Unauthorized"}`, 403: `{"message":"Forbidden"}`}[c.status]
			if resp.StatusCode != c.status || body != want {
				t.Errorf("got %d %s, want %d %s (%v)", resp.StatusCode, body, c.status, want, done.Err)
			}
			wantChallenge := ""
			switch {
			case c.status == 403:
				wantChallenge = `Bearer scope="` + strings.Join(c.scopes, " ") + `" error="insufficient_scope" error_description="` + c.description + `"`
			case c.description != "":
				wantChallenge = `Bearer scope="` + strings.Join(c.scopes, " ") + `" error="invalid_token" error_description="` + c.description + `"`
			case c.status == 401:
				wantChallenge = "Bearer"
			}
			if got := resp.Header.Get("Www-Authenticate"); got != wantChallenge {
				t.Errorf("www-authenticate is %q, want %q", got, wantChallenge)
			}
			if c.reason == "" && done.Err != nil || c.reason != "" && (done.Err == nil || !strings.Contains(done.Err.Error(), c.reason)) {
				t.Errorf("the exchange says %v, want %q", done.Err, c.reason)
			}
			if done.Err != nil {
				for part := range strings.SplitSeq(strings.TrimPrefix(c.authorization, "Bearer "), ".") {
					if len(part) > 3 && strings.Contains(done.Err.Error(), part) {
						t.Errorf("the exchange gives the token away: %v", done.Err)
					}
				}
			}
			if done.RouteKey != "GET /" {
				t.Errorf("the exchange's route is %q", done.RouteKey)
			}
		})
	}
}

func TestJWTInTheQuery(t *testing.T) {
	t.Run("1.9 a token in the query string", func(t *testing.T) {
		i := newIssuer(t, "k1")
		config := jwtAPI(t, nil, "GET /")
		config.APIs[0].Routes[0].Authorizer.IdentitySources = []IdentitySource{mustSource(t, "$request.querystring.token")}
		g := New(config, returns(`{"statusCode":200}`), Options{Issuers: i})
		token := i.sign("k1", jwa.RS256(), newKey(), claimsWith(time.Now(), nil))
		if resp, body := answer(t, g, parse(t, "GET /cart?token="+token+" HTTP/1.1\nHost: api.dev.example.com")); resp.StatusCode != 200 {
			t.Errorf("got %d %s", resp.StatusCode, body)
		}
		r := parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com\nAuthorization: Bearer "+token)
		if resp, body := answer(t, g, r); resp.StatusCode != 401 {
			t.Errorf("a header for the query parameter got %d %s", resp.StatusCode, body)
		}
	})
}

func TestClaimsReachTheFunctionAsStrings(t *testing.T) {
	t.Run("1.4 claims reach the function as strings [?]", func(t *testing.T) {
		var claims map[string]any
		decoder := json.NewDecoder(strings.NewReader(`{"sub": "shopper", "exp": 1787996002, "amr": ["pwd", "otp"], "cognito:groups": ["admin"],
		"ratio": 1.50, "email_verified": true, "nothing": null, "address": {"city": "Ghent"}, "empty": [], "mixed": [1, "two", [3]]}`))
		decoder.UseNumber()
		if err := decoder.Decode(&claims); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"sub": "shopper", "exp": "1787996002", "amr": "[pwd otp]", "cognito:groups": "[admin]",
			"ratio": "1.50", "email_verified": "true", "address": `{"city":"Ghent"}`, "empty": "[]", "mixed": "[1 two [3]]",
		}
		if diff := cmp.Diff(want, claimTexts(claims)); diff != "" {
			t.Errorf("1.4 (-want +got):\n%s", diff)
		}
	})
}
