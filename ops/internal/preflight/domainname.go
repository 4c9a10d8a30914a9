package preflight

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// checkDomainName finds that API Gateway has a host of the APIs already, and not
// from a stack of this stage, or has it with the client certificate that the
// stack no longer asks for.
func checkDomainName(ctx context.Context, w *world) []Finding {
	var findings []Finding
	for _, r := range w.resources("AWS::ApiGatewayV2::DomainName") {
		host := r.text("DomainName")
		resource := "API Gateway's domain name " + host
		got, err := w.services.Regions[r.Stack.Region].Domains.GetDomainName(ctx, &apigatewayv2.GetDomainNameInput{DomainName: aws.String(host)})
		var missing *types.NotFoundException
		switch {
		case errors.As(err, &missing):
			findings = append(findings, fine(resource, "there is none in this account and region"))
		case err != nil:
			findings = append(findings, unknown(resource, err))
		case r.stack.deployed.err != nil:
			findings = append(findings, unknown(resource, r.stack.deployed.err))
		case r.keeps("DomainName") && asksStill(r, got):
			findings = append(findings, stops(resource,
				"aws apigatewayv2 update-domain-name --region "+r.Stack.Region+" --domain-name "+host+" --mutual-tls-authentication TruststoreUri=''",
				"it asks for a client certificate, which its stack no longer says: without the site's, which a deployment takes away, the site does not reach it"))
		case r.keeps("DomainName"):
			findings = append(findings, fine(resource, "it is this stack's"))
		default:
			findings = append(findings, stops(resource, "delete it, or choose another host in stacks/stages.go: who calls it now would be cut off",
				"there is one in this account and region, which no stack of this stage made"))
		}
	}
	return findings
}

// asksStill reports whether the host asks for a client certificate, though
// neither the deployed stack nor the one to deploy says so. API Gateway turns
// it off when it is told an empty trust store ("Disable mutual TLS" of its
// guide), and CloudFormation tells it nothing of a property that went (aws-cdk
// issue 11637).
func asksStill(r resource, got *apigatewayv2.GetDomainNameOutput) bool {
	const property = "MutualTlsAuthentication"
	return got.MutualTlsAuthentication != nil && aws.ToString(got.MutualTlsAuthentication.TruststoreUri) != "" &&
		r.raw(property) == nil && r.keeps(property)
}
