package cognito

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
)

// refreshToken is what a refresh token holds. Like Cognito's it is encrypted,
// so that nobody takes it for an access token; and that it holds everything is
// what keeps it good for a runner that was started again.
type refreshToken struct {
	Pool, Client, Email string
	Scopes              []string
	SignedIn, Expires   time.Time
	OriginJTI, JTI      string
}

var errRefreshToken = errors.New("it is not a refresh token of this client, or its time is over")

func (k *Key) seal(t refreshToken) (string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	sealed, err := jwe.Encrypt(text, jwe.WithKey(jwa.RSA_OAEP(), k.public), jwe.WithContentEncryption(jwa.A256GCM()))
	return string(sealed), err
}

func (k *Key) open(text string, pool Pool, client Client, now time.Time) (refreshToken, error) {
	var t refreshToken
	opened, err := jwe.Decrypt([]byte(text), jwe.WithKey(jwa.RSA_OAEP(), k.private))
	if err != nil || json.Unmarshal(opened, &t) != nil || t.Pool != pool.ID || t.Client != client.ID || !now.Before(t.Expires) {
		return refreshToken{}, errRefreshToken
	}
	return t, nil
}
