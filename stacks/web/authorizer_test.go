package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// routesByKey gives the properties of a template's routes.
func routesByKey(template cdktest.Template) map[string]map[string]any {
	routes := map[string]map[string]any{}
	for _, route := range template.All("AWS::ApiGatewayV2::Route") {
		routes[route.Properties["RouteKey"].(string)] = route.Properties
	}
	return routes
}

func TestEachAuthorizerIsOnTheRoutesThatNameIt(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		api, function := newAPI(stack), newFunction(stack, "Cart", code)
		staff := web.NewJWTAuthorizer(stack, "Staff", &web.JWTAuthorizerProps{
			API: api, Issuer: "https://login.example.com/", Audience: []string{"shop", "desk"},
		})
		partners := web.NewLambdaAuthorizer(stack, "Partners", &web.LambdaAuthorizerProps{API: api, Function: function})
		web.NewRoute(stack, "JWT", &web.RouteProps{API: api, Key: "GET /jwt", Function: function, Authorizer: staff, Scopes: []string{"shop/read", "shop/write"}})
		web.NewRoute(stack, "Lambda", &web.RouteProps{API: api, Key: "GET /lambda", Function: function, Authorizer: partners})
		web.NewRoute(stack, "IAM", &web.RouteProps{API: api, Key: "GET /iam", Function: function, Authorizer: web.IAM()})
		web.NewRoute(stack, "None", &web.RouteProps{API: api, Key: "GET /none", Function: function})
	})

	got := map[string]any{}
	for key, route := range routesByKey(template) {
		got[key] = []any{route["AuthorizationType"], at(t, route, "AuthorizerId", "Ref"), route["AuthorizationScopes"]}
	}
	want := map[string]any{
		"GET /jwt":    []any{"JWT", "Staff", []any{"shop/read", "shop/write"}},
		"GET /lambda": []any{"CUSTOM", "Partners", nil},
		"GET /iam":    []any{"AWS_IAM", nil, nil},
		"GET /none":   []any{"NONE", nil, nil}, // not left out: CloudFormation would keep an earlier one
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("type, authorizer and scopes by route (-want +got):\n", diff)
	}
	jwt := template.Resources["Staff"].Properties
	want = map[string]any{
		"ApiId": ref(template.Only(t, "AWS::ApiGatewayV2::Api")), "Name": "Staff", "AuthorizerType": "JWT",
		"IdentitySource":   []any{"$request.header.authorization"},
		"JwtConfiguration": map[string]any{"Issuer": "https://login.example.com/", "Audience": []any{"shop", "desk"}},
	}
	if diff := cmp.Diff(want, jwt); diff != "" {
		t.Error("the JWT authorizer (-want +got):\n", diff)
	}
}

func TestUserPoolOfAnotherStack(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	identity := awscdk.NewStack(app, jsii.String("identity"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("eu-west-1")},
	})
	pool := awscognito.NewUserPool(identity, jsii.String("Pool"), nil)
	client := pool.AddClient(jsii.String("Site"), nil)
	stack := newStack(app)
	web.NewUserPoolAuthorizer(stack, "SignedIn", &web.UserPoolAuthorizerProps{API: newAPI(stack), Pool: pool, Client: client})
	template := cdktest.Synth(t, app)["shop"]

	jwt := template.Only(t, "AWS::ApiGatewayV2::Authorizer").Properties["JwtConfiguration"]
	issuer := at(t, jwt, "Issuer", "Fn::Join", 1)
	if got := at(t, issuer, 0); got != "https://cognito-idp.eu-west-1.amazonaws.com/" {
		t.Errorf("the issuer begins with %v, not with the pool's region", got)
	}
	// A weak reference: the other stack may be deployed and deleted on its own.
	for what, value := range map[string]any{"pool": at(t, issuer, 1), "client": at(t, jwt, "Audience", 0)} {
		if got := at(t, value, "Fn::GetStackOutput", "StackName"); got != "identity" {
			t.Errorf("the %s is %v", what, value)
		}
	}
}

