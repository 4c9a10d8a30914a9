// Package apigateway is Amazon API Gateway's HTTP API (v2): custom domains,
// API mappings, route selection, the events that functions get (payload
// format 2.0) and what becomes of their answers. It reads its configuration
// from the templates and calls functions through an Invoker. Only the runner,
// local's package main, may import it.
//
// Section numbers in comments and in the tests' names are those of the
// project's notes on how the services behave, "HTTP API (API Gateway v2)".
// Where those leave a behaviour open the choice is one small function, which
// gives its reason. Most such choices follow one rule: of two possible
// behaviours, take the one that fails here rather than after the deploy.
package apigateway

import "time"

// Config is what a gateway serves: values only, with every reference resolved.
type Config struct {
	APIs        []API
	Domains     []Domain
	Permissions []Permission

	// SocketDomains are those that are mapped to WebSocket APIs. Package websocket
	// has these APIs, and serves them.
	SocketDomains []Domain
}

// Domain is a custom domain name (AWS::ApiGatewayV2::DomainName).
type Domain struct {
	Name     string // lower case
	Mappings []Mapping

	// ClientCertificate says that only clients who show a certificate get in
	// (MutualTlsAuthentication).
	ClientCertificate bool

	// Unsupported says why a request to the domain gets 501; empty when it
	// need not.
	Unsupported string
}

// Mapping leads the requests below a path of a domain to a stage of an API
// (AWS::ApiGatewayV2::ApiMapping).
type Mapping struct {
	Key   string // such as api/cart; empty takes every path that no other key takes
	API   string // the API's ID
	Stage string

	Unsupported string // as Domain.Unsupported
}

// API is an HTTP API (AWS::ApiGatewayV2::Api).
type API struct {
	ID, Name, Account, Region string

	// Endpoint is the generated host, such as
	// a1b2c3.execute-api.eu-west-1.amazonaws.com.
	Endpoint         string
	EndpointDisabled bool

	CORS   *CORS // nil when the API has no CORS configuration
	Stages []Stage
	Routes []Route

	Unsupported string // as Domain.Unsupported
}

// CORS is an API's CORS configuration (§1.8).
type CORS struct {
	AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders []string
	AllowCredentials                                        bool
	MaxAge                                                  *int // seconds; nil sends none
}

// Stage is a deployment of an API (AWS::ApiGatewayV2::Stage).
type Stage struct {
	Name     string
	Deployed bool // by AutoDeploy or a deployment; one that is not answers 404

	Throttles

	Unsupported string // as Domain.Unsupported
}

// Route is a route and where it leads (AWS::ApiGatewayV2::Route and its
// AWS::ApiGatewayV2::Integration).
type Route struct {
	Key RouteKey

	// FunctionARN may end in an alias or version. It is also the ARN that a
	// permission must name.
	FunctionARN string
	Timeout     time.Duration // of the integration; zero for 30 s

	// Authorization is how callers show who they are: None, JWT, Custom or IAM.
	Authorization string
	Authorizer    *Authorizer // for JWT and Custom; of the route's API
	Scopes        []string    // a token needs one of them; none asks for none

	Unsupported string // as Domain.Unsupported
}

// The authorization types of a route, as AWS names them.
const (
	None   = "NONE" // so is an empty one
	JWT    = "JWT"
	Custom = "CUSTOM" // a Lambda authorizer
	IAM    = "AWS_IAM"
)

// Authorizer decides who may call the routes that name it
// (AWS::ApiGatewayV2::Authorizer, §1.9).
type Authorizer struct {
	ID, Name        string
	IdentitySources []IdentitySource // a JWT authorizer has one

	// Of a JWT authorizer, which has an issuer.
	Issuer   string
	Audience []string

	// Of a Lambda authorizer.
	FunctionARN     string
	SimpleResponses bool          // else the function gives an IAM policy
	TTL             time.Duration // of its answers; zero asks each time

	Unsupported string // as Domain.Unsupported
}

// Permission lets API Gateway invoke a function (AWS::Lambda::Permission).
type Permission struct {
	FunctionARN   string // with the alias or version, if it is for one
	SourceARN     string // with * and ? as wildcards; empty for any source
	SourceAccount string // empty for any
}
