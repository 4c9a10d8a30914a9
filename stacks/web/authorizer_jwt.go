package web

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// JWTAuthorizerProps describe an authorizer that takes the tokens of one
// issuer.
type JWTAuthorizerProps struct {
	// API is what has the routes. Required.
	API *API

	// Issuer is the URL of who signs the tokens, exactly as their claim "iss"
	// has it: "https://login.example.com". API Gateway asks it for its keys, by
	// <Issuer>/.well-known/openid-configuration, and takes RSA keys only.
	// Required.
	Issuer string

	// Audience are the audiences that tokens may be for, in their claim "aud"
	// or, where they have none, "client_id". One of them is enough; at most 50.
	// Required.
	Audience []string
}

// maxAudiences is how many an authorizer may have ("Quotas for HTTP API").
const maxAudiences = 50

// NewJWTAuthorizer defines an authorizer for callers who send a valid token in
// the Authorization header, with "Bearer" before it or without. The handler
// finds the token's claims in RequestContext.Authorizer.JWT.Claims.
func NewJWTAuthorizer(scope constructs.Construct, id string, props *JWTAuthorizerProps) *Authorizer {
	if err := props.validate(); err != nil {
		panic(&Error{"authorizer", id, err})
	}
	return newJWTAuthorizer(scope, id, props)
}

// UserPoolAuthorizerProps describe an authorizer that takes the tokens of a
// Cognito user pool.
type UserPoolAuthorizerProps struct {
	// API is what has the routes. Required.
	API *API

	// Pool is where the callers sign in. It may be another stack's. Required.
	Pool awscognito.IUserPool

	// Client is the pool's client that the tokens are for. It may be another
	// stack's. Required.
	Client awscognito.IUserPoolClient
}

// NewUserPoolAuthorizer is NewJWTAuthorizer for a Cognito user pool. It takes
// the pool's ID tokens, whose audience the client is, and its access tokens,
// which name the client in "client_id" and alone have scopes.
func NewUserPoolAuthorizer(scope constructs.Construct, id string, props *UserPoolAuthorizerProps) *Authorizer {
	if err := props.validate(); err != nil {
		panic(&Error{"authorizer", id, err})
	}
	return newJWTAuthorizer(scope, id, &JWTAuthorizerProps{
		API:      props.API,
		Issuer:   "https://cognito-idp." + *props.Pool.Env().Region + ".amazonaws.com/" + *props.Pool.UserPoolId(),
		Audience: []string{*props.Client.UserPoolClientId()},
	})
}

func newJWTAuthorizer(scope constructs.Construct, id string, props *JWTAuthorizerProps) *Authorizer {
	props.API.logSubject()
	return newAuthorizer(scope, id, jwtType, props.API, &awsapigatewayv2.CfnAuthorizerProps{
		AuthorizerType: jsii.String("JWT"),
		IdentitySource: jsii.Strings(authorizationHeader),
		JwtConfiguration: &awsapigatewayv2.CfnAuthorizer_JWTConfigurationProperty{
			Issuer:   jsii.String(props.Issuer),
			Audience: jsii.Strings(props.Audience...),
		},
	})
}

func (p *JWTAuthorizerProps) validate() error {
	switch {
	case p.API == nil:
		return errors.New("no API")
	case len(p.Audience) == 0:
		return errors.New("no audience: without one, a token that the issuer made for anybody else would do")
	case len(p.Audience) > maxAudiences:
		return fmt.Errorf("%d audiences: want at most %d", len(p.Audience), maxAudiences)
	case slices.Contains(p.Audience, ""):
		return errors.New("an empty audience")
	}
	if err := checkIssuer(p.Issuer); err != nil {
		return err
	}
	return p.API.checkAuthorizers()
}

// checkIssuer wants what OpenID Connect Discovery wants of an issuer. One that
// is known only when it is deployed is not looked at.
func checkIssuer(issuer string) error {
	if *awscdk.Token_IsUnresolved(issuer) {
		return nil
	}
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf(`issuer %q: want an https URL without a query, like "https://login.example.com"`, issuer)
	}
	return nil
}

func (p *UserPoolAuthorizerProps) validate() error {
	switch {
	case p.API == nil:
		return errors.New("no API")
	case p.Pool == nil:
		return errors.New("no user pool")
	case p.Client == nil:
		return errors.New("no client of the user pool")
	}
	return p.API.checkAuthorizers()
}
