package clientcert

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
)

// findLeaf reads the leaf that the parameter names. One that was imported by a
// run which was stopped before it could write the parameter is known by its
// subject.
func (r *run) findLeaf(ctx context.Context, named string, s *state) (arn string, err error) {
	if named != "" {
		found, err := r.readLeaf(ctx, named, s)
		if found || err != nil {
			return named, err
		}
	}
	pages := acm.NewListCertificatesPaginator(r.clients.Certificates, &acm.ListCertificatesInput{
		Includes: &types.Filters{KeyTypes: []types.KeyAlgorithm{types.KeyAlgorithmEcPrime256v1}}, // without, it lists RSA alone
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("looking for the client certificate in ACM: %w", err)
		}
		for _, certificate := range page.CertificateSummaryList {
			if certificate.Type == types.CertificateTypeImported && aws.ToString(certificate.DomainName) == r.names.subject() {
				arn = aws.ToString(certificate.CertificateArn)
				found, err := r.readLeaf(ctx, arn, s)
				if found || err != nil {
					return arn, err
				}
			}
		}
	}
	return "", nil
}

// readLeaf reads a certificate of ACM's into the state. It is not found where
// somebody has deleted it.
func (r *run) readLeaf(ctx context.Context, arn string, s *state) (found bool, err error) {
	described, err := r.clients.Certificates.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the client certificate %s: %w", arn, err)
	}
	got, err := r.clients.Certificates.GetCertificate(ctx, &acm.GetCertificateInput{CertificateArn: aws.String(arn)})
	if err != nil {
		return false, fmt.Errorf("reading the client certificate %s: %w", arn, err)
	}
	leaf, err := ParseCertificates([]byte(aws.ToString(got.Certificate)))
	if err != nil {
		return false, fmt.Errorf("reading the client certificate %s: %w", arn, err)
	}
	s.Leaf, s.Imported = leaf[0], aws.ToTime(described.Certificate.ImportedAt)
	if chain, err := ParseCertificates([]byte(aws.ToString(got.CertificateChain))); err == nil {
		s.LeafIssuer = chain[len(chain)-1]
	}
	return true, nil
}

// importLeaf imports a leaf, in the place of the one of that ARN if there is
// one: then everything that uses it goes on with the new.
func (r *run) importLeaf(ctx context.Context, leaf *Leaf, over string) (arn string, err error) {
	input := &acm.ImportCertificateInput{Certificate: leaf.CertificatePEM, CertificateChain: leaf.ChainPEM, PrivateKey: leaf.KeyPEM}
	if over != "" {
		input.CertificateArn = aws.String(over)
	} else {
		input.Tags = []types.Tag{{Key: aws.String("Name"), Value: aws.String("annex-" + r.names.Stage + "-origin")}}
	}
	imported, err := r.clients.Certificates.ImportCertificate(ctx, input)
	if err != nil {
		return "", fmt.Errorf("importing the client certificate into ACM: %w", err)
	}
	return aws.ToString(imported.CertificateArn), nil
}
