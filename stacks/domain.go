package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"annex/stacks/web"
)

// NewDomain defines the domain name that the services map their APIs onto.
func NewDomain(scope constructs.Construct, stage Stage) awscdk.Stack {
	stack := newStack(scope, "domain", stage, "The domain name of the APIs")
	web.NewDomain(stack, "API", &web.DomainProps{
		Host: stage.APIHost,
		Zone: zone(stack, stage),
	})
	return stack
}
