package web

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// SignInProps describe where the customers of a website sign in.
type SignInProps struct {
	// Sites are the website's hosts: "www.example.com". Their start page begins the
	// sign-in, and is where the customer comes back to. Required.
	Sites []string

	// Prefix is the first label of the host of the sign-in pages, for which
	// Host gives the whole. No other account may have it in the region.
	// Required.
	Prefix string

	// Sender is the address that customers get their codes from, by Amazon SES in
	// the stack's region: "shop@example.com". Its domain is verified there, and
	// the account is out of SES's sandbox.
	// Default: Cognito sends by itself, 50 mails a day.
	Sender string

	// Protected keeps the user pool from being deleted, by anybody, until it is
	// taken away again.
	Protected bool

	// Branding is how the sign-in pages look.
	// Default: as Cognito has them.
	Branding *Branding
}

// SignIn is a user pool, its client for a website, and the pages that users
// sign in on.
type SignIn struct {
	Pool   awscognito.UserPool
	Client awscognito.UserPoolClient
	Host   string // of the sign-in pages
}

// NewSignIn defines a user pool whose users sign up and in with their email
// address, on pages that Cognito serves, and the client that a website is.
func NewSignIn(scope constructs.Construct, id string, props *SignInProps) *SignIn {
	if err := props.validate(); err != nil {
		panic(&Error{"sign-in", id, err})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	pool := newUserPool(group, props)
	client := newSiteClient(pool, props)
	domain := awscognito.NewUserPoolDomain(group, jsii.String("Domain"), &awscognito.UserPoolDomainProps{
		UserPool:            pool,
		CognitoDomain:       &awscognito.CognitoDomainOptions{DomainPrefix: jsii.String(props.Prefix)},
		ManagedLoginVersion: awscognito.ManagedLoginVersion_NEWER_MANAGED_LOGIN,
	})
	branding := newBranding(group, pool, client, props.Branding)
	// The classic pages take no look before they have a domain, and Cognito may
	// refuse the second of two changes at once (ConcurrentModificationException).
	branding.Node().AddDependency(domain)
	return &SignIn{
		Pool:   pool,
		Client: client,
		Host:   SignInHost(props.Prefix, *awscdk.Stack_Of(scope).Region()),
	}
}

// SignInHost is the host of the sign-in pages with that prefix, in a region.
func SignInHost(prefix, region string) string {
	return prefix + ".auth." + region + ".amazoncognito.com"
}

// SignInPrefix says what IsSignInPrefix wants.
const SignInPrefix = `up to 63 of a-z, 0-9 and, within, hyphens, with neither "aws", "amazon" nor "cognito" in it`

var signInPrefix = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// IsSignInPrefix tells whether s can be SignInProps.Prefix: "Using the Amazon
// Cognito domain for managed login".
func IsSignInPrefix(s string) bool {
	for _, reserved := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(s, reserved) {
			return false
		}
	}
	return signInPrefix.MatchString(s)
}

func (p *SignInProps) validate() error {
	switch {
	case len(p.Sites) == 0 || slices.Contains(p.Sites, ""):
		return errors.New("no site")
	case !IsSignInPrefix(p.Prefix):
		return fmt.Errorf("prefix %q: want %s", p.Prefix, SignInPrefix)
	}
	return nil
}
