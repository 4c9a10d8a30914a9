package web

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// accessLogFields are what the site's access log has of each request. Left out
// is what only its caller should know: the path, which may hold a cart's id,
// the query string, which may hold a sign-in's code, the Referer header, which
// is such an address again, and the cookies. The path pattern of the behavior
// says which part of the site it was, and the API's own log which route.
var accessLogFields = []string{
	"timestamp(ms)", "x-edge-request-id", "x-edge-location",
	"c-ip", "c-country", "cs(User-Agent)",
	"cs-method", "cs-protocol", "cs-protocol-version", "ssl-protocol", "x-host-header", "cs-bytes",
	"cache-behavior-path-pattern",
	"sc-status", "sc-bytes", "sc-content-type",
	"x-edge-result-type", "x-edge-response-result-type", "x-edge-detailed-result-type",
	"time-taken", "time-to-first-byte", "origin-fbl", "origin-lbl",
}

// logAccess has CloudFront write a JSON object a request to a log group:
// standard logging v2, which has no construct of its own in the CDK.
func logAccess(scope constructs.Construct, distribution awscloudfront.Distribution, retention awslogs.RetentionDays) {
	stack := awscdk.Stack_Of(scope)
	group := awslogs.NewLogGroup(scope, jsii.String("AccessLog"), &awslogs.LogGroupProps{
		// As the APIs' access logs: see newStage.
		LogGroupName:  jsii.String("/aws/vendedlogs/" + *stack.StackName() + "/" + *scope.Node().Id()),
		Retention:     retention,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	// The names have to be unlike any other's of the account and region.
	name := *stack.StackName() + "-access"
	source := awslogs.NewCfnDeliverySource(scope, jsii.String("AccessLogSource"), &awslogs.CfnDeliverySourceProps{
		Name:        jsii.String(name),
		LogType:     jsii.String("ACCESS_LOGS"),
		ResourceArn: distribution.DistributionArn(),
	})
	destination := awslogs.NewCfnDeliveryDestination(scope, jsii.String("AccessLogDestination"), &awslogs.CfnDeliveryDestinationProps{
		Name:                   jsii.String(name),
		DestinationResourceArn: logGroupARN(stack, group),
		OutputFormat:           jsii.String("json"),
	})
	delivery := awslogs.NewCfnDelivery(scope, jsii.String("AccessLogDelivery"), &awslogs.CfnDeliveryProps{
		DeliverySourceName:     source.Name(),
		DeliveryDestinationArn: destination.AttrArn(),
		RecordFields:           jsii.Strings(accessLogFields...),
	})
	delivery.AddResourceDependency(source, jsii.String("it names the source, which makes no dependency"))
}

// logGroupARN is a log group's ARN without the :* at its end that CloudFormation
// gives it, and that not every service takes.
func logGroupARN(stack awscdk.Stack, group awslogs.LogGroup) *string {
	return stack.FormatArn(&awscdk.ArnComponents{
		Service:      jsii.String("logs"),
		Resource:     jsii.String("log-group"),
		ResourceName: group.LogGroupName(),
		ArnFormat:    awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
}
