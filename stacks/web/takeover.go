package web

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// aliases are the hosts that the distribution has, according to the template.
//
// CloudFront gives a host to one distribution alone, and CloudFormation cannot
// take it from another. So a site whose host is taken begins at TakeoverHost,
// with a certificate for both, and the host is moved to its distribution by
// hand. From then on the template has both: it lacks nothing that is true, and
// whatever fails later is rolled back to there. The README has the steps.
func (p *SiteProps) aliases() []string {
	switch {
	case p.TakeoverHost == "":
		return []string{p.Host}
	case p.TakenOver:
		return []string{p.Host, p.TakeoverHost}
	}
	return []string{p.TakeoverHost}
}

// otherNames are the hosts, beside the site's own, that its certificate is for.
func (p *SiteProps) otherNames() *[]*string {
	if p.TakeoverHost == "" {
		return nil
	}
	return jsii.Strings(p.TakeoverHost)
}

// newSiteRecords points a host at a distribution, by IPv4 and IPv6.
//
// The records are weighted, though there are no others: Route 53 lets a record
// of somebody else's stand beside one that is, so that a host can be taken over
// without being without records in between.
func newSiteRecords(scope constructs.Construct, zone awsroute53.IHostedZone, host string, distribution awscloudfront.Distribution) {
	target := awsroute53.RecordTarget_FromAlias(awsroute53targets.NewCloudFrontTarget(distribution))
	identifier := awscdk.Stack_Of(scope).StackName()
	awsroute53.NewARecord(scope, jsii.String("IPv4"), &awsroute53.ARecordProps{
		Zone: zone, RecordName: jsii.String(host), Target: target, Weight: jsii.Number(1), SetIdentifier: identifier,
	})
	awsroute53.NewAaaaRecord(scope, jsii.String("IPv6"), &awsroute53.AaaaRecordProps{
		Zone: zone, RecordName: jsii.String(host), Target: target, Weight: jsii.Number(1), SetIdentifier: identifier,
	})
}
