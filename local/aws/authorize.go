package aws

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"annex/local/aws/iam"
)

// permission is one thing that a request needs to be allowed.
type permission struct {
	action   string // such as s3:GetObject
	resource string // an ARN, or *
	shown    string // the resource as AWS's message has it; empty for as it is
}

// denial is AWS's sentence about a request that is not allowed. Its zero
// value is none.
type denial string

// authorize judges one permission. The policy is that of the resource, or
// nil; the context has condition keys beside those that every request has.
func (e *Endpoint) authorize(c caller, p permission, region string, policy *iam.Policy, context map[string]string) denial {
	if c.root {
		c.call.needs(c, p, "")
		return ""
	}
	request := iam.Request{Principal: c.principal(), Action: p.action, Resource: p.resource, Context: map[string]string{
		// Everything here comes by HTTPS where it is deployed.
		"aws:securetransport": "true",
	}}
	policies := iam.Policies{Resource: policy}
	if region != "" {
		request.Context["aws:requestedregion"] = region
	}
	switch {
	case c.role != nil:
		policies.Identity, policies.Boundary = c.role.Policies, c.role.Boundary
		request.Context["aws:principalarn"] = c.role.ARN
		request.Context["aws:principalaccount"] = c.role.Account
		request.Context["aws:resourceaccount"] = c.role.Account
	case c.service != "":
		request.Context["aws:sourcearn"] = c.source
		if parts := strings.Split(c.source, ":"); len(parts) > 4 {
			request.Context["aws:sourceaccount"] = parts[4]
			request.Context["aws:resourceaccount"] = parts[4]
		}
	}
	maps.Copy(request.Context, context)
	decision := iam.Evaluate(policies, request)
	if decision == iam.Allowed {
		c.call.needs(c, p, "")
		return ""
	}
	resource := cmp.Or(p.shown, p.resource)
	if strings.HasPrefix(p.action, "s3:") {
		resource = `"` + resource + `"` // as S3 writes it
	}
	action := p.action
	if strings.HasPrefix(action, "sqs:") {
		action = strings.ToLower(action) // as SQS writes it
	}
	reason := decision.Reason(action)
	if c.service != "" { // which has no policies of its own
		reason = strings.Replace(reason, "no identity-based policy", "no resource-based policy", 1)
	}
	sentence := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", c.arn(), action, resource, reason)
	if c.role != nil {
		// The message names the role as AWS does; the log says where it is.
		e.log.Printf("AccessDenied: %s may not %s on %s, %s", c.role.Resource, p.action, p.resource, decision.Reason(p.action))
	}
	c.call.needs(c, p, denial(sentence))
	return denial(sentence)
}
