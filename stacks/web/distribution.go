package web

import (
	_ "embed" // for the CloudFront function

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

//go:embed cleanurls.js
var cleanURLs string

func newDistribution(scope constructs.Construct, bucket awss3.Bucket, props *SiteProps) awscloudfront.Distribution {
	var firewall *string
	if props.Firewall != nil {
		firewall = newFirewall(scope, props)
	}
	distribution := awscloudfront.NewDistribution(scope, jsii.String("Distribution"), &awscloudfront.DistributionProps{
		Comment:     jsii.String(props.Host),
		DomainNames: jsii.Strings(props.aliases()...),
		Certificate: awscertificatemanager.NewCertificate(scope, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
			DomainName:              jsii.String(props.Host),
			SubjectAlternativeNames: props.otherNames(),
			Validation:              awscertificatemanager.CertificateValidation_FromDns(props.Zone),
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
		WebAclId:       firewall,
		// For the alarm of origins out of reach: see watchSite.
		PublishAdditionalMetrics: jsii.Bool(props.AlarmTopic != nil),
	})
	awscdk.Annotations_Of(distribution).AcknowledgeWarning(
		jsii.String("@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk"),
		jsii.String("CloudFront never asks S3 for the list: there is a default root object, and the function adds index.html to every folder"))
	check.Accept(distribution,
		check.Exception{Rule: "AwsSolutions-CFR1", Reason: "the site is for customers of every country"},
		check.Exception{Rule: "AwsSolutions-CFR3", Reason: "it logs by CloudFront's standard logging (v2), which is in resources of its own"})
	if props.Firewall == nil {
		check.Accept(distribution,
			check.Exception{Rule: "AwsSolutions-CFR2", Reason: "the stage has no Firewall: WAF costs some dollars a month, and is for production"})
	}
	return distribution
}

// uncachedErrors keeps CloudFront from answering with an error that an origin
// has got over: by default it does for 10 s. The bodies stay the origin's own.
func uncachedErrors() *[]*awscloudfront.ErrorResponse {
	var responses []*awscloudfront.ErrorResponse
	for _, status := range []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504} {
		responses = append(responses, &awscloudfront.ErrorResponse{HttpStatus: jsii.Number(status), Ttl: seconds(0)})
	}
	return &responses
}
