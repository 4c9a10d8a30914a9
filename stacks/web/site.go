package web

import (
	"cmp"
	_ "embed" // for the CloudFront function
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// SiteProps describe a website.
type SiteProps struct {
	// Host is the site's domain name: "www.example.com". Required.
	Host string

	// Zone is the hosted zone that Host is in. Required.
	Zone awsroute53.IHostedZone

	// Content is the folder of the site's files, relative to the root of the
	// repository. Required.
	Content string

	// Config is deployed as /config.json beside them, for the pages to read
	// what differs from stage to stage.
	// Default: no such file.
	Config map[string]string

	// Behaviors forward paths to other hosts, the first that matches first.
	// Default: every path is the content's.
	Behaviors []Behavior

	// ContentSecurityPolicy is sent with the content, not with what a behavior
	// forwards.
	// Default: everything from the site's own host, and nothing from elsewhere.
	ContentSecurityPolicy string
}

// Behavior forwards requests to a host, by HTTPS and uncached, with all that
// the viewer sent but the Host header: that is the origin's own.
type Behavior struct {
	// Paths are CloudFront path patterns: "/api/*". * stands for any
	// characters, ? for one. Required.
	Paths []string
	// Origin is the host to forward to. Required.
	Origin string
	// RedirectHTTP sends who asks by HTTP to the same address by HTTPS, for
	// pages that old links lead to.
	// Default: they get 403, so that no client of an API goes on sending its
	// tokens in the clear first.
	RedirectHTTP bool
}

// NewSite defines a website: static content in a private bucket, and behaviors
// that forward to other hosts. Its stack has to be in us-east-1.
func NewSite(scope constructs.Construct, id string, props *SiteProps) {
	region := *awscdk.Stack_Of(scope).Region()
	switch {
	case props.Host == "" || props.Zone == nil || props.Content == "":
		panic(&Error{"site", id, errors.New("want a host, its zone and the content")})
	case region != "us-east-1":
		panic(&Error{"site", id, fmt.Errorf("its stack is in %s: want us-east-1, where CloudFront looks for certificates", region)})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	bucket := awss3.NewBucket(group, jsii.String("Content"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
	distribution := newDistribution(group, bucket, props)
	for _, behavior := range props.Behaviors {
		forward(distribution, behavior)
	}
	deploy(group, bucket, distribution, props)
	newAddressRecords(group, props.Zone, props.Host, awsroute53targets.NewCloudFrontTarget(distribution))
}

func newDistribution(scope constructs.Construct, bucket awss3.Bucket, props *SiteProps) awscloudfront.Distribution {
	distribution := awscloudfront.NewDistribution(scope, jsii.String("Distribution"), &awscloudfront.DistributionProps{
		Comment:     jsii.String(props.Host),
		DomainNames: jsii.Strings(props.Host),
		Certificate: awscertificatemanager.NewCertificate(scope, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
			DomainName: jsii.String(props.Host),
			Validation: awscertificatemanager.CertificateValidation_FromDns(props.Zone),
		}),
		MinimumProtocolVersion: awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2025,
		HttpVersion:            awscloudfront.HttpVersion_HTTP2_AND_3,
		DefaultRootObject:      jsii.String("index.html"),
		DefaultBehavior: &awscloudfront.BehaviorOptions{
			Origin: awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(bucket, &awscloudfrontorigins.S3BucketOriginWithOACProps{
				// With leave to list, S3 answers 404 for what is missing; without, 403.
				OriginAccessLevels: &[]awscloudfront.AccessLevel{awscloudfront.AccessLevel_READ, awscloudfront.AccessLevel_LIST},
			}),
			ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
			CachePolicy:           awscloudfront.CachePolicy_CACHING_OPTIMIZED(),
			Compress:              jsii.Bool(true),
			ResponseHeadersPolicy: newResponseHeaders(scope, props),
			FunctionAssociations: &[]*awscloudfront.FunctionAssociation{{
				EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST,
				Function: awscloudfront.NewFunction(scope, jsii.String("CleanURLs"), &awscloudfront.FunctionProps{
					Code:    awscloudfront.FunctionCode_FromInline(jsii.String(cleanURLs)),
					Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
				}),
			}},
		},
		ErrorResponses: uncachedErrors(),
	})
	awscdk.Annotations_Of(distribution).AcknowledgeWarning(
		jsii.String("@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk"),
		jsii.String("CloudFront never asks S3 for the list: there is a default root object, and the function adds index.html to every folder"))
	return distribution
}

//go:embed cleanurls.js
var cleanURLs string

// uncachedErrors keeps CloudFront from answering with an error that an origin
// has got over: by default it does for 10 s. The bodies stay the origin's own.
func uncachedErrors() *[]*awscloudfront.ErrorResponse {
	var responses []*awscloudfront.ErrorResponse
	for _, status := range []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504} {
		responses = append(responses, &awscloudfront.ErrorResponse{HttpStatus: jsii.Number(status), Ttl: seconds(0)})
	}
	return &responses
}

func newResponseHeaders(scope constructs.Construct, props *SiteProps) awscloudfront.ResponseHeadersPolicy {
	return awscloudfront.NewResponseHeadersPolicy(scope, jsii.String("Headers"), &awscloudfront.ResponseHeadersPolicyProps{
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			ContentSecurityPolicy: &awscloudfront.ResponseHeadersContentSecurityPolicy{
				ContentSecurityPolicy: jsii.String(cmp.Or(props.ContentSecurityPolicy,
					"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")),
				Override: jsii.Bool(true),
			},
			StrictTransportSecurity: &awscloudfront.ResponseHeadersStrictTransportSecurity{
				// Not for subdomains, and not preloaded: they may be somebody else's.
				AccessControlMaxAge: seconds(2 * 365 * 24 * time.Hour),
				Override:            jsii.Bool(true),
			},
			ContentTypeOptions: &awscloudfront.ResponseHeadersContentTypeOptions{Override: jsii.Bool(true)},
			FrameOptions: &awscloudfront.ResponseHeadersFrameOptions{
				FrameOption: awscloudfront.HeadersFrameOption_DENY,
				Override:    jsii.Bool(true),
			},
			ReferrerPolicy: &awscloudfront.ResponseHeadersReferrerPolicy{
				ReferrerPolicy: awscloudfront.HeadersReferrerPolicy_STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
				Override:       jsii.Bool(true),
			},
		},
	})
}

// forward adds a behavior. CloudFront tries them in the order that they were
// added in.
func forward(distribution awscloudfront.Distribution, behavior Behavior) {
	origin := awscloudfrontorigins.NewHttpOrigin(jsii.String(behavior.Origin), &awscloudfrontorigins.HttpOriginProps{
		OriginId:           jsii.String(behavior.Origin),
		ProtocolPolicy:     awscloudfront.OriginProtocolPolicy_HTTPS_ONLY,
		OriginSslProtocols: &[]awscloudfront.OriginSslPolicy{awscloudfront.OriginSslPolicy_TLS_V1_2},
	})
	viewers := awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY
	if behavior.RedirectHTTP {
		viewers = awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS
	}
	for _, path := range behavior.Paths {
		distribution.AddBehavior(jsii.String(path), origin, &awscloudfront.AddBehaviorOptions{
			ViewerProtocolPolicy: viewers,
			AllowedMethods:       awscloudfront.AllowedMethods_ALLOW_ALL(),
			CachePolicy:          awscloudfront.CachePolicy_CACHING_DISABLED(),
			OriginRequestPolicy:  awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
		})
	}
}

// deploy copies the content into the bucket, and has CloudFront forget what it
// cached. Browsers ask each time whether a file changed, and CloudFront answers
// from its cache, so that a release is seen as soon as it is complete. Until
// then a page may meet the script of the other release: the files are uploaded
// one after another.
func deploy(scope constructs.Construct, bucket awss3.Bucket, distribution awscloudfront.Distribution, props *SiteProps) {
	sources := []awss3deployment.ISource{awss3deployment.Source_Asset(jsii.String(props.Content), nil)}
	if props.Config != nil {
		sources = append(sources, awss3deployment.Source_JsonData(jsii.String("config.json"), props.Config, nil))
	}
	awss3deployment.NewBucketDeployment(scope, jsii.String("Deployment"), &awss3deployment.BucketDeploymentProps{
		Sources:           &sources,
		DestinationBucket: bucket,
		Distribution:      distribution,
		CacheControl: &[]awss3deployment.CacheControl{
			awss3deployment.CacheControl_SetPublic(),
			awss3deployment.CacheControl_MaxAge(seconds(0)),
			awss3deployment.CacheControl_MustRevalidate(),
			awss3deployment.CacheControl_SMaxAge(seconds(24 * time.Hour)),
		},
		LogGroup: awslogs.NewLogGroup(scope, jsii.String("DeploymentLogs"), &awslogs.LogGroupProps{
			Retention:     awslogs.RetentionDays_ONE_MONTH,
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		}),
	})
}