func TestLambdaAuthorizerAsksTheAliasAndIsPermittedTo(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		web.NewLambdaAuthorizer(stack, "Partners", &web.LambdaAuthorizerProps{API: newAPI(stack), Function: newFunction(stack, "Key", code)})
	})

	alias, authorizer := template.Only(t, "AWS::Lambda::Alias"), template.Only(t, "AWS::ApiGatewayV2::Authorizer")
	permission := template.Only(t, "AWS::Lambda::Permission").Properties
	uri := at(t, authorizer.Properties, "AuthorizerUri", "Fn::Join", 1)
	if diff := cmp.Diff(any([]any{"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/", ref(alias), "/invocations"}), uri); diff != "" {
		t.Error("the URI (-want +got):\n", diff)
	}
	if diff := cmp.Diff(ref(alias), permission["FunctionName"]); diff != "" {
		t.Error("permitted to invoke (-want +got):\n", diff)
	}
	source := at(t, permission, "SourceArn", "Fn::Join", 1)
	wantSource := []any{"arn:aws:execute-api:us-east-1:111122223333:", ref(template.Only(t, "AWS::ApiGatewayV2::Api")), "/authorizers/", ref(authorizer)}
	if diff := cmp.Diff(any(wantSource), source); diff != "" {
		t.Error("permitted to (-want +got):\n", diff)
	}
	want := map[string]any{
		"AuthorizerType": "REQUEST", "AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": true,
		"IdentitySource": []any{"$request.header.authorization"}, "AuthorizerResultTtlInSeconds": 300.0,
	}
	for name, value := range want {
		if diff := cmp.Diff(value, authorizer.Properties[name]); diff != "" {
			t.Error(name, " (-want +got):\n", diff)
		}
	}
}

func TestLambdaAuthorizersAnswersAreCached(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		api, function := newAPI(stack), newFunction(stack, "Key", code)
		sources := []string{"$request.header.x-api-key", "$context.routeKey"}
		web.NewLambdaAuthorizer(stack, "Hour", &web.LambdaAuthorizerProps{API: api, Function: function, IdentitySources: sources, CacheFor: time.Hour})
		web.NewLambdaAuthorizer(stack, "Never", &web.LambdaAuthorizerProps{API: api, Function: function, NoCache: true})
	})
	hour, never := template.Resources["Hour"].Properties, template.Resources["Never"].Properties
	if hour["AuthorizerResultTtlInSeconds"] != 3600.0 || never["AuthorizerResultTtlInSeconds"] != 0.0 {
		t.Errorf("for %v s and %v s", hour["AuthorizerResultTtlInSeconds"], never["AuthorizerResultTtlInSeconds"])
	}
	if diff := cmp.Diff(any([]any{"$request.header.x-api-key", "$context.routeKey"}), hour["IdentitySource"]); diff != "" {
		t.Error("by (-want +got):\n", diff)
	}
}

func TestPagesMaySendWhatAnAuthorizerLooksAt(t *testing.T) {
	const none = "" // a stack of the API alone
	define := func(origins []string, authorizer string) cdktest.Template {
		return synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
			api := web.NewAPI(stack, "API", &web.APIProps{DomainName: "api.example.com", Path: "cart", Prefix: "api", AllowOrigins: origins})
			function := newFunction(stack, "Cart", code)
			props := &web.RouteProps{API: api, Key: "GET /", Function: function}
			switch authorizer {
			case "IAM":
				props.Authorizer = web.IAM()
			case "Lambda":
				props.Authorizer = web.NewLambdaAuthorizer(stack, "Partners", &web.LambdaAuthorizerProps{
					API: api, Function: function, IdentitySources: []string{"$request.header.X-API-Key", "$request.header.authorization", "$context.routeKey"},
				})
			}
			web.NewRoute(stack, "Get", props)
		})
	}
	always := []any{"authorization", "content-type", "if-match"}
	for authorizer, more := range map[string][]any{
		none: nil, "IAM": {"x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}, "Lambda": {"x-api-key"},
	} {
		t.Run(authorizer, func(t *testing.T) {
			cors := define([]string{"https://www.example.com"}, authorizer).Only(t, "AWS::ApiGatewayV2::Api").Properties["CorsConfiguration"]
			if diff := cmp.Diff(any(slices.Concat(always, more)), at(t, cors, "AllowHeaders")); diff != "" {
				t.Error("(-want +got):\n", diff)
			}
			if got := define(nil, authorizer).Only(t, "AWS::ApiGatewayV2::Api").Properties["CorsConfiguration"]; got != nil {
				t.Error("without origins: ", got)
			}
		})
	}
}

