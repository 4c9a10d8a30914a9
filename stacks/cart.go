package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// Cart is the stack of the carts, with what other services read of it.
type Cart struct {
	Stack awscdk.Stack
	Carts awsdynamodb.TableV2 // its stream has each cart as it was and as it is
}

// NewCart defines the shopping carts, and the orders that are made of them: an
// API over a table for each. An order has products and quantities, and no
// prices, which are the container's.
func NewCart(scope constructs.Construct, stage Stage, domain Domain, identity Identity, code *bundle.Handlers) Cart {
	service := newService(scope, "cart", stage, domain, "The shopping carts, and the orders made of them")
	stack := service.stack

	carts := newTable(stack, "Carts", stage, &awsdynamodb.TablePropsV2{
		PartitionKey:        &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute: jsii.String("expires"),
		DynamoStream:        awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
	})
	orders := newTable(stack, "Orders", stage, &awsdynamodb.TablePropsV2{
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("customer"), Type: awsdynamodb.AttributeType_STRING},
		SortKey:      &awsdynamodb.Attribute{Name: jsii.String("order"), Type: awsdynamodb.AttributeType_STRING},
	})

	cart := service.function("Cart", &web.FunctionProps{
		Code:        code.Handler("cart"),
		Environment: map[string]string{"CARTS_TABLE": *carts.TableName(), "ORDERS_TABLE": *orders.TableName()},
	})
	// A transaction needs what its operations need alone.
	for _, table := range []awsdynamodb.TableV2{carts, orders} {
		table.Grant(cart.Function, *jsii.Strings("dynamodb:GetItem", "dynamodb:PutItem")...)
	}

	// It removes the cart that it made, which its shopper may not.
	check := service.check("CartCheck", cart, &web.ReleaseCheckProps{
		Code:        code.Handler("cartcheck"),
		Environment: map[string]string{"CARTS_TABLE": *carts.TableName()},
	})
	carts.Grant(check.Function, jsii.String("dynamodb:DeleteItem"))

	api := service.api("cart")
	signedIn := web.NewUserPoolAuthorizer(stack, "SignedIn", &web.UserPoolAuthorizerProps{API: api, Pool: identity.Pool, Client: identity.Client})
	stack.AddStackDependency(identity.Stack, jsii.String("its checkout takes the tokens of the user pool"))
	web.NewRoute(stack, "CreateCart", &web.RouteProps{API: api, Key: "POST /", Function: cart})
	web.NewRoute(stack, "GetCart", &web.RouteProps{API: api, Key: "GET /{cart}", Function: cart})
	web.NewRoute(stack, "PutItem", &web.RouteProps{API: api, Key: "PUT /{cart}/items/{product}", Function: cart})
	web.NewRoute(stack, "DeleteItem", &web.RouteProps{API: api, Key: "DELETE /{cart}/items/{product}", Function: cart})
	web.NewRoute(stack, "Checkout", &web.RouteProps{API: api, Key: "POST /{cart}/checkout", Function: cart, Authorizer: signedIn})
	web.NewRoute(stack, "Health", &web.RouteProps{API: api, Key: "GET /health", Function: cart}) // before GET /{cart}, for it is static
	return Cart{Stack: stack, Carts: carts}
}

// newTable defines a table that is kept when its stack is deleted, and can be
// put back to any moment of the last 35 days.
func newTable(scope constructs.Construct, id string, stage Stage, props *awsdynamodb.TablePropsV2) awsdynamodb.TableV2 {
	props.PointInTimeRecoverySpecification = &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)}
	props.DeletionProtection = jsii.Bool(stage.Protected)
	props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	return awsdynamodb.NewTableV2(scope, jsii.String(id), props)
}
