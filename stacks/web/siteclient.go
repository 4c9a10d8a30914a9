package web

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// newSiteClient defines the client that a website's page is: a public one, for
// a page can keep no secret. It gets tokens for an authorization code alone.
// Cognito checks the PKCE verifier of a code that was asked for with a
// challenge; it has no setting that demands one, so the page always sends it.
func newSiteClient(pool awscognito.UserPool, props *SignInProps) awscognito.UserPoolClient {
	var starts []string
	for _, site := range props.Sites {
		starts = append(starts, "https://"+site+"/")
	}
	email := awscognito.NewClientAttributes().WithStandardAttributes(&awscognito.StandardAttributesMask{Email: jsii.Bool(true)})
	return pool.AddClient(jsii.String("Site"), &awscognito.UserPoolClientOptions{
		GenerateSecret: jsii.Bool(false),
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &[]awscognito.OAuthScope{awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_EMAIL()},
			CallbackUrls: jsii.Strings(starts...),
			LogoutUrls:   jsii.Strings(starts...),
		},
		SupportedIdentityProviders: &[]awscognito.UserPoolClientIdentityProvider{
			awscognito.UserPoolClientIdentityProvider_COGNITO(),
		},
		// Managed login offers passkeys to a client with this flow, and it needs
		// no other.
		AuthFlows:                  &awscognito.AuthFlow{User: jsii.Bool(true)},
		PreventUserExistenceErrors: jsii.Bool(true),

		// An API takes an access token until it expires, even of a user who has
		// signed out: so that is soon. The page refreshes it, with a refresh token
		// that works once; the grace is for an answer that got lost.
		AccessTokenValidity:             minutes(15 * time.Minute),
		IdTokenValidity:                 minutes(15 * time.Minute),
		RefreshTokenValidity:            minutes(24 * time.Hour),
		RefreshTokenRotationGracePeriod: seconds(30 * time.Second),
		EnableTokenRevocation:           jsii.Bool(true),

		ReadAttributes: email.WithStandardAttributes(&awscognito.StandardAttributesMask{
			Email: jsii.Bool(true), EmailVerified: jsii.Bool(true),
		}),
		WriteAttributes: email,
	})
}
