package web

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// socketStageName is the only stage of a WebSocket API, which cannot have
// $default. Nobody but IAM sees it: the domain name's path stands for it.
const socketStageName = "live"

// newSocketStage defines the stage that a WebSocket API answers from, which
// takes each change of the API at once.
func newSocketStage(scope constructs.Construct, api awsapigatewayv2.CfnApi, props *SocketProps) awsapigatewayv2.CfnStage {
	stack := awscdk.Stack_Of(scope)
	accessLog := newAccessLog(scope, props.LogRetention)
	return awsapigatewayv2.NewCfnStage(scope, jsii.String("Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId:      api.Ref(),
		StageName:  jsii.String(socketStageName),
		AutoDeploy: jsii.Bool(true),
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: logGroupARN(stack, accessLog),
			Format:         jsii.String(socketAccessLogFormat()),
		},
		// No execution log (LoggingLevel, DataTraceEnabled): it has messages and
		// query strings, and with them what only its sender should know.
		DefaultRouteSettings: props.Throttle.each(),
	})
}

// socketAccessLogFormat is one JSON object for a connection that is opened or
// closed, and for each message, of the variables that WebSocket APIs have
// ("Configure logging for WebSocket APIs"). It has nothing of the query string,
// the messages and the authorizer's context.
func socketAccessLogFormat() string {
	return jsonFormat(
		"requestId", "extendedRequestId", "requestTimeEpoch",
		"eventType", "routeKey", "connectionId", "connectedAt", "domainName",
		"status", "integration.status", "integration.integrationStatus", "integration.latency", "integration.error",
		"error.responseType", "error.message", "authorizer.error", "authorizer.status",
		"identity.sourceIp", "identity.userAgent",
	)
}
