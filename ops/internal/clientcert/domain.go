package clientcert

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"annex/ops/internal/account"
)

// readDomain reads which authorities the API's host trusts, as it is deployed.
func (r *run) readDomain(ctx context.Context, s *state) (version string, err error) {
	domain, err := r.clients.Domains.GetDomainName(ctx, &apigatewayv2.GetDomainNameInput{DomainName: aws.String(r.names.APIHost)})
	var missing *types.NotFoundException
	switch {
	case errors.As(err, &missing):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("reading the domain name %s of API Gateway: %w", r.names.APIHost, err)
	case domain.MutualTlsAuthentication == nil || aws.ToString(domain.MutualTlsAuthentication.TruststoreUri) == "":
		return "", nil
	}
	s.Asks = true
	version = aws.ToString(domain.MutualTlsAuthentication.TruststoreVersion)
	s.Trusted, err = r.trusted(ctx, aws.ToString(domain.MutualTlsAuthentication.TruststoreUri), version)
	return version, err
}

// trusted reads the trust store that API Gateway was given. It keeps a copy of
// its own, so the object may be gone; then nothing is known of it.
func (r *run) trusted(ctx context.Context, uri, version string) ([]*x509.Certificate, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	content, _, err := r.object(ctx, bucket, key, version)
	switch account.ErrorCode(err) {
	case "NoSuchKey", "NoSuchVersion", "NoSuchBucket":
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the trust store that %s has (%s, version %s): %w", r.names.APIHost, uri, version, err)
	}
	certificates, err := ParseCertificates(content)
	if err != nil {
		return nil, fmt.Errorf("the trust store that %s has (%s, version %s): %w", r.names.APIHost, uri, version, err)
	}
	return certificates, nil
}
