package clientcert

import (
	"fmt"
	"strings"
)

// steps are what is left to do after a run.
type steps struct {
	stage  string
	site   bool // deploy the site, for CloudFront to show the certificate
	domain bool // deploy the domain, for the API's host to trust what is in the trust store
	again  bool // run this again, once that is deployed
	later  bool // run this again in some days, to forget the older authority
}

// String says it, a line a step. The site comes first: a certificate that
// nobody asks for does no harm, and a host that asks for one that CloudFront
// does not show yet refuses every request.
func (s steps) String() string {
	var lines []string
	deploy := func(stack, reason string) {
		lines = append(lines, fmt.Sprintf("npx cdk deploy -c stage=%s -e annex-%s-%s    # %s", s.stage, s.stage, stack, reason))
	}
	if s.site {
		deploy("site", "CloudFront shows the certificate")
	}
	if s.domain {
		deploy("domain", "the API's host trusts what is in the trust store")
	}
	if s.again {
		lines = append(lines, fmt.Sprintf("make origin-certificate STAGE=%s    # then, to have the newer authority sign", s.stage))
	}
	if s.later {
		lines = append(lines, fmt.Sprintf("make origin-certificate STAGE=%s    # in two days, to forget the older authority", s.stage))
	}
	if len(lines) == 0 {
		return "nothing is left to do\n"
	}
	return "next:\n  " + strings.Join(lines, "\n  ") + "\n"
}
