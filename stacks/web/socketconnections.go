package web

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// newConnections defines the table of who is connected, and to hear of what.
func newConnections(scope constructs.Construct) awsdynamodb.TableV2 {
	table := awsdynamodb.NewTableV2(scope, jsii.String("Connections"), &awsdynamodb.TablePropsV2{
		PartitionKey:        &awsdynamodb.Attribute{Name: jsii.String("topic"), Type: awsdynamodb.AttributeType_STRING},
		SortKey:             &awsdynamodb.Attribute{Name: jsii.String("connection"), Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute: jsii.String("expires"),
		RemovalPolicy:       awscdk.RemovalPolicy_DESTROY, // with its API all of them are closed
	})
	const reason = "what it says is over with its connections, which last two hours at most and end with the API"
	for _, rule := range []string{"AX090", "AX091"} {
		check.Accept(table, check.Exception{Rule: rule, Reason: reason})
	}
	return table
}

// GrantConnect lets a function add, count and remove connections: what $connect
// and $disconnect do.
func (s *Socket) GrantConnect(function *Function) {
	s.Connections.Grant(function.Function, *jsii.Strings("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query")...)
}

// GrantPush lets a function send to those who are connected, and remove those
// who are gone.
func (s *Socket) GrantPush(function *Function) {
	s.Connections.Grant(function.Function, jsii.String("dynamodb:Query"), jsii.String("dynamodb:DeleteItem"))
	stack := awscdk.Stack_Of(s.api)
	path := socketStageName + "/POST/@connections/*"
	function.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("execute-api:ManageConnections"),
		Resources: &[]*string{stack.FormatArn(&awscdk.ArnComponents{
			Service:      jsii.String("execute-api"),
			Resource:     s.api.Ref(),
			ResourceName: jsii.String(path),
		})},
	}))
	check.AcceptGrants(function.Function.Role(), check.Exception{
		Rule: "AwsSolutions-IAM5",
		Findings: []string{"Resource::arn:aws:execute-api:" + *stack.Region() + ":" + *stack.Account() + ":<" +
			*stack.GetLogicalId(s.api) + ">/" + path},
		Reason: "it may send to whoever is connected to this one API",
	})
}
