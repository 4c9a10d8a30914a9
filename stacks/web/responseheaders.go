package web

import (
	"cmp"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newResponseHeaders defines the headers that the site's content is sent with.
func newResponseHeaders(scope constructs.Construct, props *SiteProps) awscloudfront.ResponseHeadersPolicy {
	return awscloudfront.NewResponseHeadersPolicy(scope, jsii.String("Headers"), &awscloudfront.ResponseHeadersPolicyProps{
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			ContentSecurityPolicy: &awscloudfront.ResponseHeadersContentSecurityPolicy{
				ContentSecurityPolicy: jsii.String(cmp.Or(props.ContentSecurityPolicy, contentSecurityPolicy(props.ConnectTo))),
				Override:              jsii.Bool(true),
			},
			StrictTransportSecurity: strictTransport(true),
			ContentTypeOptions:      &awscloudfront.ResponseHeadersContentTypeOptions{Override: jsii.Bool(true)},
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

// contentSecurityPolicy lets a page load what is the site's own, and its
// scripts call other origins where some are given.
func contentSecurityPolicy(connectTo []string) string {
	policy := "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	if len(connectTo) == 0 {
		return policy
	}
	return policy + "; connect-src 'self' " + strings.Join(connectTo, " ")
}

// newForwardedHeaders defines the headers that the edge adds to what a behavior
// forwards, and to its own answers there. The host is HTTPS alone, whichever of
// its paths a browser met first. All else is the origin's to say: a container
// may frame its pages, or have its scripts' types guessed.
func newForwardedHeaders(scope constructs.Construct) awscloudfront.ResponseHeadersPolicy {
	return awscloudfront.NewResponseHeadersPolicy(scope, jsii.String("ForwardedHeaders"), &awscloudfront.ResponseHeadersPolicyProps{
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{StrictTransportSecurity: strictTransport(false)},
	})
}

// strictTransport has browsers ask the host by HTTPS for two years. Not its
// subdomains, and not preloaded: they may be somebody else's.
func strictTransport(override bool) *awscloudfront.ResponseHeadersStrictTransportSecurity {
	return &awscloudfront.ResponseHeadersStrictTransportSecurity{
		AccessControlMaxAge: seconds(2 * 365 * 24 * time.Hour),
		Override:            jsii.Bool(override),
	}
}
