// Command partners is a Lambda authorizer as a team would write one: it knows
// one key, and tells the route whose it is.
package main

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, r events.APIGatewayV2CustomAuthorizerV2Request) (events.APIGatewayV2CustomAuthorizerSimpleResponse, error) {
		switch r.IdentitySource[0] {
		case "open sesame":
			return events.APIGatewayV2CustomAuthorizerSimpleResponse{IsAuthorized: true, Context: map[string]any{
				"partner": "ali-baba", "route": r.RouteKey, "cart": r.PathParameters["cart"],
			}}, nil
		case "fail":
			return events.APIGatewayV2CustomAuthorizerSimpleResponse{}, errors.New("the list of partners cannot be read")
		}
		return events.APIGatewayV2CustomAuthorizerSimpleResponse{}, nil
	})
}
