// Package check finds at synth what AWS would refuse when it deploys the
// templates: the rules of stacks/check/rules, in a validation plugin of the
// CDK, with cdk-nag's beside them. docs/checks.md lists them.
//
// stacks/ and stacks/web import it. It imports nothing of the project but the
// rules.
package check

import (
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check/rules"
)

// Options are what the templates do not say.
type Options struct {
	// ConcurrencyLimit is how many executions the account may run at once in a
	// region, all functions together.
	// Default: 1000, as AWS has it.
	ConcurrencyLimit int
}

// Add has the synth of an app fail on what the checks find in its templates. It
// is called when the app has all its stacks, for what the CDK itself puts into
// them is excepted here. CDK_VALIDATION=false in the environment, by which the
// CDK leaves out its own validation, leaves out this one too.
func Add(app awscdk.App, options Options) {
	acceptDeployments(app)
	if os.Getenv("CDK_VALIDATION") == "false" {
		return
	}
	awscdk.Validations_Of(app).AddPlugins(newPlugin(rules.All(), options))
	addNag(app)
}

// severity is what the report says before a finding. An error would be
// acknowledged in a line, as the report then says, but for the whole app: what
// these rules find is excepted for one resource, with Accept.
func severity(rule rules.Rule) *string {
	if rule.Warning {
		return jsii.String("warning")
	}
	return jsii.String("fatal")
}
