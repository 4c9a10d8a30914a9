package cognito

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAuthorizeRefuses(t *testing.T) {
	// What nobody can be sure is the client's is told in the browser, never sent
	// to the address that was given.
	for name, q := range map[string]url.Values{
		"unknown client":       query("client_id", "nobody"),
		"no client":            query("client_id", ""),
		"a client with secret": query("client_id", "secret"),
		"other path":           query("redirect_uri", start+"elsewhere"),
		"no slash":             query("redirect_uri", strings.TrimSuffix(start, "/")),
		"with a query":         query("redirect_uri", start+"?a=b"),
		"other host":           query("redirect_uri", "https://evil.example/"),
		"longer host":          query("redirect_uri", "https://www.example.com.evil.example/"),
		"other scheme":         query("redirect_uri", "http://www.example.com/"),
		"upper case":           query("redirect_uri", "https://WWW.example.com/"),
		"no redirect":          query("redirect_uri", ""),
	} {
		for _, path := range []string{"/oauth2/authorize?", "/login?"} {
			response := open(t).send("GET", path+q.Encode(), nil)
			if response.status != http.StatusBadRequest || response.location != "" {
				t.Errorf("%s: %s answered %d, to %q", name, path, response.status, response.location)
			}
		}
	}
	if response := open(t).send("GET", "/oauth2/authorize?a=%zz", nil); response.status != http.StatusBadRequest {
		t.Errorf("a query that cannot be read: answered %d", response.status)
	}

	twice := query()
	twice["scope"] = []string{"openid", "email"}
	for name, c := range map[string]struct {
		query url.Values
		code  string
	}{
		"implicit":           {query("response_type", "token"), "unsupported_response_type"},
		"no type":            {query("response_type", ""), "unsupported_response_type"},
		"plain challenge":    {query("code_challenge_method", "plain", "code_challenge", verifier), "invalid_request"},
		"no method":          {query("code_challenge_method", ""), "invalid_request"},
		"no challenge":       {query("code_challenge", ""), "invalid_request"},
		"short challenge":    {query("code_challenge", "abc"), "invalid_request"},
		"padded challenge":   {query("code_challenge", challengeOf(verifier)+"="), "invalid_request"},
		"other scope":        {query("scope", "openid admin"), "invalid_scope"},
		"a parameter twice":  {twice, "invalid_request"},
		"another provider":   {query("identity_provider", "Google"), "invalid_request"},
		"an unknown prompt":  {query("prompt", "consent"), "invalid_request"},
		"nobody to go on as": {query("prompt", "none"), "login_required"},
	} {
		response := open(t).send("GET", "/oauth2/authorize?"+c.query.Encode(), nil)
		location, err := url.Parse(response.location)
		if err != nil || !strings.HasPrefix(location.String(), start+"?") {
			t.Errorf("%s: answered %d, to %q", name, response.status, location)
			continue
		}
		if got := location.Query(); got.Get("error") != c.code || got.Get("state") != "a state" || got.Has("code") {
			t.Errorf("%s: the client hears %v, want %s", name, got, c.code)
		}
	}
}

