package web

import (
	"errors"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Behavior forwards requests to a host, uncached, with all that the viewer sent
// but the Host header: that is the origin's own.
type Behavior struct {
	// ID names the behavior among the site's constructs. Required.
	ID string
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
	// Default: it is asked by HTTPS.
	PlainHTTP bool
	// ClientCertificate is the ARN of the certificate, in ACM of us-east-1, that
	// CloudFront shows to the origin. It is renewed by hand, so SiteProps.AlarmTopic
	// is told 30 days before it expires.
	// Default: CloudFront shows none.
	ClientCertificate *string
	// AllowOrigins are the origins whose pages may read what the behavior
	// answers, for an origin that knows nothing of CORS:
	// "https://admin.example.com". They send no cookies.
	// Default: none; the origin answers preflights, and says who may read.
	AllowOrigins []string
}

func (b Behavior) validate() error {
	if b.ID == "" || len(b.Paths) == 0 || b.Origin == "" {
		return errors.New("a behavior wants an ID, paths and an origin")
	}
	if b.PlainHTTP && b.ClientCertificate != nil {
		return fmt.Errorf("behavior of %s: a client certificate is shown by HTTPS alone: take PlainHTTP away", b.Origin)
	}
	for _, origin := range b.AllowOrigins {
		if !IsPageOrigin(origin) {
			return fmt.Errorf("behavior of %s: origin %q: want %s", b.Origin, origin, PageOrigin)
		}
	}
	return nil
}

// forward adds a behavior. CloudFront tries them in the order that they were
// added in.
func forward(scope constructs.Construct, distribution awscloudfront.Distribution, headers awscloudfront.IResponseHeadersPolicy, behavior Behavior) {
	protocol := awscloudfront.OriginProtocolPolicy_HTTPS_ONLY
	if behavior.PlainHTTP {
		protocol = awscloudfront.OriginProtocolPolicy_HTTP_ONLY
	}
	origin := awscloudfrontorigins.NewHttpOrigin(jsii.String(behavior.Origin), &awscloudfrontorigins.HttpOriginProps{
		OriginId:           jsii.String(behavior.Origin),
		ProtocolPolicy:     protocol,
		OriginSslProtocols: &[]awscloudfront.OriginSslPolicy{awscloudfront.OriginSslPolicy_TLS_V1_2},
	})
	options := &awscloudfront.AddBehaviorOptions{
		ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY,
		AllowedMethods:        awscloudfront.AllowedMethods_ALLOW_ALL(),
		CachePolicy:           awscloudfront.CachePolicy_CACHING_DISABLED(),
		OriginRequestPolicy:   awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
		ResponseHeadersPolicy: headers,
	}
	if behavior.RedirectHTTP {
		options.ViewerProtocolPolicy = awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS
	}
	if len(behavior.AllowOrigins) > 0 {
		addCORS(scope, options, behavior)
	}
	for _, path := range behavior.Paths {
		distribution.AddBehavior(jsii.String(path), origin, options)
	}
	if behavior.ClientCertificate != nil {
		showCertificate(distribution, behavior)
	}
}

// showCertificate has CloudFront show a client certificate to the behavior's
// origin. The CDK's origin has no such prop, and its place in the template is
// the CDK's affair, so it is looked for there.
func showCertificate(distribution awscloudfront.Distribution, behavior Behavior) {
	resource := distribution.Node().DefaultChild().(awscloudfront.CfnDistribution)
	config, _ := awscdk.Stack_Of(distribution).Resolve(resource.DistributionConfig()).(map[string]any)
	origins, _ := config["origins"].([]any)
	for i, origin := range origins {
		if origin, _ := origin.(map[string]any); origin["id"] == behavior.Origin {
			resource.AddPropertyOverride(
				jsii.String(fmt.Sprintf("DistributionConfig.Origins.%d.CustomOriginConfig.OriginMtlsConfig.ClientCertificateArn", i)),
				behavior.ClientCertificate)
			return
		}
	}
	panic(fmt.Sprintf("web: the distribution has no origin %s: the CDK writes them in another way now, see showCertificate", behavior.Origin))
}
