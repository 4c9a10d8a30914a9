package clientcert

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"annex/ops/internal/account"
)

// Names are what a stage calls the things that are kept.
type Names struct {
	Stage   string // "prod"
	Account string // twelve digits
	Region  string // of the API's host
	APIHost string // "api.example.com"

	Bucket string // of the trust store
	Key    string // of the trust store in the bucket

	AuthorityParameter   string // in Region, a SecureString
	VersionParameter     string // in Region
	CertificateParameter string // in us-east-1
}

// subject is the leaf's domain name. Nobody looks it up or checks it: it tells
// the certificate from others in ACM.
func (n Names) subject() string { return "cloudfront.annex-" + n.Stage + ".internal" }

// Clients are the services' clients, two of them in us-east-1, where CloudFront
// looks for certificates.
type Clients struct {
	Parameters     Parameters // in the stage's region
	EdgeParameters Parameters // in us-east-1
	Bucket         Bucket
	Certificates   Certificates // in us-east-1
	Domains        Domains
}

// NewClients makes the clients of a stage's region and of us-east-1.
func NewClients(regional, edge aws.Config) Clients {
	return Clients{
		Parameters:     ssm.NewFromConfig(regional),
		EdgeParameters: ssm.NewFromConfig(edge),
		Bucket:         s3.NewFromConfig(regional),
		Certificates:   acm.NewFromConfig(edge),
		Domains:        apigatewayv2.NewFromConfig(regional),
	}
}

// Parameters is what is used of SSM.
type Parameters interface {
	account.Parameters
	PutParameter(context.Context, *ssm.PutParameterInput, ...func(*ssm.Options)) (*ssm.PutParameterOutput, error)
}

// Bucket is what is used of S3.
type Bucket interface {
	HeadBucket(context.Context, *s3.HeadBucketInput, ...func(*s3.Options)) (*s3.HeadBucketOutput, error)
	CreateBucket(context.Context, *s3.CreateBucketInput, ...func(*s3.Options)) (*s3.CreateBucketOutput, error)
	PutPublicAccessBlock(context.Context, *s3.PutPublicAccessBlockInput, ...func(*s3.Options)) (*s3.PutPublicAccessBlockOutput, error)
	PutBucketEncryption(context.Context, *s3.PutBucketEncryptionInput, ...func(*s3.Options)) (*s3.PutBucketEncryptionOutput, error)
	PutBucketVersioning(context.Context, *s3.PutBucketVersioningInput, ...func(*s3.Options)) (*s3.PutBucketVersioningOutput, error)
	PutBucketPolicy(context.Context, *s3.PutBucketPolicyInput, ...func(*s3.Options)) (*s3.PutBucketPolicyOutput, error)
	GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error)
	GetBucketEncryption(context.Context, *s3.GetBucketEncryptionInput, ...func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error)
	GetBucketVersioning(context.Context, *s3.GetBucketVersioningInput, ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error)
	GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Certificates is what is used of ACM.
type Certificates interface {
	ListCertificates(context.Context, *acm.ListCertificatesInput, ...func(*acm.Options)) (*acm.ListCertificatesOutput, error)
	DescribeCertificate(context.Context, *acm.DescribeCertificateInput, ...func(*acm.Options)) (*acm.DescribeCertificateOutput, error)
	GetCertificate(context.Context, *acm.GetCertificateInput, ...func(*acm.Options)) (*acm.GetCertificateOutput, error)
	ImportCertificate(context.Context, *acm.ImportCertificateInput, ...func(*acm.Options)) (*acm.ImportCertificateOutput, error)
}

// Domains is what is used of API Gateway.
type Domains interface {
	GetDomainName(context.Context, *apigatewayv2.GetDomainNameInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetDomainNameOutput, error)
}