func TestACodeIsGoodOnceForItsClientAndItsVerifier(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		code   string
	}{
		"wrong verifier":      {[]string{"code_verifier", verifier + "x"}, "invalid_grant"},
		"no verifier":         {[]string{"code_verifier", ""}, "invalid_grant"},
		"challenge as proof":  {[]string{"code_verifier", challengeOf(verifier)}, "invalid_grant"},
		"other redirect":      {[]string{"redirect_uri", start + "x"}, "invalid_grant"},
		"no redirect":         {[]string{"redirect_uri", ""}, "invalid_grant"},
		"another client's":    {[]string{"client_id", "other"}, "invalid_grant"},
		"unknown client":      {[]string{"client_id", "nobody"}, "invalid_client"},
		"client with secret":  {[]string{"client_id", "secret"}, "unauthorized_client"},
		"unknown code":        {[]string{"code", "f92338e9-de9f-41d5-8734-edfb1666c092"}, "invalid_grant"},
		"no code":             {[]string{"code", ""}, "invalid_grant"},
		"no grant type":       {[]string{"grant_type", ""}, "unsupported_grant_type"},
		"password":            {[]string{"grant_type", "password"}, "unsupported_grant_type"},
		"no refresh token":    {[]string{"grant_type", "refresh_token"}, "invalid_grant"},
		"a code as a refresh": {[]string{"grant_type", "refresh_token", "refresh_token", "abc"}, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			b.refused(c.code, redeem(b.signIn("ada"), c.change...))
		})
	}
	t.Run("reused", func(t *testing.T) {
		b := open(t)
		code := b.signIn("ada")
		b.tokens(redeem(code))
		b.refused("invalid_grant", redeem(code))
	})
	t.Run("tried", func(t *testing.T) {
		b := open(t)
		code := b.signIn("ada")
		b.refused("invalid_grant", redeem(code, "code_verifier", "guess"))
		b.refused("invalid_grant", redeem(code))
	})
	t.Run("expired", func(t *testing.T) {
		b := open(t)
		code := b.signIn("ada")
		b.now = b.now.Add(5 * time.Minute)
		b.refused("invalid_grant", redeem(code))
	})
	t.Run("twice in one form", func(t *testing.T) {
		b := open(t)
		form := redeem(b.signIn("ada"))
		form["code"] = append(form["code"], "another")
		b.refused("invalid_request", form)
	})
	t.Run("as JSON", func(t *testing.T) {
		b := open(t)
		response := b.send("POST", "/oauth2/token", redeem(b.signIn("ada")), "Content-Type", "application/json")
		if text := response.body; response.status != http.StatusBadRequest || !strings.Contains(text, `"invalid_request"`) {
			t.Errorf("answered %d %s", response.status, text)
		}
	})
	t.Run("an access token as a refresh token", func(t *testing.T) {
		b := open(t)
		got := b.tokens(redeem(b.signIn("ada")))
		b.refused("invalid_grant", url.Values{"grant_type": {"refresh_token"}, "client_id": {"site"}, "refresh_token": {got.AccessToken}})
		b.refused("invalid_grant", url.Values{"grant_type": {"refresh_token"}, "client_id": {"other"}, "refresh_token": {got.RefreshToken}})
	})
}

func TestLogoutLeadsNowhereElse(t *testing.T) {
	for name, q := range map[string]url.Values{
		"other address":    {"client_id": {"site"}, "logout_uri": {"https://evil.example/"}},
		"no address":       {"client_id": {"site"}},
		"no client":        {"logout_uri": {start}},
		"unknown client":   {"client_id": {"nobody"}, "logout_uri": {start}},
		"without such URL": {"client_id": {"other"}, "logout_uri": {start}},
	} {
		response := open(t).send("GET", "/logout?"+q.Encode(), nil)
		if response.status != http.StatusBadRequest || response.location != "" {
			t.Errorf("%s: answered %d, to %q", name, response.status, response.location)
		}
	}
}

// FuzzAuthorize looks for a query that sends a browser anywhere but to the
// client, or gives a code without a challenge.
func FuzzAuthorize(f *testing.F) {
	for _, seed := range []url.Values{query(), query("response_type", "token"), query("redirect_uri", "https://evil.example/"), query("state", "a&b=c#d")} {
		f.Add(seed.Encode())
	}
	f.Add("client_id=site&redirect_uri=https://www.example.com/&redirect_uri=https://evil.example/")
	f.Add("a=%zz;b")
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		a, refused := authorize(testPool(), values)
		if refused != nil {
			if refused.redirect != "" && refused.redirect != start {
				t.Fatalf("%q leads to %q", raw, refused.redirect)
			}
			if refused.redirect == "" {
				return
			}
			location, err := url.Parse(refused.address())
			if err != nil || location.Host != "www.example.com" || location.Path != "/" || location.Query().Get("error") == "" || location.Query().Get("state") != a.state {
				t.Fatalf("%q leads to %q: %v", raw, refused.address(), err)
			}
			return
		}
		if a.redirect != start || len(a.challenge) != 43 || a.client.Unsupported != "" {
			t.Fatalf("%q is allowed: %+v", raw, a)
		}
	})
}
