package web

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// SiteProps describe a website.
type SiteProps struct {
	// Host is the site's domain name: "www.example.com". Required.
	Host string

	// Zone is the hosted zone that Host is in. Required.
	Zone awsroute53.IHostedZone

	// TakeoverHost is where the site is while another distribution still has Host:
	// see aliases. It is in the zone, too.
	// Default: the site is at Host.
	TakeoverHost string

	// TakenOver says that Host has been moved to the site's distribution, which
	// has TakeoverHost too.
	TakenOver bool

	// Content is the folder of the site's files, relative to the root of the
	// repository. Required.
	Content string

	// Config is deployed as /config.json beside them, for the pages to read
	// what differs from stage to stage: JSON values, in which a string may be
	// of another stack's resource.
	// Default: no such file.
	Config map[string]any

	// Behaviors forward paths to other hosts, the first that matches first.
	// Default: every path is the content's.
	Behaviors []Behavior

	// ConnectTo are origins, beside the site's own, that the pages' scripts may
	// call: "https://id.example.com".
	// Default: none.
	ConnectTo []string

	// ContentSecurityPolicy is sent with the content, not with what a behavior
	// forwards.
	// Default: everything from the site's own host, calls to ConnectTo, and
	// nothing else.
	ContentSecurityPolicy string

	// Firewall is AWS WAF before the site.
	// Default: none.
	Firewall *Firewall

	// LogRetention is how long CloudWatch keeps the access log, and those of the
	// firewall and of deployments.
	// Default: one month.
	LogRetention awslogs.RetentionDays

	// AlarmTopic is told of the site's alarms. It has to be in us-east-1.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

func (p *SiteProps) validate() error {
	if p.Host == "" || p.Zone == nil || p.Content == "" {
		return errors.New("want a host, its zone and the content")
	}
	for _, behavior := range p.Behaviors {
		if err := behavior.validate(); err != nil {
			return err
		}
	}
	if p.TakenOver && p.TakeoverHost == "" {
		return errors.New("taken over without a takeover host: want neither when all is done")
	}
	if p.TakeoverHost == p.Host {
		return fmt.Errorf("takeover host %q: want another than the host to take over", p.TakeoverHost)
	}
	return p.Firewall.validate()
}

func (p *SiteProps) logRetention() awslogs.RetentionDays {
	return cmp.Or(p.LogRetention, awslogs.RetentionDays_ONE_MONTH)
}

// NewSite defines a website: static content in a private bucket, and behaviors
// that forward to other hosts. Its stack has to be in us-east-1.
func NewSite(scope constructs.Construct, id string, props *SiteProps) {
	region := *awscdk.Stack_Of(scope).Region()
	if err := props.validate(); err != nil {
		panic(&Error{"site", id, err})
	}
	if region != "us-east-1" {
		panic(&Error{"site", id, fmt.Errorf("its stack is in %s: want us-east-1, where CloudFront looks for certificates", region)})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	bucket := newContentBucket(group)
	distribution := newDistribution(group, bucket, props)
	headers := newForwardedHeaders(group)
	for _, behavior := range props.Behaviors {
		forward(group, distribution, headers, behavior)
	}
	logAccess(group, distribution, props.logRetention())
	if props.AlarmTopic != nil {
		watchSite(group, distribution, props)
	}
	deploy(group, bucket, distribution, props)
	newSiteRecords(group, props.Zone, cmp.Or(props.TakeoverHost, props.Host), distribution)
}
