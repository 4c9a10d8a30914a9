package web

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Throttle bounds requests. API Gateway answers 429 to what exceeds it.
type Throttle struct {
	PerSecond int // requests a second, in the long run
	Burst     int // requests at once
}

func (t Throttle) validate() error {
	if t.PerSecond < 0 || t.Burst < 0 || (t.PerSecond == 0) != (t.Burst == 0) {
		return fmt.Errorf("throttle %d a second, %d at once: want both above 0, or neither given", t.PerSecond, t.Burst)
	}
	return nil
}

// settings are a throttle as a stage's RouteSettings have it. CloudFormation
// takes them as they are, so their names are its.
func (t Throttle) settings() map[string]any {
	return map[string]any{
		"DetailedMetricsEnabled": true,
		"ThrottlingRateLimit":    t.PerSecond,
		"ThrottlingBurstLimit":   t.Burst,
	}
}

// each is a throttle as a stage has it for the routes without one of their own.
func (t Throttle) each() *awsapigatewayv2.CfnStage_RouteSettingsProperty {
	t = cmp.Or(t, Throttle{PerSecond: 100, Burst: 200})
	return &awsapigatewayv2.CfnStage_RouteSettingsProperty{
		DetailedMetricsEnabled: jsii.Bool(true),
		ThrottlingRateLimit:    jsii.Number(t.PerSecond),
		ThrottlingBurstLimit:   jsii.Number(t.Burst),
	}
}

// newStage defines the stage that an API answers from, which takes each change
// of the API at once.
func newStage(scope constructs.Construct, httpAPI awsapigatewayv2.HttpApi, props *APIProps) awsapigatewayv2.CfnStage {
	stack := awscdk.Stack_Of(scope)
	accessLog := newAccessLog(scope, props.LogRetention)
	return awsapigatewayv2.NewCfnStage(scope, jsii.String("Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId:      httpAPI.ApiId(),
		StageName:  jsii.String("$default"),
		AutoDeploy: jsii.Bool(true),
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: logGroupARN(stack, accessLog),
			Format:         jsii.String(accessLogFormat()),
		},
		DefaultRouteSettings: props.Throttle.each(),
	})
}

// newAccessLog defines the log group of an API's requests.
func newAccessLog(scope constructs.Construct, retention awslogs.RetentionDays) awslogs.LogGroup {
	return awslogs.NewLogGroup(scope, jsii.String("AccessLog"), &awslogs.LogGroupProps{
		// Only log groups with this prefix are all covered by one statement of
		// the account's log policy, which has no room for one each.
		LogGroupName:  jsii.String("/aws/vendedlogs/" + *awscdk.Stack_Of(scope).StackName() + "/" + *scope.Node().Id()),
		Retention:     cmp.Or(retention, awslogs.RetentionDays_ONE_MONTH),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
}

// accessLogFormat is one JSON object a request. Its requestId is what the
// caller got as Apigw-Requestid, and what the function logs. It has no path,
// for a path may hold what only its caller should know, such as a cart's id, and
// no tlsVersion: only REST APIs have that, and AWS refuses a stage of an HTTP
// API that asks for it. More are fields that only some APIs have.
func accessLogFormat(more ...string) string {
	fields := append([]string{
		"requestId", "extendedRequestId", "requestTimeEpoch",
		"httpMethod", "routeKey", "protocol", "domainName",
		"status", "responseLength", "responseLatency",
		"integrationStatus", "integrationLatency", "integrationErrorMessage",
		"error.responseType", "error.message", "authorizer.error",
		"identity.sourceIp", "identity.userAgent",
	}, more...)
	return jsonFormat(fields...)
}

// jsonFormat is an access log's JSON object of variables of $context, by their
// names.
func jsonFormat(fields ...string) string {
	members := make([]string, 0, len(fields))
	for _, field := range fields {
		members = append(members, fmt.Sprintf(`"%s":"$context.%s"`, field, field))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// logSubject adds to the access log who a token is for, where there is one.
func (a *API) logSubject() {
	a.stage.AddPropertyOverride(jsii.String("AccessLogSettings.Format"), accessLogFormat("authorizer.claims.sub"))
}
