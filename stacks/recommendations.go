package stacks

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// NewRecommendations defines what was bought together: a function that learns
// it from the carts' stream, a table that it is counted in, and an API that
// answers it. The carts know nothing of it: DynamoDB tells what changes in their
// table, and who reads that is not the cart's business.
func NewRecommendations(scope constructs.Construct, stage Stage, domain Domain, cart Cart, code *bundle.Handlers) awscdk.Stack {
	service := newService(scope, "recommendations", stage, domain, "The products that were bought together")
	stack := service.stack

	const byOrders = "by-orders" // the handlers know it by this name
	pairs := newTable(stack, "Pairs", stage, &awsdynamodb.TablePropsV2{
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("product"), Type: awsdynamodb.AttributeType_STRING},
		SortKey:      &awsdynamodb.Attribute{Name: jsii.String("other"), Type: awsdynamodb.AttributeType_STRING},
		LocalSecondaryIndexes: &[]*awsdynamodb.LocalSecondaryIndexProps{{
			IndexName:      jsii.String(byOrders),
			SortKey:        &awsdynamodb.Attribute{Name: jsii.String("orders"), Type: awsdynamodb.AttributeType_NUMBER},
			ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY, // which are all that is answered
		}},
		TimeToLiveAttribute: jsii.String("expires"),
	})
	environment := map[string]string{"RECOMMENDATIONS_TABLE": *pairs.TableName()}

	learner := service.worker("Learner", &web.FunctionProps{
		Code:        code.Handler("learner"),
		Environment: environment,
		Timeout:     30 * time.Second, // for an order of a hundred products, which are a hundred transactions
	})
	// What its transaction writes: the marker, and the counts.
	allow(learner.Function, *pairs.TableArn(), "dynamodb:PutItem", "dynamodb:UpdateItem")
	service.onChange("Checkouts", &web.OnChangeProps{
		Table:    cart.Carts,
		Function: learner,
		// Of all that happens to carts, only what leaves one with an order.
		Filters: []map[string]any{{
			"eventName": []string{"MODIFY"},
			"dynamodb":  map[string]any{"NewImage": map[string]any{"order": map[string]any{"S": []any{map[string]any{"exists": true}}}}},
		}},
	})
	stack.AddStackDependency(cart.Stack, jsii.String("its learner reads the stream of the carts' table"))

	recommendations := service.function("Recommendations", &web.FunctionProps{
		Code:        code.Handler("recommendations"),
		Environment: environment,
	})
	allow(recommendations.Function, *pairs.TableArn()+"/index/"+byOrders, "dynamodb:Query")

	// It has products bought together that nobody sells, for as long as it asks for them.
	check := service.check("RecommendationsCheck", recommendations, &web.ReleaseCheckProps{
		Code:        code.Handler("recommendationscheck"),
		Environment: environment,
	})
	allow(check.Function, *pairs.TableArn(), "dynamodb:PutItem", "dynamodb:DeleteItem")

	api := service.api("recommendations")
	web.NewRoute(stack, "Recommend", &web.RouteProps{API: api, Key: "GET /{product}", Function: recommendations})
	web.NewRoute(stack, "Health", &web.RouteProps{API: api, Key: "GET /health", Function: recommendations}) // before GET /{product}, for it is static: no product is called health
	return stack
}

// allow lets a function do just this with a table or an index: a table's own
// Grant is for all of its indexes too.
func allow(function awslambda.Function, arn string, actions ...string) {
	function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: jsii.Strings(arn),
	}))
}