func TestAPIWithTokensLogsWhoTheyAreFor(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) {
		web.NewJWTAuthorizer(stack, "Staff", &web.JWTAuthorizerProps{API: newAPI(stack), Issuer: "https://login.example.com", Audience: []string{"shop"}})
	})
	settings := template.Only(t, "AWS::ApiGatewayV2::Stage").Properties["AccessLogSettings"]
	if format := at(t, settings, "Format").(string); !strings.Contains(format, `"authorizer.claims.sub":"$context.authorizer.claims.sub"`) {
		t.Error("the format is ", format)
	}
	if at(t, settings, "DestinationArn") == nil {
		t.Error("the log has no destination any more")
	}
}

func TestMisusedAuthorizer(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	api := newAPI(stack)
	function := newFunction(stack, "Key", bundle.NewPlaceholders(t.TempDir()))
	pool := awscognito.NewUserPool(stack, jsii.String("Pool"), nil)
	client := pool.AddClient(jsii.String("Site"), nil)
	full := web.NewAPI(stack, "Full", &web.APIProps{DomainName: "api.example.com", Path: "full", Prefix: "api"})
	for i := range 10 {
		web.NewJWTAuthorizer(stack, fmt.Sprint("Number", i), &web.JWTAuthorizerProps{API: full, Issuer: "https://a.example.com", Audience: []string{"a"}})
	}
	jwt := func(props web.JWTAuthorizerProps) func() {
		return func() { web.NewJWTAuthorizer(stack, "A", &props) }
	}
	userPool := func(props web.UserPoolAuthorizerProps) func() {
		return func() { web.NewUserPoolAuthorizer(stack, "A", &props) }
	}
	lambda := func(props web.LambdaAuthorizerProps) func() {
		return func() { web.NewLambdaAuthorizer(stack, "A", &props) }
	}
	const issuer = "https://login.example.com"
	aud := []string{"shop"}

	for _, test := range []struct {
		name, want string
		define     func()
	}{
		{"a JWT authorizer without an API", "no API", jwt(web.JWTAuthorizerProps{Issuer: issuer, Audience: aud})},
		{"no issuer", `issuer "": want an https URL without a query, like "https://login.example.com"`, jwt(web.JWTAuthorizerProps{API: api, Audience: aud})},
		{"an http issuer", `issuer "http://a.example.com": want an https URL without a query, like "https://login.example.com"`, jwt(web.JWTAuthorizerProps{API: api, Issuer: "http://a.example.com", Audience: aud})},
		{"an issuer without a scheme", `issuer "a.example.com": want an https URL without a query, like "https://login.example.com"`, jwt(web.JWTAuthorizerProps{API: api, Issuer: "a.example.com", Audience: aud})},
		{"no audience", "no audience: without one, a token that the issuer made for anybody else would do", jwt(web.JWTAuthorizerProps{API: api, Issuer: issuer})},
		{"an empty audience", "an empty audience", jwt(web.JWTAuthorizerProps{API: api, Issuer: issuer, Audience: []string{"shop", ""}})},
		{"51 audiences", "51 audiences: want at most 50", jwt(web.JWTAuthorizerProps{API: api, Issuer: issuer, Audience: slices.Repeat(aud, 51)})},
		{"an eleventh", `API "Full" has 10 authorizers already, which is as many as an API may have`, jwt(web.JWTAuthorizerProps{API: full, Issuer: issuer, Audience: aud})},

		{"a user pool authorizer without an API", "no API", userPool(web.UserPoolAuthorizerProps{Pool: pool, Client: client})},
		{"no user pool", "no user pool", userPool(web.UserPoolAuthorizerProps{API: api, Client: client})},
		{"no client", "no client of the user pool", userPool(web.UserPoolAuthorizerProps{API: api, Pool: pool})},
		{"an eleventh, of a user pool", `API "Full" has 10 authorizers already, which is as many as an API may have`, userPool(web.UserPoolAuthorizerProps{API: full, Pool: pool, Client: client})},

		{"a Lambda authorizer without an API", "no API", lambda(web.LambdaAuthorizerProps{Function: function})},
		{"no function", "no function", lambda(web.LambdaAuthorizerProps{API: api})},
		{"an identity source that is none", `identity source "authorization": want one like "$request.header.authorization", "$request.querystring.key" or "$context.routeKey"`, lambda(web.LambdaAuthorizerProps{API: api, Function: function, IdentitySources: []string{"authorization"}})},
		{"the body as an identity source", `identity source "$request.body.key": want one like "$request.header.authorization", "$request.querystring.key" or "$context.routeKey"`, lambda(web.LambdaAuthorizerProps{API: api, Function: function, IdentitySources: []string{"$request.body.key"}})},
		{"an identity source twice", `identity source "$context.routeKey" is given twice`, lambda(web.LambdaAuthorizerProps{API: api, Function: function, IdentitySources: []string{"$context.routeKey", "$context.routeKey"}})},
		{"cached for too long", "answers cached for 1h0m1s: want whole seconds, up to an hour", lambda(web.LambdaAuthorizerProps{API: api, Function: function, CacheFor: time.Hour + time.Second})},
		{"cached for less than nothing", "answers cached for -1s: want whole seconds, up to an hour", lambda(web.LambdaAuthorizerProps{API: api, Function: function, CacheFor: -time.Second})},
		{"cached for half a second", "answers cached for 500ms: want whole seconds, up to an hour", lambda(web.LambdaAuthorizerProps{API: api, Function: function, CacheFor: time.Second / 2})},
		{"cached and not", "answers cached for 1m0s, and not at all: want either", lambda(web.LambdaAuthorizerProps{API: api, Function: function, CacheFor: time.Minute, NoCache: true})},
		{"an eleventh, of a function", `API "Full" has 10 authorizers already, which is as many as an API may have`, lambda(web.LambdaAuthorizerProps{API: full, Function: function})},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, want := misuse(t, test.define), `web: authorizer "A": `+test.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestMisusedAuthorizerOfARoute(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	api := newAPI(stack)
	function := newFunction(stack, "Cart", bundle.NewPlaceholders(t.TempDir()))
	staff := web.NewJWTAuthorizer(stack, "Staff", &web.JWTAuthorizerProps{API: api, Issuer: "https://login.example.com", Audience: []string{"shop"}})
	partners := web.NewLambdaAuthorizer(stack, "Partners", &web.LambdaAuthorizerProps{API: api, Function: function})
	other := web.NewAPI(stack, "Other", &web.APIProps{DomainName: "api.example.com", Path: "other", Prefix: "api"})
	edge := web.NewAPI(stack, "Edge", &web.APIProps{DomainName: "api.example.com", Path: "edge", Prefix: "api", BehindEdge: true})
	eleven := strings.Split("a b c d e f g h i j k", " ")

	for _, test := range []struct {
		name, want string
		props      web.RouteProps
	}{
		{"another API's", `authorizer "Staff" is of API "API", and an authorizer is for the routes of one API: make one for API "Other"`, web.RouteProps{API: other, Key: "GET /", Authorizer: staff}},
		{"one that nobody made", "an authorizer that no constructor made: want NewJWTAuthorizer, NewUserPoolAuthorizer, NewLambdaAuthorizer or IAM", web.RouteProps{API: api, Key: "GET /", Authorizer: &web.Authorizer{}}},
		{"IAM behind the edge", "IAM on an API that only the edge reaches: a signature covers the Host, which CloudFront changes, and no other way leads in; want another authorizer, or the stage's Exposure public", web.RouteProps{API: edge, Key: "GET /", Authorizer: web.IAM()}},
		{"one on OPTIONS", `key "OPTIONS /x": an authorizer would refuse every preflight, which browsers send without credentials; want none on OPTIONS`, web.RouteProps{API: api, Key: "OPTIONS /x", Authorizer: staff}},
		{"scopes without an authorizer", `scopes ["a"] without an authorizer: a JWT or user pool authorizer reads them from its tokens`, web.RouteProps{API: api, Key: "GET /", Scopes: []string{"a"}}},
		{"scopes of a Lambda authorizer", `scopes ["a"]: only a JWT or user pool authorizer has tokens to read them from`, web.RouteProps{API: api, Key: "GET /", Authorizer: partners, Scopes: []string{"a"}}},
		{"scopes of IAM", `scopes ["a"]: only a JWT or user pool authorizer has tokens to read them from`, web.RouteProps{API: api, Key: "GET /", Authorizer: web.IAM(), Scopes: []string{"a"}}},
		{"eleven scopes", "11 scopes: want at most 10", web.RouteProps{API: api, Key: "GET /", Authorizer: staff, Scopes: eleven}},
		{"two scopes in one", `scopes ["a b"]: want each once, and none empty or with a space`, web.RouteProps{API: api, Key: "GET /", Authorizer: staff, Scopes: []string{"a b"}}},
		{"a scope twice", `scopes ["a" "a"]: want each once, and none empty or with a space`, web.RouteProps{API: api, Key: "GET /", Authorizer: staff, Scopes: []string{"a", "a"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.props.Function = function
			if got, want := misuse(t, func() { web.NewRoute(stack, "R", &test.props) }), `web: route "R": `+test.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
