package cognito

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// claims are those of a token, once it is checked with what the issuer
// publishes.
func (b *browser) claims(token string) map[string]any {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, issuer+"/.well-known/jwks.json", http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	set, err := jwk.Parse([]byte(b.reply(r).body))
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := jwt.Parse([]byte(token), jwt.WithKeySet(set), jwt.WithIssuer(issuer), jwt.WithClock(jwt.ClockFunc(func() time.Time { return b.now }))); err != nil {
		b.t.Fatal(err)
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		b.t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		b.t.Fatal(err)
	}
	return claims
}

func TestSigningInGivesCognitosTokens(t *testing.T) {
	b := open(t)
	began := b.send("GET", "/oauth2/authorize?"+query().Encode(), nil)
	if location := began.location; began.status != http.StatusFound || location != "/login?"+query().Encode() {
		t.Fatalf("answered %d, to %q", began.status, location)
	}
	page := b.send("GET", "/login?"+query().Encode(), nil).body
	if !strings.Contains(page, "www.example.com") || !strings.Contains(page, "Any name will do") {
		t.Errorf("the page is %s", page)
	}
	b.now = b.now.Add(time.Minute)
	code := b.signIn("Ada")
	signedIn := float64(b.now.Unix())
	b.now = b.now.Add(time.Minute)
	got := b.tokens(redeem(code))
	if got.Type != "Bearer" || got.ExpiresIn != 900 {
		t.Errorf("the answer is %+v", got)
	}

	access, id := b.claims(got.AccessToken), b.claims(got.IDToken)
	sub := access["sub"]
	if access["origin_jti"] != id["origin_jti"] || access["jti"] == id["jti"] {
		t.Errorf("the tokens are not two of one sign-in: %v, %v", access, id)
	}
	for _, claims := range []map[string]any{access, id} {
		for _, name := range []string{"jti", "origin_jti"} {
			if value, _ := claims[name].(string); len(value) != 36 {
				t.Errorf("%s is %v", name, claims[name])
			}
			delete(claims, name)
		}
	}
	now := float64(b.now.Unix())
	want := map[string]any{
		"iss": issuer, "sub": sub, "username": sub, "client_id": "site", "scope": "openid email", "token_use": "access",
		"version": 2.0, "auth_time": signedIn, "iat": now, "exp": now + 900,
	}
	if diff := cmp.Diff(want, access); diff != "" {
		t.Error("access token (-want +got):\n", diff)
	}
	want = map[string]any{
		"iss": issuer, "sub": sub, "cognito:username": sub, "aud": "site", "token_use": "id", "nonce": "a nonce",
		"email": "ada@example.com", "email_verified": true, "auth_time": signedIn, "iat": now, "exp": now + 900,
	}
	if diff := cmp.Diff(want, id); diff != "" {
		t.Error("ID token (-want +got):\n", diff)
	}
}

func TestTheSameNameIsTheSameCustomer(t *testing.T) {
	sub := func(name string) any {
		b := open(t)
		return b.claims(b.tokens(redeem(b.signIn(name))).AccessToken)["sub"]
	}
	ada := sub("ada")
	for _, name := range []string{"ada", " ADA ", "ada@example.com"} {
		if got := sub(name); got != ada {
			t.Errorf("%q is %v, want %v", name, got, ada)
		}
	}
	if sub("grace") == ada {
		t.Error("grace is ada")
	}
}

func TestABadNameIsAskedForAgain(t *testing.T) {
	for _, name := range []string{"", "  ", strings.Repeat("a", 129), "a\x00b", "@example.com", "ada@", "a@b@c"} {
		b := open(t)
		response := b.send("POST", "/login?"+query().Encode(), url.Values{"username": {name}})
		if text := response.body; response.status != http.StatusBadRequest || !strings.Contains(text, `role="alert"`) || len(b.cookies) > 0 {
			t.Errorf("%q: answered %d, cookies %v: %s", name, response.status, b.cookies, text)
		}
	}
}

