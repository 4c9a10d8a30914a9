// Package stacks says what is deployed: the stages, and for each of them the
// stacks, one file a stack.
//
// main.go defines it to deploy it, and test/ to compare it with snapshots. It
// imports stacks/web, stacks/check and stacks/bundle, and nothing of local/ or lambdas/.
package stacks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/check"
)

// New defines every stack of a stage, with the code of its functions, and has
// the synth check their templates.
func New(app awscdk.App, stage Stage, code *bundle.Handlers) {
	domain := NewDomain(app, stage)
	identity := NewIdentity(app, stage)
	NewSite(app, stage, domain, identity)
	cart := NewCart(app, stage, domain, identity, code)
	NewSearch(app, stage, domain, code)
	NewRecommendations(app, stage, domain, cart, code)
	if stage.SocketHost != "" {
		NewUpdates(app, stage, domain, cart, code)
	}
	checkServices(app, stage)
	check.Add(app, check.Options{ConcurrencyLimit: stage.ConcurrencyLimit})
}

// newStack defines the stack annex-<stage>-<name> in the stage's region.
func newStack(scope constructs.Construct, name string, stage Stage, description string) awscdk.Stack {
	return newStackIn(scope, stage.Region, name, stage, description)
}

func newStackIn(scope constructs.Construct, region, name string, stage Stage, description string) awscdk.Stack {
	return awscdk.NewStack(scope, jsii.String("annex-"+stage.Name+"-"+name), &awscdk.StackProps{
		Env:         &awscdk.Environment{Account: jsii.String(stage.Account), Region: jsii.String(region)},
		Description: jsii.String(description),
		// Of the stack, not in its template: a tag there would be a change of each
		// resource, and of functions that did not change.
		Tags: &map[string]*string{
			"annex:stage":   jsii.String(stage.Name),
			"annex:service": jsii.String(name),
		},
		TerminationProtection: jsii.Bool(stage.Protected),
	})
}

// zone names the stage's hosted zone. Nothing looks it up, so synth needs no
// credentials.
func zone(scope constructs.Construct, stage Stage) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(scope, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String(stage.Zone.ID),
		ZoneName:     jsii.String(stage.Zone.Name),
	})
}

// checkServices finds the services that a stage has something different for and
// that there are none of.
func checkServices(app awscdk.App, stage Stage) {
	var names []string
	for _, stack := range *app.Node().Children() {
		if stack.Node().TryFindChild(jsii.String(deploymentsID)) != nil {
			names = append(names, strings.TrimPrefix(*stack.Node().Id(), "annex-"+stage.Name+"-"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(stage.Services)) {
		if !slices.Contains(names, name) {
			panic(fmt.Errorf("stage %q in stacks/stages.go: Services[%q]: no such service, want one of %s", stage.Name, name, strings.Join(names, ", ")))
		}
	}
}
