package cognito

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// authorization is a valid request of a client to sign somebody in.
type authorization struct {
	client                     Client
	redirect, state, challenge string
	scopes                     []string
	nonce, prompt              string
}

// refusal is why a request is not valid. It is told to the client, at redirect;
// or in the browser where nobody knows that this is the client's address
// (RFC 6749, section 4.1.2.1).
type refusal struct {
	redirect, state   string
	code, description string
}

func (r *refusal) Error() string { return r.code + ": " + r.description }

// address is where the client hears of the refusal.
func (r *refusal) address() string {
	return callback(r.redirect, r.state, url.Values{"error": {r.code}, "error_description": {r.description}})
}

// callback is an address of a client's with an answer to it.
func callback(redirect, state string, answer url.Values) string {
	if state != "" {
		answer.Set("state", state)
	}
	separator := "?"
	if strings.Contains(redirect, "?") {
		separator = "&"
	}
	return redirect + separator + answer.Encode()
}

// challenge is the SHA-256 of a verifier, in base64url without padding (RFC
// 7636, section 4.2).
var challengeS256 = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// authorize checks the query of /oauth2/authorize.
func authorize(pool Pool, query url.Values) (authorization, *refusal) {
	var a authorization
	a.redirect, a.state = query.Get("redirect_uri"), query.Get("state")
	client, ok := pool.Client(query.Get("client_id"))
	switch {
	case !ok:
		return a, &refusal{code: "invalid_client", description: "client_id is of no client of the user pool"}
	case client.Unsupported != "":
		return a, &refusal{code: "unauthorized_client", description: client.Unsupported}
	case !slices.Contains(client.Callbacks, a.redirect):
		return a, &refusal{code: "redirect_mismatch", description: "redirect_uri is not among the client's CallbackURLs, to the letter"}
	}
	a.client = client
	a.challenge, a.nonce, a.prompt = query.Get("code_challenge"), query.Get("nonce"), query.Get("prompt")
	a.scopes = strings.Fields(query.Get("scope"))
	if len(a.scopes) == 0 {
		a.scopes = client.Scopes
	}
	refuse := func(code, description string) (authorization, *refusal) {
		return a, &refusal{redirect: a.redirect, state: a.state, code: code, description: description}
	}
	for name, values := range query {
		if len(values) > 1 {
			return refuse("invalid_request", name+" is given more than once")
		}
	}
	switch {
	case query.Get("response_type") != "code":
		return refuse("unsupported_response_type", "response_type must be code")
	case query.Get("code_challenge_method") != "S256":
		// Cognito would take a request without a challenge. But a public client
		// should never send one, and here is where one finds out.
		return refuse("invalid_request", "code_challenge_method must be S256: a public client needs PKCE")
	case !challengeS256.MatchString(a.challenge):
		return refuse("invalid_request", "code_challenge must be the SHA-256 of the verifier in base64url, 43 characters")
	case slices.ContainsFunc(a.scopes, func(s string) bool { return !slices.Contains(client.Scopes, s) }):
		return refuse("invalid_scope", "scope must be among "+strings.Join(client.Scopes, " "))
	case !slices.Contains([]string{"", "login", "none"}, a.prompt):
		return refuse("invalid_request", "prompt must be login or none")
	case !slices.Contains([]string{"", "COGNITO"}, query.Get("identity_provider")):
		return refuse("invalid_request", "local mode has no identity_provider but COGNITO")
	}
	return a, nil
}
