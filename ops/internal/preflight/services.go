package preflight

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"annex/ops/internal/account"
)

// Services are what the checks look with.
type Services struct {
	Regions       map[string]Region // by name: those of the stacks
	Zones         Zones
	Distributions Distributions
	DNS           Resolver
	HTTP          *http.Client // for what is public
}

// Region are the services of one region.
type Region struct {
	Stacks       Stacks
	Parameters   account.Parameters
	Logs         Logs
	Tables       Tables
	Buckets      Buckets
	Domains      Domains
	Account      Account
	Functions    Functions
	Certificates Certificates
	Secrets      Secrets
	SignIn       SignIn
}

// NewServices makes the clients, with the credentials of the configuration.
func NewServices(cfg aws.Config, dns Resolver, client *http.Client, regions ...string) Services {
	s := Services{
		Regions:       map[string]Region{},
		Zones:         route53.NewFromConfig(cfg),
		Distributions: cloudfront.NewFromConfig(cfg),
		DNS:           dns,
		HTTP:          client,
	}
	for _, region := range regions {
		regional := cfg.Copy()
		regional.Region = region
		s.Regions[region] = Region{
			Stacks:       cloudformation.NewFromConfig(regional),
			Parameters:   ssm.NewFromConfig(regional),
			Logs:         cloudwatchlogs.NewFromConfig(regional),
			Tables:       dynamodb.NewFromConfig(regional),
			Buckets:      s3.NewFromConfig(regional),
			Domains:      apigatewayv2.NewFromConfig(regional),
			Account:      apigateway.NewFromConfig(regional),
			Functions:    lambda.NewFromConfig(regional),
			Certificates: acm.NewFromConfig(regional),
			Secrets:      secretsmanager.NewFromConfig(regional),
			SignIn:       cognitoidentityprovider.NewFromConfig(regional),
		}
	}
	return s
}

// Logs is what is used of CloudWatch Logs.
type Logs interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
}

// Tables is what is used of DynamoDB.
type Tables interface {
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// Buckets is what is used of S3.
type Buckets interface {
	HeadBucket(context.Context, *s3.HeadBucketInput, ...func(*s3.Options)) (*s3.HeadBucketOutput, error)
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
}

// Domains is what is used of API Gateway.
type Domains interface {
	GetDomainName(context.Context, *apigatewayv2.GetDomainNameInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetDomainNameOutput, error)
	GetAuthorizer(context.Context, *apigatewayv2.GetAuthorizerInput, ...func(*apigatewayv2.Options)) (*apigatewayv2.GetAuthorizerOutput, error)
}

// Account is what is used of API Gateway that is of no API.
type Account interface {
	GetAccount(context.Context, *apigateway.GetAccountInput, ...func(*apigateway.Options)) (*apigateway.GetAccountOutput, error)
}

// Functions is what is used of Lambda.
type Functions interface {
	GetAccountSettings(context.Context, *lambda.GetAccountSettingsInput, ...func(*lambda.Options)) (*lambda.GetAccountSettingsOutput, error)
	GetFunctionConfiguration(context.Context, *lambda.GetFunctionConfigurationInput, ...func(*lambda.Options)) (*lambda.GetFunctionConfigurationOutput, error)
	GetAlias(context.Context, *lambda.GetAliasInput, ...func(*lambda.Options)) (*lambda.GetAliasOutput, error)
}

// Certificates is what is used of ACM.
type Certificates interface {
	DescribeCertificate(context.Context, *acm.DescribeCertificateInput, ...func(*acm.Options)) (*acm.DescribeCertificateOutput, error)
}

// Secrets is what is used of Secrets Manager.
type Secrets interface {
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
}

// SignIn is what is used of Cognito.
type SignIn interface {
	DescribeUserPoolDomain(context.Context, *cognitoidentityprovider.DescribeUserPoolDomainInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolDomainOutput, error)
}

// Zones is what is used of Route 53.
type Zones interface {
	GetHostedZone(context.Context, *route53.GetHostedZoneInput, ...func(*route53.Options)) (*route53.GetHostedZoneOutput, error)
	ListResourceRecordSets(context.Context, *route53.ListResourceRecordSetsInput, ...func(*route53.Options)) (*route53.ListResourceRecordSetsOutput, error)
}

// Distributions is what is used of CloudFront.
type Distributions interface {
	ListDistributions(context.Context, *cloudfront.ListDistributionsInput, ...func(*cloudfront.Options)) (*cloudfront.ListDistributionsOutput, error)
	ListDomainConflicts(context.Context, *cloudfront.ListDomainConflictsInput, ...func(*cloudfront.Options)) (*cloudfront.ListDomainConflictsOutput, error)
}
