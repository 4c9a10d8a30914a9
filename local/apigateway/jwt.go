package apigateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// jwtGuard lets the bearers of an issuer's tokens pass (§1.9).
type jwtGuard struct {
	authorizer *Authorizer
	keys       *keySet
}

// jwtContext is what a function is told of a token.
type jwtContext struct {
	Claims map[string]string `json:"claims"`

	// Scopes are the token's on a route that asks for scopes, and null on
	// another, whatever the token has (a capture in DefinitelyTyped's pull
	// request 75458; §1.4).
	Scopes []string `json:"scopes"`
}

func (g *jwtGuard) check(ctx context.Context, a *attempt) (*authorizer, error) {
	source := g.authorizer.IdentitySources[0]
	token := bearer(source.value(a.event))
	if token == "" {
		f := missingSource(source)
		f.challenge = "Bearer" // no error is named to who sent no token (RFC 6750, section 3.1)
		return nil, f
	}
	claims, mistake := g.claims(ctx, token, a.now)
	if mistake == nil {
		mistake = checkClaims(claims, g.authorizer, a.now)
	}
	if mistake != nil {
		f := unauthorized(mistake.cause)
		f.challenge = challenge(a.route.Scopes, "invalid_token", mistake.description)
		return nil, f
	}
	caller := &jwtContext{Claims: claimTexts(claims)}
	if len(a.route.Scopes) > 0 {
		caller.Scopes = tokenScopes(claims)
		if !slices.ContainsFunc(caller.Scopes, func(scope string) bool { return slices.Contains(a.route.Scopes, scope) }) {
			f := forbidden(fmt.Errorf("the token's scopes are %q, and the route wants one of %q", caller.Scopes, a.route.Scopes))
			f.challenge = challenge(a.route.Scopes, "insufficient_scope", "the token does not have a scope of the route")
			return nil, f
		}
	}
	return &authorizer{JWT: caller}, nil
}

// challenge is the header as AWS writes it, without commas between its
// parameters (§1.6). The description of a wrong audience is AWS's, that of a
// wrong issuer was reported from an access log, and the others are this
// gateway's own: AWS publishes none.
func challenge(scopes []string, code, description string) string {
	return fmt.Sprintf("Bearer scope=%q error=%q error_description=%q", strings.Join(scopes, " "), code, description)
}

// tokenError is a token that is not accepted.
type tokenError struct {
	description string // for the client: fixed words, nothing from the token
	cause       error  // for the developer: claims perhaps, but never the token
}

func badToken(description, format string, args ...any) *tokenError {
	return &tokenError{description, fmt.Errorf("the token is not accepted: "+format, args...)}
}

// rsaAlgorithms are what signs a token: only RSA does (§1.9). Whether that takes
// in RSA with PSS is not written, so a token with it fails here.
var rsaAlgorithms = []jwa.SignatureAlgorithm{jwa.RS256(), jwa.RS384(), jwa.RS512()}

// claims are those of a token that its issuer signed.
func (g *jwtGuard) claims(ctx context.Context, token string, now time.Time) (map[string]any, *tokenError) {
	message, err := jws.ParseString(token, jws.WithCompact())
	if err != nil || len(message.Signatures()) != 1 {
		return nil, badToken("the token is malformed", "it is no JWT of three parts, each in base64url")
	}
	header := message.Signatures()[0].ProtectedHeaders()
	algorithm, _ := header.Algorithm()
	if !slices.Contains(rsaAlgorithms, algorithm) {
		return nil, badToken("the signing algorithm is not supported", "it is signed by %.40q, and API Gateway takes RS256, RS384 and RS512", algorithm.String())
	}
	kid, _ := header.KeyID()
	if kid == "" {
		return nil, badToken("the token has no key ID", `its header has no "kid"`)
	}
	key, err := g.keys.find(ctx, kid, now)
	if err != nil {
		return nil, badToken("the signing key is not known", "%w", err)
	}
	payload, err := jws.Verify([]byte(token), jws.WithKey(algorithm, key))
	if err != nil {
		return nil, badToken("the signature is not valid", "key %.100q of %s did not sign it", kid, g.keys.issuer)
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber() // a claim's text is to be the token's
	var claims map[string]any
	if err := decoder.Decode(&claims); err != nil {
		return nil, badToken("the token is malformed", "its claims are no JSON object")
	}
	return claims, nil
}
