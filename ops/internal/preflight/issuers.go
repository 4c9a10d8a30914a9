package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// issuerTime is how long API Gateway waits for an issuer, and jwksSize what
	// it reads of its keys (developer guide, "Quotas for configuring and running
	// an HTTP API").
	issuerTime = 1500 * time.Millisecond
	jwksSize   = 150_000
)

// checkIssuers finds JWT issuers that do not answer as API Gateway needs it.
// A user pool that a template makes is none to be asked yet.
func checkIssuers(ctx context.Context, w *world) []Finding {
	var findings []Finding
	seen := map[string]bool{}
	for _, r := range w.resources("AWS::ApiGatewayV2::Authorizer") {
		config, _ := r.raw("JwtConfiguration").(map[string]any)
		issuer, _ := config["Issuer"].(string)
		if issuer == "" || seen[issuer] {
			continue
		}
		seen[issuer] = true
		findings = append(findings, judgeIssuer("issuer "+issuer, askIssuer(ctx, w.services.HTTP, issuer)))
	}
	return findings
}

func judgeIssuer(resource string, err error) Finding {
	if err != nil {
		return stops(resource, "have it answer, or name another in the authorizer: API Gateway asks it when the authorizer is made, and at run time", "%v", err)
	}
	return fine(resource, "it answers")
}

// askIssuer reads the issuer's discovery document and its keys, as API Gateway
// does.
func askIssuer(ctx context.Context, client *http.Client, issuer string) error {
	text, err := fetch(ctx, client, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return err
	}
	var discovery struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &discovery); err != nil || discovery.JWKSURI == "" {
		return errors.New("its /.well-known/openid-configuration names no jwks_uri")
	}
	if discovery.Issuer != issuer {
		return fmt.Errorf("its /.well-known/openid-configuration says that it is %s: the tokens will not be of this one", discovery.Issuer)
	}
	keys, err := fetch(ctx, client, discovery.JWKSURI)
	if err != nil {
		return err
	}
	if len(keys) > jwksSize {
		return fmt.Errorf("its keys at %s are more than %d bytes, which API Gateway does not read", discovery.JWKSURI, jwksSize)
	}
	return nil
}

func fetch(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, issuerTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("%s does not answer in %s, which is what API Gateway waits", url, issuerTime)
		}
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, jwksSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return text, nil
}
