package web

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/jsii-runtime-go"
)

// PageOrigin says what IsPageOrigin wants.
const PageOrigin = `an origin without a path, by HTTPS but for a developer's own machine: "https://admin.example.com", "http://localhost:5173"`

var pageOrigin = regexp.MustCompile(`^(https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}|http://localhost)(:[0-9]{1,5})?$`)

// IsPageOrigin tells whether s can be one of APIProps.AllowOrigins or
// Behavior.AllowOrigins: as a browser writes it into the Origin header, letter by
// letter, and of a page that nobody on the way can have changed.
func IsPageOrigin(s string) bool { return pageOrigin.MatchString(s) }

// cors lets the pages of origins read the API's answers. The site's own pages
// need none of it: they call the API on the site's host.
func cors(origins []string) *awsapigatewayv2.CorsPreflightOptions {
	if len(origins) == 0 {
		return nil
	}
	return &awsapigatewayv2.CorsPreflightOptions{
		AllowOrigins: jsii.Strings(origins...),
		AllowMethods: &[]awsapigatewayv2.CorsHttpMethod{
			awsapigatewayv2.CorsHttpMethod_GET,
			awsapigatewayv2.CorsHttpMethod_HEAD,
			awsapigatewayv2.CorsHttpMethod_POST,
			awsapigatewayv2.CorsHttpMethod_PUT,
			awsapigatewayv2.CorsHttpMethod_PATCH,
			awsapigatewayv2.CorsHttpMethod_DELETE,
		},
		AllowHeaders:  jsii.Strings(corsHeaders()...),
		ExposeHeaders: jsii.Strings("apigw-requestid", "etag", "location", "retry-after"),
		MaxAge:        awscdk.Duration_Days(jsii.Number(1)),
	}
}

// corsHeaders are what every API lets pages send, beside what a browser sends
// by itself.
func corsHeaders() []string { return []string{"authorization", "content-type", "if-match"} }

// allowHeaders lets pages of other origins send headers that an authorizer
// looks at.
func (a *API) allowHeaders(names ...string) {
	if a.corsHeaders == nil {
		return
	}
	for _, name := range names {
		if name = strings.ToLower(name); !slices.Contains(a.corsHeaders, name) {
			a.corsHeaders = append(a.corsHeaders, name)
		}
	}
	resource := a.API.Node().DefaultChild().(awsapigatewayv2.CfnApi)
	resource.AddPropertyOverride(jsii.String("CorsConfiguration.AllowHeaders"), a.corsHeaders)
}
