package web

import "github.com/aws/jsii-runtime-go"

// Takeover is a site on its way from a distribution that no stack owns. CloudFront
// gives a host to one distribution alone, and takes none away by itself, so the
// site begins at a second host, and the first is moved to it by hand. The README
// has the steps.
type Takeover struct {
	// Host is the second host, in the same zone: "new.example.com". Its records
	// are the stack's.
	Host string

	// Moved says that the site's host has been moved to the site's distribution.
	// Without it, the next change of the distribution takes it away again: it is
	// not in the template. With it, the template has both hosts.
	Moved bool
}

// aliases are the hosts that the distribution has, according to the template.
func (p *SiteProps) aliases() []string {
	switch {
	case p.Takeover == nil:
		return []string{p.Host}
	case p.Takeover.Moved:
		return []string{p.Host, p.Takeover.Host}
	}
	return []string{p.Takeover.Host}
}

// otherNames are the hosts, beside the site's own, that its certificate is for.
// A host can only be moved to a distribution whose certificate is for it.
func (p *SiteProps) otherNames() *[]*string {
	if p.Takeover == nil {
		return nil
	}
	return jsii.Strings(p.Takeover.Host)
}

// recordHost is the host whose records are the stack's. Those of a host that is
// being taken over are somebody else's: CloudFormation would not replace them.
func (p *SiteProps) recordHost() string {
	if p.Takeover == nil {
		return p.Host
	}
	return p.Takeover.Host
}
