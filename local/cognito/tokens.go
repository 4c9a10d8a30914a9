package cognito

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"annex/local/uuid"
)

// grant is what a user allowed a client by signing in.
type grant struct {
	user      user
	scopes    []string
	nonce     string
	signedIn  time.Time
	originJTI string // names the sign-in in every token that comes of it
}

// AccessToken is the access token that the client would get if the user of that
// name signed in now, for all of its scopes.
func (k *Key) AccessToken(pool Pool, client Client, name string, now time.Time) (string, error) {
	u, err := userOf(pool.ID, name)
	if err != nil {
		return "", err
	}
	return k.access(pool, client, grant{user: u, scopes: client.Scopes, signedIn: now, originJTI: uuid.New()}, now)
}

// access makes an access token, with the claims of "Understanding the access
// token" in Cognito's guide.
func (k *Key) access(pool Pool, client Client, g grant, now time.Time) (string, error) {
	return k.sign(pool, g, now, client.AccessToken, map[string]any{
		"token_use": "access",
		"client_id": client.ID,
		"scope":     strings.Join(g.scopes, " "),
		"username":  g.user.sub, // it is a UUID where users sign in with an email address
		"version":   2,
	})
}

// identity makes an ID token, with the claims of "Understanding the identity
// (ID) token".
func (k *Key) identity(pool Pool, client Client, g grant, now time.Time) (string, error) {
	claims := map[string]any{
		"token_use":        "id",
		"aud":              client.ID,
		"cognito:username": g.user.sub,
	}
	if slices.Contains(g.scopes, "email") {
		claims["email"], claims["email_verified"] = g.user.email, true
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	return k.sign(pool, g, now, client.IDToken, claims)
}

func (k *Key) sign(pool Pool, g grant, now time.Time, life time.Duration, own map[string]any) (string, error) {
	claims := map[string]any{
		"iss":        pool.Issuer,
		"sub":        g.user.sub,
		"origin_jti": g.originJTI,
		"jti":        uuid.New(),
		"auth_time":  g.signedIn.Unix(),
		"iat":        now.Unix(),
		"exp":        now.Add(life).Unix(),
	}
	maps.Copy(claims, own)
	token := jwt.New()
	token.Options().Enable(jwt.FlattenAudience) // one audience is a string, as Cognito writes it
	for name, value := range claims {
		if err := token.Set(name, value); err != nil {
			return "", fmt.Errorf("claim %s: %w", name, err)
		}
	}
	text, err := jwt.Sign(token, jwt.WithKey(jwa.RS256(), k.private))
	return string(text), err
}
