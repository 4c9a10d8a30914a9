package web

import (
	_ "embed" // for the CloudFront function
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

//go:embed containercors.js
var containerCORS string

// corsFunction is the code that answers preflights of the origins.
func corsFunction(origins []string) string {
	list, _ := json.Marshal(origins) // strings always are JSON
	return strings.Replace(containerCORS, "const origins = ORIGINS;", "const origins = "+string(list)+";", 1)
}

// addCORS has the edge speak CORS for an origin that does not: a function
// answers preflights, and a response headers policy lets pages of the allowed
// origins read the rest. It takes the place of what the origin says, so that a
// browser never gets two answers.
//
// No credentials: an origin that never meant to be called by other pages does
// not protect itself from them, and with a visitor's cookies they would act for
// the visitor. So the wildcards are allowed, and needed: nobody here knows which
// methods and headers the origin has.
func addCORS(scope constructs.Construct, options *awscloudfront.AddBehaviorOptions, behavior Behavior) {
	group := constructs.NewConstruct(scope, jsii.String(behavior.ID+"CORS"))
	options.FunctionAssociations = &[]*awscloudfront.FunctionAssociation{{
		EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST,
		Function: awscloudfront.NewFunction(group, jsii.String("Preflight"), &awscloudfront.FunctionProps{
			Code:    awscloudfront.FunctionCode_FromInline(jsii.String(corsFunction(behavior.AllowOrigins))),
			Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
		}),
	}}
	options.ResponseHeadersPolicy = awscloudfront.NewResponseHeadersPolicy(group, jsii.String("Headers"), &awscloudfront.ResponseHeadersPolicyProps{
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{StrictTransportSecurity: strictTransport(false)},
		CorsBehavior: &awscloudfront.ResponseHeadersCorsBehavior{
			AccessControlAllowOrigins:     jsii.Strings(behavior.AllowOrigins...),
			AccessControlAllowMethods:     jsii.Strings("ALL"),
			AccessControlAllowHeaders:     jsii.Strings("*"),
			AccessControlExposeHeaders:    jsii.Strings("*"),
			AccessControlAllowCredentials: jsii.Bool(false),
			AccessControlMaxAge:           seconds(24 * time.Hour),
			OriginOverride:                jsii.Bool(true),
		},
	})
}
