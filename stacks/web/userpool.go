package web

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// newUserPool defines the pool of the site's customers, who sign up by
// themselves. It outlives its stack, for nobody can bring back what it holds:
// Cognito gives no password out.
func newUserPool(scope constructs.Construct, props *SignInProps) awscognito.UserPool {
	pool := awscognito.NewUserPool(scope, jsii.String("Pool"), &awscognito.UserPoolProps{
		// The cheapest plan with managed login and passkeys: 10,000 users a month
		// are free, as on Lite, and then each costs some three times as much.
		// Plus adds the detection of leaked passwords, and has no free users.
		FeaturePlan: awscognito.FeaturePlan_ESSENTIALS,

		SelfSignUpEnabled:   jsii.Bool(true),
		SignInAliases:       &awscognito.SignInAliases{Email: jsii.Bool(true)},
		SignInCaseSensitive: jsii.Bool(false),
		StandardAttributes: &awscognito.StandardAttributes{
			Email: &awscognito.StandardAttribute{Required: jsii.Bool(true), Mutable: jsii.Bool(true)},
		},
		AutoVerify: &awscognito.AutoVerifiedAttrs{Email: jsii.Bool(true)},
		// A new address counts once it is verified. Until then whoever has the
		// old one can still sign in and recover the account.
		KeepOriginal:    &awscognito.KeepOriginalAttrs{Email: jsii.Bool(true)},
		AccountRecovery: awscognito.AccountRecovery_EMAIL_ONLY,
		Email:           sender(props.Sender, *awscdk.Stack_Of(scope).Region()),

		// Without Plus nothing compares a password with those that leaked, so
		// that length and kinds of characters have to keep the usual ones out.
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:            jsii.Number(12),
			RequireLowercase:     jsii.Bool(true),
			RequireUppercase:     jsii.Bool(true),
			RequireDigits:        jsii.Bool(true),
			RequireSymbols:       jsii.Bool(true),
			TempPasswordValidity: awscdk.Duration_Days(jsii.Number(3)),
		},
		SignInPolicy: &awscognito.SignInPolicy{AllowedFirstAuthFactors: &awscognito.AllowedFirstAuthFactors{
			Password: jsii.Bool(true),
			Passkey:  jsii.Bool(true),
		}},
		PasskeyUserVerification: awscognito.PasskeyUserVerification_REQUIRED,
		// By an app on the user's phone. Text messages cost money each, and whoever
		// takes over a number gets them.
		Mfa:             awscognito.Mfa_OPTIONAL,
		MfaSecondFactor: &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},

		DeletionProtection: jsii.Bool(props.Protected),
		RemovalPolicy:      awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
	// A passkey that asks for a finger or a PIN is two factors in itself. Without
	// this, Cognito offers none to users who have set up an app. The L2 construct
	// has no prop for it.
	pool.Node().DefaultChild().(awscognito.CfnUserPool).
		SetWebAuthnFactorConfiguration(jsii.String("MULTI_FACTOR_WITH_USER_VERIFICATION"))
	check.Accept(pool,
		check.Exception{Rule: "AwsSolutions-COG2", Reason: "customers of a shop choose a second factor, or a passkey, which is two in itself: asked of all, it would turn some away"},
		check.Exception{Rule: "AwsSolutions-COG8", Reason: "Plus costs from the first user on; long passwords of every kind, and passkeys, stand in for its detection of leaked ones"})
	return pool
}

// sender is how the pool's mails are sent; nil leaves it to Cognito. What is
// verified is the domain: an address alone would do for SES, but not keep the
// mails out of spam.
func sender(address, region string) awscognito.UserPoolEmail {
	if address == "" {
		return nil
	}
	_, domain, _ := strings.Cut(address, "@")
	return awscognito.UserPoolEmail_WithSES(&awscognito.UserPoolSESOptions{
		FromEmail:         jsii.String(address),
		SesRegion:         jsii.String(region),
		SesVerifiedDomain: jsii.String(domain),
	})
}
