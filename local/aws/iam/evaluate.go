package iam

import (
	"slices"
	"strings"

	"annex/local/wildcard"
)

// Principal is who makes a request: a role's session, an AWS service, or
// nobody (the zero value), whose request is not signed.
type Principal struct {
	RoleARN string // arn:aws:iam::<account>:role/<name>
	Account string // of the role
	Service string // such as cloudfront.amazonaws.com
}

// Request is what somebody wants to do.
type Request struct {
	Principal Principal
	Action    string // such as dynamodb:GetItem
	Resource  string // an ARN, or * for an action that is not about one resource

	// Context holds the condition keys that the request has, in lower case,
	// such as aws:securetransport.
	Context map[string]string
}

// Policies are all the policies that a request is judged by.
type Policies struct {
	Identity []*Policy // of the role; none for a service or an unsigned request
	Boundary *Policy   // the role's permissions boundary, or nil
	Resource *Policy   // of the resource, such as a bucket policy, or nil
}

// Decision is the outcome of an evaluation.
type Decision int

// The decisions. Only Allowed allows.
const (
	NotAllowed       Decision = iota // no policy allows it
	Allowed                          // a policy allows it and none denies it
	IdentityDenies                   // a statement of the role's policies denies it
	ResourceDenies                   // a statement of the resource's policy denies it
	BoundaryDenies                   // a statement of the permissions boundary denies it
	BoundaryNotAllow                 // the permissions boundary does not allow it
)

// Evaluate decides a request within one account: a Deny anywhere wins, then
// an Allow in the role's policies (within its permissions boundary) or in the
// resource's policy is enough.
func Evaluate(policies Policies, r Request) Decision {
	for _, p := range policies.Identity {
		if p.any(r, true, false) {
			return IdentityDenies
		}
	}
	if policies.Resource.any(r, true, true) {
		return ResourceDenies
	}
	if policies.Boundary.any(r, true, false) {
		return BoundaryDenies
	}
	if policies.Resource.any(r, false, true) {
		return Allowed
	}
	if !slices.ContainsFunc(policies.Identity, func(p *Policy) bool { return p.any(r, false, false) }) {
		return NotAllowed
	}
	if policies.Boundary != nil && !policies.Boundary.any(r, false, false) {
		return BoundaryNotAllow
	}
	return Allowed
}

// Reason ends AWS's sentence "… is not authorized to perform: <action> …",
// after "because" or, for a deny, "with an explicit deny". It is empty for
// Allowed.
func (d Decision) Reason(action string) string {
	switch d {
	case NotAllowed:
		return "because no identity-based policy allows the " + action + " action"
	case IdentityDenies:
		return "with an explicit deny in an identity-based policy"
	case ResourceDenies:
		return "with an explicit deny in a resource-based policy"
	case BoundaryDenies:
		return "with an explicit deny in a permissions boundary"
	case BoundaryNotAllow:
		return "because no permissions boundary allows the " + action + " action"
	}
	return ""
}

// any says whether a statement with the effect matches the request.
func (p *Policy) any(r Request, deny, resourceBased bool) bool {
	if p == nil {
		return false
	}
	return slices.ContainsFunc(p.Statements, func(s Statement) bool {
		return s.Deny == deny && s.matches(r, resourceBased)
	})
}

func (s Statement) matches(r Request, resourceBased bool) bool {
	if len(s.Unsupported) > 0 || resourceBased && !s.Principals.include(r.Principal, s.Deny) {
		return false
	}
	if !selects(s.Actions, s.NotActions, r.Action, action) || !selects(s.Resources, s.NotResources, r.Resource, wildcard.Match) {
		return false
	}
	return !slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !c.holds(r.Context) })
}

// selects says whether a list of patterns names the text, or, where there is
// none, whether its Not form does not.
func selects(patterns, notPatterns []string, text string, match func(pattern, text string) bool) bool {
	if len(patterns) == 0 {
		patterns = notPatterns
	}
	found := slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, text) })
	return found == (len(notPatterns) == 0)
}

// action compares an action without case, as IAM does.
func action(pattern, name string) bool {
	return wildcard.Match(strings.ToLower(pattern), strings.ToLower(name))
}

// include says whether a statement's Principal element names the one who
// asks. An account stands for its roles in a Deny; in an Allow it only lets
// the account's own policies decide, so by itself it allows nothing.
func (p *Principals) include(who Principal, deny bool) bool {
	switch {
	case p == nil:
		return false
	case p.Anyone:
		return true
	case who.Service != "":
		return slices.Contains(p.Services, who.Service)
	case who.RoleARN == "":
		return false
	}
	return slices.ContainsFunc(p.AWS, func(arn string) bool {
		account := arn == who.Account || strings.HasPrefix(arn, "arn:") && strings.HasSuffix(arn, ":iam::"+who.Account+":root")
		return arn == who.RoleARN || account && deny
	})
}
