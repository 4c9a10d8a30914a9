package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// NewCart defines the shopping carts: an API over a table.
func NewCart(scope constructs.Construct, stage Stage, domain Domain, identity Identity, code *bundle.Handlers) awscdk.Stack {
	service := newService(scope, "cart", stage, domain, "The shopping carts")
	stack := service.stack

	carts := awsdynamodb.NewTableV2(stack, jsii.String("Carts"), &awsdynamodb.TablePropsV2{
		PartitionKey:        &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute: jsii.String("expires"),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		DeletionProtection: jsii.Bool(stage.Protected),
		RemovalPolicy:      awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})

	cart := service.function("Cart", &web.FunctionProps{
		Code:        code.Handler("cart"),
		Environment: map[string]string{"CARTS_TABLE": *carts.TableName()},
	})
	carts.Grant(cart.Function, *jsii.Strings("dynamodb:GetItem", "dynamodb:PutItem")...)

	api := service.api("cart")
	web.NewRoute(stack, "CreateCart", &web.RouteProps{API: api, Key: "POST /", Function: cart})
	web.NewRoute(stack, "GetCart", &web.RouteProps{API: api, Key: "GET /{cart}", Function: cart})
	web.NewRoute(stack, "PutItem", &web.RouteProps{API: api, Key: "PUT /{cart}/items/{product}", Function: cart})
	web.NewRoute(stack, "DeleteItem", &web.RouteProps{API: api, Key: "DELETE /{cart}/items/{product}", Function: cart})
	stack.AddStackDependency(identity.Stack, jsii.String("its checkout takes the tokens of the user pool"))
	return stack
}
