// Command mistake is a CDK app that AWS would refuse: a distribution with an
// alias, but without a certificate for it.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
	"annex/stacks/web"
)

func main() {
	defer web.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("shop"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("us-east-1")},
	})
	awscdk.NewCfnResource(stack, jsii.String("Site"), &awscdk.CfnResourceProps{
		Type: jsii.String("AWS::CloudFront::Distribution"),
		Properties: &map[string]any{"DistributionConfig": map[string]any{
			"Enabled": true,
			"Aliases": []string{"www.example.com"},
			"Origins": []any{map[string]any{
				"Id":                 "container",
				"DomainName":         "container.example.com",
				"CustomOriginConfig": map[string]any{"OriginProtocolPolicy": "https-only"},
			}},
			"DefaultCacheBehavior": map[string]any{
				"TargetOriginId":       "container",
				"ViewerProtocolPolicy": "https-only",
				"CachePolicyId":        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", // CachingDisabled
			},
		}},
	})
	check.Add(app, check.Options{})
	app.Synth(nil)
}
