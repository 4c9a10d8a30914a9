package cognito

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"time"

	"annex/local/uuid"
)

// maxBody is more than a form with any token of this service takes, in bytes.
const maxBody = 64 << 10

// failure is what the token endpoint says of a request: an error of RFC 6749,
// section 5.2. Cognito says no more than the code.
type failure struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// tokens are what a client gets.
type tokens struct {
	IDToken      string `json:"id_token,omitempty"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Type         string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // in seconds
}

// token is the token endpoint.
func (s *Service) token(w http.ResponseWriter, r *http.Request, pool Pool) {
	form, client, failed := readForm(w, r, pool)
	if failed != nil {
		answer(w, http.StatusBadRequest, failed)
		return
	}
	var t tokens
	var err error
	switch form.Get("grant_type") {
	case "authorization_code":
		t, failed, err = s.redeem(pool, client, form)
	case "refresh_token":
		t, failed, err = s.refresh(pool, client, form)
	default:
		failed = &failure{"unsupported_grant_type", "grant_type must be authorization_code or refresh_token"}
	}
	switch {
	case err != nil:
		answer(w, http.StatusInternalServerError, &failure{"server_error", err.Error()})
	case failed != nil:
		answer(w, http.StatusBadRequest, failed)
	default:
		answer(w, http.StatusOK, t)
	}
}

// readForm reads what a client posts, and which client it is.
func readForm(w http.ResponseWriter, r *http.Request, pool Pool) (url.Values, Client, *failure) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return nil, Client{}, &failure{"invalid_request", "the body must be application/x-www-form-urlencoded"}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return nil, Client{}, &failure{"invalid_request", "the body cannot be read: " + err.Error()}
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, Client{}, &failure{"invalid_request", name + " is given more than once"}
		}
	}
	client, ok := pool.Client(r.PostForm.Get("client_id"))
	switch {
	case !ok:
		return nil, Client{}, &failure{"invalid_client", "client_id is of no client of the user pool"}
	case client.Unsupported != "":
		return nil, Client{}, &failure{"unauthorized_client", client.Unsupported}
	}
	return r.PostForm, client, nil
}

// redeem gives tokens for an authorization code.
func (s *Service) redeem(pool Pool, client Client, form url.Values) (tokens, *failure, error) {
	now := s.now()
	c, ok := s.memory.takeCode(form.Get("code"), now)
	switch {
	case !ok || c.pool != pool.ID || c.client != client.ID:
		return tokens{}, &failure{"invalid_grant", "code is not one of this client's, was used, or its time is over"}, nil
	case c.redirect != form.Get("redirect_uri"):
		return tokens{}, &failure{"invalid_grant", "redirect_uri is another than the code was asked for with"}, nil
	case !verifies(form.Get("code_verifier"), c.challenge):
		return tokens{}, &failure{"invalid_grant", "code_verifier is not that of the challenge"}, nil
	}
	t, err := s.issue(pool, client, c.grant, now)
	if err == nil {
		t.RefreshToken, err = s.key.seal(refreshToken{
			Pool: pool.ID, Client: client.ID, Email: c.grant.user.email, Scopes: c.grant.scopes,
			SignedIn: c.grant.signedIn, Expires: now.Add(client.RefreshToken), OriginJTI: c.grant.originJTI, JTI: uuid.New(),
		})
	}
	return t, nil, err
}

// verifies tells whether a verifier is that of a challenge (RFC 7636, section
// 4.6).
func verifies(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// refresh gives tokens for a refresh token. Where that is good for once, there
// is another with them, whose time is over when the first's would have been.
func (s *Service) refresh(pool Pool, client Client, form url.Values) (tokens, *failure, error) {
	now := s.now()
	old, err := s.key.open(form.Get("refresh_token"), pool, client, now)
	if err != nil {
		return tokens{}, &failure{"invalid_grant", "refresh_token: " + err.Error()}, nil
	}
	if !s.memory.use(old, client, now) {
		return tokens{}, &failure{"invalid_grant", "refresh_token was used or revoked"}, nil
	}
	u, err := userOf(pool.ID, old.Email)
	if err != nil {
		return tokens{}, nil, err
	}
	t, err := s.issue(pool, client, grant{user: u, scopes: old.Scopes, signedIn: old.SignedIn, originJTI: old.OriginJTI}, now)
	if err == nil && client.Rotates {
		old.JTI = uuid.New()
		t.RefreshToken, err = s.key.seal(old)
	}
	return t, nil, err
}

// issue makes the tokens of a grant, but for the refresh token.
func (s *Service) issue(pool Pool, client Client, g grant, now time.Time) (tokens, error) {
	t := tokens{Type: "Bearer", ExpiresIn: int(client.AccessToken.Seconds())}
	var err error
	if t.AccessToken, err = s.key.access(pool, client, g, now); err != nil {
		return t, err
	}
	if slices.Contains(g.scopes, "openid") {
		t.IDToken, err = s.key.identity(pool, client, g, now)
	}
	return t, err
}

// revoke ends what a sign-in gave: its refresh tokens give no more tokens.
func (s *Service) revoke(w http.ResponseWriter, r *http.Request, pool Pool) {
	form, client, failed := readForm(w, r, pool)
	if failed != nil {
		answer(w, http.StatusBadRequest, failed)
		return
	}
	// One that is none any more is revoked already (RFC 7009, section 2.2).
	if t, err := s.key.open(form.Get("token"), pool, client, s.now()); err == nil {
		s.memory.revoke(t.OriginJTI)
	}
	answer(w, http.StatusOK, nil)
}

// answer sends JSON, or nothing, to whichever page asked.
func answer(w http.ResponseWriter, status int, body any) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cache-Control", "no-store")
	if body == nil {
		w.WriteHeader(status)
		return
	}
	header.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // an error is a client that went away
}

// preflight lets any page call the endpoints that answer JSON.
func preflight(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Methods", "GET, POST")
	header.Set("Access-Control-Allow-Headers", "authorization, content-type")
	w.WriteHeader(http.StatusNoContent)
}
