package apigateway

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"
)

const (
	keysLast     = 2 * time.Hour           // how long keys are kept, as the guide has it
	keysTimeout  = 1500 * time.Millisecond // of each fetch (§1.7)
	maxKeysBytes = 150_000                 // of a JWKS (§1.7)

	// keysPause is between two fetches for keys that are not there, so that
	// tokens with made-up key IDs do not become requests to the issuer. How long
	// AWS waits is not known. After a fetch that failed it is failedPause.
	keysPause   = 10 * time.Second
	failedPause = time.Second
)

// keySet are the public keys of one issuer.
type keySet struct {
	issuer string
	client *http.Client

	mu      sync.Mutex // also held while fetching: who comes meanwhile needs what is fetched
	keys    map[string]*rsa.PublicKey
	fetched time.Time // when keys were
	tried   time.Time // when they were last asked for
	failed  error     // of that fetch
}

func newKeySet(issuer string, transport http.RoundTripper) *keySet {
	return &keySet{issuer: issuer, client: issuersClient(transport)}
}

// issuersClient never follows a redirect: nothing says that API Gateway
// does, and an issuer that answers itself works either way.
func issuersClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// find is the issuer's key with that ID. One that is not there may be new, and
// is asked for.
func (s *keySet) find(ctx context.Context, kid string, now time.Time) (*rsa.PublicKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.fetched) < keysLast {
		if key := s.keys[kid]; key != nil {
			return key, nil
		}
	}
	pause := keysPause
	if s.failed != nil {
		pause = failedPause
	}
	if now.Sub(s.tried) >= pause {
		s.tried = now
		var keys map[string]*rsa.PublicKey
		// For those who wait too, should this client go away.
		if keys, s.failed = s.fetch(context.WithoutCancel(ctx)); s.failed == nil {
			s.keys, s.fetched = keys, now
		}
	}
	switch {
	case s.failed != nil:
		return nil, fmt.Errorf("the keys of %s cannot be had, so nothing can be verified: %w", s.issuer, s.failed)
	case now.Sub(s.fetched) >= keysLast || s.keys[kid] == nil:
		return nil, fmt.Errorf("%s has no RSA key %.100q (asked %s ago)", s.issuer, kid, now.Sub(s.tried).Round(time.Second))
	}
	return s.keys[kid], nil
}

// fetch gets the keys by the issuer's discovery document (OpenID Connect
// Discovery 1.0, section 4).
func (s *keySet) fetch(ctx context.Context) (map[string]*rsa.PublicKey, error) {
	var discovery struct {
		JWKSURI string `json:"jwks_uri"`
	}
	document, err := s.get(ctx, strings.TrimSuffix(s.issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(document, &discovery); err != nil || !strings.HasPrefix(discovery.JWKSURI, "https://") {
		return nil, errors.New("its discovery document has no jwks_uri with https")
	}
	if document, err = s.get(ctx, discovery.JWKSURI); err != nil {
		return nil, err
	}
	return parseKeys(document)
}

func (s *keySet) get(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keysTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil) //nolint:gosec // the issuer is the template's, and says itself where its keys are
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(r) //nolint:gosec // as above
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeysBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("GET %s: %w", url, err)
	case len(body) > maxKeysBytes:
		return nil, fmt.Errorf("GET %s: more than the %d bytes that API Gateway reads", url, maxKeysBytes)
	}
	return body, nil
}

// parseKeys reads a JWKS. Keys of another kind or use are left out, and so are
// those without an ID, which no token could name.
func parseKeys(document []byte) (map[string]*rsa.PublicKey, error) {
	set, err := jwk.Parse(document, jwk.WithIgnoreParseError(true))
	if err != nil {
		return nil, errors.New("its jwks_uri gives no JSON Web Key Set")
	}
	keys := map[string]*rsa.PublicKey{}
	for i := range set.Len() {
		one, _ := set.Key(i)
		kid, _ := one.KeyID()
		use, used := one.KeyUsage()
		var key rsa.PublicKey
		if kid == "" || used && use != "sig" || jwk.Export(one, &key) != nil {
			continue
		}
		keys[kid] = &key
	}
	return keys, nil
}
