package web

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// LambdaAuthorizerProps describe an authorizer that asks a function.
type LambdaAuthorizerProps struct {
	// API is what has the routes. Required.
	API *API

	// Function takes an events.APIGatewayV2CustomAuthorizerV2Request and gives
	// an events.APIGatewayV2CustomAuthorizerSimpleResponse, whose context the
	// routes' handlers find in RequestContext.Authorizer.Lambda. It has 10 s.
	// Required.
	Function *Function

	// IdentitySources are what a request must have, each of them not empty, for
	// the function to be asked: "$request.header.x-api-key",
	// "$request.querystring.key", "$context.routeKey". Who lacks one gets 401.
	// Default: $request.header.authorization.
	IdentitySources []string

	// CacheFor is how long an answer holds for requests with the same identity
	// sources, in whole seconds up to an hour. It holds for every route that has
	// the authorizer: a function that decides by the route needs
	// "$context.routeKey" among its IdentitySources.
	// Default: 5 minutes.
	CacheFor time.Duration

	// NoCache asks the function for each request, where an earlier answer must
	// not allow what the function refuses by now.
	// Default: answers are cached.
	NoCache bool
}

// authorizationHeader is the identity source of most authorizers.
const authorizationHeader = "$request.header.authorization"

// NewLambdaAuthorizer defines an authorizer that asks a function, by its alias
// "live", whether a request may pass.
func NewLambdaAuthorizer(scope constructs.Construct, id string, props *LambdaAuthorizerProps) *Authorizer {
	if err := props.validate(); err != nil {
		panic(&Error{"authorizer", id, err})
	}
	sources := props.IdentitySources
	if len(sources) == 0 {
		sources = []string{authorizationHeader}
	}
	for _, source := range sources {
		if name, ok := strings.CutPrefix(source, "$request.header."); ok {
			props.API.allowHeaders(name)
		}
	}
	ttl := cmp.Or(props.CacheFor, 5*time.Minute)
	if props.NoCache {
		ttl = 0
	}
	authorizer := newAuthorizer(scope, id, lambdaType, props.API, &awsapigatewayv2.CfnAuthorizerProps{
		AuthorizerType:                 jsii.String("REQUEST"),
		AuthorizerUri:                  invocations(awscdk.Stack_Of(scope), props.Function),
		AuthorizerPayloadFormatVersion: jsii.String("2.0"),
		EnableSimpleResponses:          jsii.Bool(true),
		IdentitySource:                 jsii.Strings(sources...),
		AuthorizerResultTtlInSeconds:   jsii.Number(ttl.Seconds()),
	})
	authorizer.ask(scope, props.Function)
	return authorizer
}

// ask lets an authorizer ask a function.
func (a *Authorizer) ask(scope constructs.Construct, function *Function) {
	awslambda.NewCfnPermission(scope, jsii.String(a.id+"Permission"), &awslambda.CfnPermissionProps{
		Action:       jsii.String("lambda:InvokeFunction"),
		FunctionName: function.Live.FunctionArn(),
		Principal:    jsii.String("apigateway.amazonaws.com"),
		SourceArn: awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
			Service:      jsii.String("execute-api"),
			Resource:     a.resource.ApiId(),
			ResourceName: jsii.String("authorizers/" + *a.resource.Ref()),
		}),
	})
	function.acceptNoDeadLetters(awaited)
}

var identitySource = regexp.MustCompile(`^\$(request\.(header|querystring)|context|stageVariables)\.[A-Za-z0-9._~!#$&'*+|^-]+$`)

func (p *LambdaAuthorizerProps) validate() error {
	switch {
	case p.API == nil:
		return errors.New("no API")
	case p.Function == nil:
		return errors.New("no function")
	case p.CacheFor < 0 || p.CacheFor > time.Hour || p.CacheFor%time.Second != 0:
		return fmt.Errorf("answers cached for %s: want whole seconds, up to an hour", p.CacheFor)
	case p.NoCache && p.CacheFor != 0:
		return fmt.Errorf("answers cached for %s, and not at all: want either", p.CacheFor)
	}
	if err := validateSources(p.IdentitySources, identitySource, `"$request.header.authorization", "$request.querystring.key" or "$context.routeKey"`); err != nil {
		return err
	}
	return p.API.checkAuthorizers()
}

// validateSources refuses identity sources that are not of the kind, or given
// twice. The error says what they should be like.
func validateSources(sources []string, kind *regexp.Regexp, like string) error {
	seen := map[string]bool{}
	for _, source := range sources {
		switch {
		case !kind.MatchString(source):
			return fmt.Errorf("identity source %q: want one like %s", source, like)
		case seen[source]:
			return fmt.Errorf("identity source %q is given twice", source)
		}
		seen[source] = true
	}
	return nil
}
