package preflight

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// checkSignInHosts finds that a sign-in host is taken already. Cognito gives a
// prefix to one user pool of all accounts in a region.
func checkSignInHosts(ctx context.Context, w *world) []Finding {
	var findings []Finding
	for _, r := range w.resources("AWS::Cognito::UserPoolDomain") {
		prefix := r.text("Domain")
		resource := "sign-in host " + prefix + ".auth." + r.Stack.Region + ".amazoncognito.com"
		if prefix == "" {
			continue
		}
		if r.keeps("Domain") {
			findings = append(findings, fine(resource, "it is this stack's"))
			continue
		}
		got, err := w.services.Regions[r.Stack.Region].SignIn.DescribeUserPoolDomain(ctx,
			&cognitoidentityprovider.DescribeUserPoolDomainInput{Domain: aws.String(prefix)})
		switch {
		case err != nil:
			findings = append(findings, unknown(resource, err))
		case got.DomainDescription == nil || aws.ToString(got.DomainDescription.UserPoolId) == "":
			findings = append(findings, fine(resource, "no user pool of this account has it; whether another account's has, Cognito says at the deployment alone"))
		case r.stack.deployed.err != nil:
			findings = append(findings, unknown(resource, r.stack.deployed.err))
		default:
			findings = append(findings, stops(resource, "set another SignInPrefix in stacks/stages.go, or delete that pool's domain",
				"the user pool %s of this account has it, which no stack of this stage made", aws.ToString(got.DomainDescription.UserPoolId)))
		}
	}
	return findings
}
