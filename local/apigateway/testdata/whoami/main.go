// Command whoami answers with what it is told of its caller.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		caller, err := json.Marshal(r.RequestContext.Authorizer)
		return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: string(caller)}, err
	})
}
