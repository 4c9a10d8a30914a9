package web

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/jsii-runtime-go"
)

// Behavior forwards requests to a host, uncached, with all that the viewer sent
// but the Host header: that is the origin's own.
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
	// PlainHTTP is for an origin that does not answer HTTPS: it is asked by
	// HTTP.
	PlainHTTP bool
}

// forward adds a behavior. CloudFront tries them in the order that they were
// added in.
func forward(distribution awscloudfront.Distribution, behavior Behavior) {
	protocol := awscloudfront.OriginProtocolPolicy_HTTPS_ONLY
	if behavior.PlainHTTP {
		protocol = awscloudfront.OriginProtocolPolicy_HTTP_ONLY
	}
	origin := awscloudfrontorigins.NewHttpOrigin(jsii.String(behavior.Origin), &awscloudfrontorigins.HttpOriginProps{
		OriginId:           jsii.String(behavior.Origin),
		ProtocolPolicy:     protocol,
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
