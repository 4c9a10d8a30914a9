package preflight

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// checkDomainName finds that API Gateway has the API's host already, and not
// from a stack of this stage.
func checkDomainName(ctx context.Context, w *world) []Finding {
	var findings []Finding
	for _, r := range w.resources("AWS::ApiGatewayV2::DomainName") {
		host := r.text("DomainName")
		resource := "API Gateway's domain name " + host
		_, err := w.services.Regions[r.Stack.Region].Domains.GetDomainName(ctx, &apigatewayv2.GetDomainNameInput{DomainName: aws.String(host)})
		var missing *types.NotFoundException
		switch {
		case errors.As(err, &missing):
			findings = append(findings, fine(resource, "there is none in this account and region"))
		case err != nil:
			findings = append(findings, unknown(resource, err))
		case r.stack.deployed.err != nil:
			findings = append(findings, unknown(resource, r.stack.deployed.err))
		case r.keeps("DomainName"):
			findings = append(findings, fine(resource, "it is this stack's"))
		default:
			findings = append(findings, stops(resource, "delete it, or choose another APIHost: who calls it now would be cut off",
				"there is one in this account and region, which no stack of this stage made"))
		}
	}
	return findings
}
