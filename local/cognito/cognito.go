// Package cognito stands in for Amazon Cognito: the sign-in pages of a user
// pool's domain, its OAuth endpoints, and the keys that its issuer publishes.
// Whoever gives a name is signed in as that user. Tokens look as Cognito's do,
// so that what checks them needs no word of local mode. Only local's packages
// may import it.
package cognito

import (
	"slices"
	"strings"
	"time"
)

// Config is what the templates say of user pools.
type Config struct{ Pools []Pool }

// Pool is a user pool.
type Pool struct {
	ID      string // "eu-west-1_0123456789abc"
	Issuer  string // "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_0123456789abc"
	Hosts   []string
	Clients []Client
}

// Client is an app client of a pool.
type Client struct {
	ID        string
	Callbacks []string // the redirect_uri that it may give
	Logouts   []string // the logout_uri that it may give
	Scopes    []string

	AccessToken, IDToken, RefreshToken time.Duration // how long each is good for

	// Rotates has a refresh token work once, and for Grace longer.
	Rotates bool
	Grace   time.Duration

	// Unsupported is the reason for which nobody signs in with it here; empty
	// where they do.
	Unsupported string
}

// Client is the client with the ID.
func (p Pool) Client(id string) (Client, bool) {
	i := slices.IndexFunc(p.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return p.Clients[i], true
}

// issuerHost is the host in the pool's issuer.
func (p Pool) issuerHost() string {
	host, _, _ := strings.Cut(strings.TrimPrefix(p.Issuer, "https://"), "/")
	return host
}
