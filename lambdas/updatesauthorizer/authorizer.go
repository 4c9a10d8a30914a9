package main

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

type authorizer struct{ origins []string }

// cartID is the shape of a cart's id, which is 130 random bits: whoever knows one may see the cart.
var cartID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// authorize lets a connection be opened, or has API Gateway answer 403. A browser connects on behalf of any page, past
// CORS, and says which origin it is of; what is no browser can say anything, and has to know the cart's id as well.
func (a authorizer) authorize(_ context.Context, event events.APIGatewayCustomAuthorizerRequestTypeRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
	cart := event.QueryStringParameters["cart"]
	if !slices.Contains(a.origins, header(event.Headers, "Origin")) || !cartID.MatchString(cart) {
		return answer("Deny", event.MethodArn, nil), nil
	}
	return answer("Allow", event.MethodArn, map[string]any{"topic": cart}), nil
}

// header finds a header, whose name API Gateway gives as the client sent it.
func header(headers map[string]string, name string) string {
	for given, value := range headers {
		if strings.EqualFold(given, name) {
			return value
		}
	}
	return ""
}

func answer(effect, methodARN string, context map[string]any) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: "page",
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{
				{Action: []string{"execute-api:Invoke"}, Effect: effect, Resource: []string{methodARN}},
			},
		},
		Context: context,
	}
}
