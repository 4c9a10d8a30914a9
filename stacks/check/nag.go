package check

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// addNag has cdk-nag visit every resource. What it finds becomes an annotation
// of the resource, which the CDK reports with the findings of the plugins, and
// whose errors fail the synth as theirs do.
func addNag(app awscdk.App) {
	props := &cdknag.NagPackProps{Reports: jsii.Bool(false)} // the CDK's own report has all of it
	aspects := awscdk.Aspects_Of(app)
	aspects.Add(cdknag.NewAwsSolutionsChecks(props), nil)
	aspects.Add(cdknag.NewServerlessChecks(props), nil)
}