func TestASessionSparesSigningInAgain(t *testing.T) {
	b := open(t)
	b.signIn("ada")
	first := b.code(b.send("GET", "/oauth2/authorize?"+query().Encode(), nil))
	if got := b.claims(b.tokens(redeem(first)).IDToken)["email"]; got != "ada@example.com" {
		t.Errorf("it is %v who goes on", got)
	}
	asks := func(query url.Values) bool {
		return strings.HasPrefix(b.send("GET", "/oauth2/authorize?"+query.Encode(), nil).location, "/login?")
	}
	if !asks(query("prompt", "login")) {
		t.Error("prompt=login does not ask")
	}
	left := b.send("GET", "/logout?"+url.Values{"client_id": {"site"}, "logout_uri": {start}}.Encode(), nil)
	if left.status != http.StatusFound || left.location != start {
		t.Errorf("signing out answered %d, to %q", left.status, left.location)
	}
	if !asks(query()) {
		t.Error("the session outlives signing out")
	}
	none := b.send("GET", "/oauth2/authorize?"+query("prompt", "none").Encode(), nil)
	if got := none.location; !strings.Contains(got, "error=login_required") {
		t.Errorf("prompt=none without a session leads to %q", got)
	}
	b.signIn("ada")
	b.now = b.now.Add(time.Hour)
	if !asks(query()) {
		t.Error("the session lives for longer than an hour")
	}
}

func TestARefreshTokenRotates(t *testing.T) {
	b := open(t)
	first := b.tokens(redeem(b.signIn("ada")))
	origin := b.claims(first.AccessToken)["origin_jti"]
	refresh := func(token string) url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "client_id": {"site"}, "refresh_token": {token}}
	}
	b.now = b.now.Add(10 * time.Minute)
	second := b.tokens(refresh(first.RefreshToken))
	claims := b.claims(second.AccessToken)
	if second.RefreshToken == "" || second.RefreshToken == first.RefreshToken || second.IDToken == "" {
		t.Errorf("the second answer is %+v", second)
	}
	if claims["origin_jti"] != origin || claims["exp"] != float64(b.now.Add(15*time.Minute).Unix()) {
		t.Errorf("the second access token is %v", claims)
	}
	b.now = b.now.Add(20 * time.Second)
	b.tokens(refresh(first.RefreshToken)) // an answer that got lost
	b.now = b.now.Add(20 * time.Second)
	b.refused("invalid_grant", refresh(first.RefreshToken))

	restarted := *b
	service, err := New(Config{Pools: []Pool{testPool()}}, b.service.key)
	if err != nil {
		t.Fatal(err)
	}
	service.now = b.service.now
	restarted.service = service
	restarted.tokens(refresh(second.RefreshToken))

	b.now = b.now.Add(24 * time.Hour)
	b.refused("invalid_grant", refresh(second.RefreshToken))
}

func TestARevokedSignInGivesNoMoreTokens(t *testing.T) {
	b := open(t)
	got := b.tokens(redeem(b.signIn("ada")))
	bearer := []string{"Authorization", "Bearer " + got.AccessToken}
	if info := b.send("GET", "/oauth2/userInfo", nil, bearer...).body; !strings.Contains(info, `"sub":"`) {
		t.Errorf("userInfo says %s", info)
	}
	response := b.send("POST", "/oauth2/revoke", url.Values{"token": {got.RefreshToken}, "client_id": {"site"}})
	if response.status != http.StatusOK {
		t.Errorf("revoking answered %d: %s", response.status, response.body)
	}
	b.refused("invalid_grant", url.Values{"grant_type": {"refresh_token"}, "client_id": {"site"}, "refresh_token": {got.RefreshToken}})
	for name, headers := range map[string][]string{
		"revoked": bearer, "an ID token": {"Authorization", "Bearer " + got.IDToken}, "none": nil,
	} {
		if response := b.send("GET", "/oauth2/userInfo", nil, headers...); response.status != http.StatusUnauthorized {
			t.Errorf("%s: userInfo answered %d %s", name, response.status, response.body)
		}
	}
}
