package stacks

import (
	_ "embed" // for the look of the sign-in pages

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"

	"annex/stacks/web"
)

// Identity is where a stage's customers sign in.
type Identity struct {
	Stack  awscdk.Stack
	Pool   awscognito.IUserPool
	Client awscognito.IUserPoolClient // the website's page
	Host   string                     // of the sign-in pages
}

// The sign-in pages look like the shop: these are the colours of
// site/css/tokens.css, and its mark.
var (
	//go:embed branding/settings.json
	brandingSettings []byte
	//go:embed branding/mark.svg
	brandingMark []byte
)

// NewIdentity defines the user pool of the customers. Other stacks refer to it
// and to its client, but to nothing else of it.
func NewIdentity(scope constructs.Construct, stage Stage) Identity {
	stack := newStack(scope, "identity", stage, "The customers, and where they sign in")
	signIn := web.NewSignIn(stack, "SignIn", &web.SignInProps{
		Sites:     stage.siteHosts(),
		Prefix:    stage.SignInPrefix,
		Sender:    stage.SignInSender,
		Protected: stage.Protected,
		Branding:  &web.Branding{Settings: brandingSettings, Mark: brandingMark},
	})
	return Identity{Stack: stack, Pool: signIn.Pool, Client: signIn.Client, Host: signIn.Host}
}
