package preflight

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"annex/ops/internal/account"
	"annex/ops/internal/clientcert"
)

// checkOrigin finds that what only the edge reaches the APIs by is missing: the
// trust store of the API's host, and the certificate that CloudFront shows.
func checkOrigin(ctx context.Context, w *world) []Finding {
	if w.stage.Origin == nil {
		return nil
	}
	return []Finding{w.checkTrustStore(ctx), w.checkCertificate(ctx)}
}

func (w *world) makeOrigin() string { return "make origin-certificate STAGE=" + w.stage.Name }

func (w *world) checkTrustStore(ctx context.Context) Finding {
	names := w.stage.Origin
	resource := "trust store s3://" + names.TrustStoreBucket + "/" + names.TrustStoreKey
	region := w.services.Regions[w.stage.Region]
	version, err := account.Parameter(ctx, region.Parameters, names.VersionParameter)
	if err != nil {
		return unknown(resource, err)
	}
	if version == "" {
		return stops(resource, w.makeOrigin(), "the parameter %s names no version of it", names.VersionParameter)
	}
	_, err = region.Buckets.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: aws.String(names.TrustStoreBucket), Key: aws.String(names.TrustStoreKey), VersionId: aws.String(version),
		ExpectedBucketOwner: aws.String(w.stage.Account),
	})
	var response *awshttp.ResponseError
	switch {
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotFound:
		return stops(resource, w.makeOrigin(), "there is no version %s of it, which the parameter %s names", version, names.VersionParameter)
	case err != nil:
		return unknown(resource, err)
	}
	return fine(resource, "version %s is there", version)
}

func (w *world) checkCertificate(ctx context.Context) Finding {
	const resource = "client certificate of CloudFront"
	edge := w.services.Regions["us-east-1"]
	arn, err := account.Parameter(ctx, edge.Parameters, w.stage.Origin.CertificateParameter)
	if err != nil {
		return unknown(resource, err)
	}
	if arn == "" {
		return stops(resource, w.makeOrigin(), "the parameter %s in us-east-1 names none", w.stage.Origin.CertificateParameter)
	}
	got, err := edge.Certificates.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	var missing *acmtypes.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return stops(resource, w.makeOrigin(), "%s is not there", arn)
	case err != nil:
		return unknown(resource, err)
	}
	return judgeCertificate(resource, w.makeOrigin(), aws.ToTime(got.Certificate.NotAfter), w.now)
}

func judgeCertificate(resource, do string, end, now time.Time) Finding {
	day := end.UTC().Format(time.DateOnly)
	switch {
	case !now.Before(end):
		return stops(resource, do, "it expired on %s: the API's host refuses it", day)
	case end.Sub(now) < clientcert.LeafRenewal:
		return surprises(resource, do, "it expires on %s", day)
	}
	return fine(resource, "it expires on %s", day)
}
