package preflight

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
)

// checkAccessLogRole finds that API Gateway has no role to write logs with in a
// region where a WebSocket API is to have one. HTTP APIs need none, and no stack
// makes it, for it is one for the whole account and region: whoever deploys last
// would take it away from the others.
func checkAccessLogRole(ctx context.Context, w *world) []Finding {
	var regions []string
	for _, stage := range w.resources("AWS::ApiGatewayV2::Stage") {
		if stage.raw("AccessLogSettings") != nil && ofWebSocket(stage) && !slices.Contains(regions, stage.Stack.Region) {
			regions = append(regions, stage.Stack.Region)
		}
	}
	var findings []Finding
	for _, region := range regions {
		resource := "API Gateway's role for logs in " + region
		got, err := w.services.Regions[region].Account.GetAccount(ctx, &apigateway.GetAccountInput{})
		switch {
		case err != nil:
			findings = append(findings, unknown(resource, err))
		case aws.ToString(got.CloudwatchRoleArn) == "":
			findings = append(findings, stops(resource, "make it once, for all stages in this account and region: \"The role for the logs of WebSocket APIs\" in docs/operations.md",
				"there is none, and without one API Gateway refuses the stage of a WebSocket API that has an access log"))
		default:
			findings = append(findings, fine(resource, "it is %s", *got.CloudwatchRoleArn))
		}
	}
	return findings
}

// ofWebSocket tells whether a stage is of a WebSocket API of its own template.
func ofWebSocket(stage resource) bool {
	reference, _ := stage.raw("ApiId").(map[string]any)
	id, _ := reference["Ref"].(string)
	return stage.stack.next.Resources[id].Properties["ProtocolType"] == "WEBSOCKET"
}
