// Package websocket is Amazon API Gateway's WebSocket API (v2): the handshake
// with its authorizer and the $connect route, the routes that a connection's
// messages go, the events that functions get, and the management of
// connections ("@connections"). It reads its configuration from the templates
// and calls functions through an Invoker. Only the runner, local's package main,
// may import it.
//
// Sources, by the titles that comments name: API Gateway Developer Guide, "Quotas
// for configuring and running a WebSocket API", "Managing connected users and
// client apps", "Create routes for WebSocket APIs", "Control access with AWS
// Lambda REQUEST authorizers", "Set up route responses", "Binary media types for
// WebSocket APIs", "Use @connections commands"; API Gateway Management API
// reference; captures of events in aws-lambda-go's testdata ([A]) and in
// typelevel/feral ([C]). A trailing [?] says that none of them decides, and that
// this is a choice: of two behaviours that could be AWS's, the one that fails
// here rather than after the deploy.
package websocket

import (
	"time"

	"annex/local/apigateway"
)

// Config is what a gateway serves: values only, with every reference resolved.
type Config struct {
	APIs        []API
	Domains     []apigateway.Domain     // those that are mapped to WebSocket APIs
	Permissions []apigateway.Permission // for all APIs
}

// API is a WebSocket API (AWS::ApiGatewayV2::Api).
type API struct {
	ID, Name, Account, Region string

	// Endpoint is the generated host, such as
	// a1b2c3.execute-api.eu-west-1.amazonaws.com.
	Endpoint         string
	EndpointDisabled bool

	Selection Expression // of the route that a message goes
	Stages    []Stage
	Routes    []Route

	Unsupported string // why a client gets 501; empty when it need not
}

// Stage is a deployment of an API (AWS::ApiGatewayV2::Stage).
type Stage struct {
	Name      string
	Deployed  bool // by AutoDeploy or a deployment
	Variables map[string]string

	apigateway.Throttles

	Unsupported string // as API.Unsupported
}

// The keys of the routes that a client does not choose.
const (
	connectKey    = "$connect"
	disconnectKey = "$disconnect"
	defaultKey    = "$default"
)

// Route is a route and where it leads (AWS::ApiGatewayV2::Route and its
// AWS::ApiGatewayV2::Integration).
type Route struct {
	Key         string
	FunctionARN string        // may end in an alias or version
	Timeout     time.Duration // of the integration; zero for 29 s

	// TwoWay says that the client gets what the function returns
	// (AWS::ApiGatewayV2::RouteResponse).
	TwoWay bool

	// Authorization is how clients show who they are, on $connect alone:
	// apigateway.None, Custom or IAM.
	Authorization string
	Authorizer    *Authorizer // for Custom

	Unsupported string // why whoever comes by the route is told that it is not served
}

// Authorizer decides who may connect (AWS::ApiGatewayV2::Authorizer).
type Authorizer struct {
	ID, Name    string
	Sources     []Source
	FunctionARN string

	Unsupported string // as API.Unsupported
}

// The quotas that a client can see ("Quotas for configuring and running a
// WebSocket API").
const (
	maxMessage     = 128 << 10 // bytes
	maxFrame       = 32 << 10  // bytes
	maxURL         = 4096      // characters
	maxTimeout     = 29 * time.Second
	minTimeout     = 50 * time.Millisecond
	maxAuthorizers = 10

	idleTimeout = 10 * time.Minute
	maxLifetime = 2 * time.Hour

	// authorizerTimeout is that of HTTP APIs: the page has none for WebSocket
	// APIs [?].
	authorizerTimeout = 10 * time.Second
)
