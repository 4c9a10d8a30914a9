package web_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func signIn(t *testing.T, change func(*web.SignInProps)) cdktest.Template {
	t.Helper()
	props := &web.SignInProps{Sites: []string{"www.example.com"}, Prefix: "example-shop"}
	change(props)
	return synth(t, func(stack awscdk.Stack, _ *bundle.Handlers) { web.NewSignIn(stack, "SignIn", props) })
}

func TestTokensAreGivenForACodeAlone(t *testing.T) {
	client := signIn(t, func(*web.SignInProps) {}).Only(t, "AWS::Cognito::UserPoolClient")
	want := map[string]any{
		"GenerateSecret":                  false,
		"AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthFlows":               []any{"code"},
		"AllowedOAuthScopes":              []any{"openid", "email"},
		"CallbackURLs":                    []any{"https://www.example.com/"},
		"LogoutURLs":                      []any{"https://www.example.com/"},
		"ExplicitAuthFlows":               []any{"ALLOW_USER_AUTH"},
		"PreventUserExistenceErrors":      "ENABLED",
		"EnableTokenRevocation":           true,
	}
	got := map[string]any{}
	for name := range want {
		got[name] = client.Properties[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("the client (-want +got):\n", diff)
	}
}

func TestUserPoolIsKeptAndProtectedWhereAsked(t *testing.T) {
	for protected, want := range map[bool]string{true: "ACTIVE", false: "INACTIVE"} {
		pool := signIn(t, func(p *web.SignInProps) { p.Protected = protected }).Only(t, "AWS::Cognito::UserPool")
		if pool.DeletionPolicy != "RetainExceptOnCreate" || pool.UpdateReplacePolicy != "Retain" {
			t.Errorf("deleted %s, replaced %s", pool.DeletionPolicy, pool.UpdateReplacePolicy)
		}
		if got := pool.Properties["DeletionProtection"]; got != want {
			t.Errorf("protected %t: DeletionProtection is %v, want %s", protected, got, want)
		}
	}
}

func TestCodesComeFromTheSenderThatIsGiven(t *testing.T) {
	pool := signIn(t, func(p *web.SignInProps) { p.Sender = "shop@mail.example.com" }).Only(t, "AWS::Cognito::UserPool")
	email := pool.Properties["EmailConfiguration"]
	if got := at(t, email, "EmailSendingAccount"); got != "DEVELOPER" {
		t.Errorf("sent by %v", got)
	}
	if got := at(t, email, "From"); got != "shop@mail.example.com" {
		t.Errorf("from %v", got)
	}
	source, err := json.Marshal(at(t, email, "SourceArn"))
	if err != nil || !strings.Contains(string(source), ":ses:us-east-1:111122223333:identity/mail.example.com") {
		t.Errorf("the verified identity is %s, %v", source, err)
	}
	plain := signIn(t, func(*web.SignInProps) {}).Only(t, "AWS::Cognito::UserPool")
	if got := plain.Properties["EmailConfiguration"]; got != nil {
		t.Errorf("without a sender: %v", got)
	}
}

// TestUserPoolSendsNoTextMessages keeps out what costs money for each, and needs
// a role to send.
func TestUserPoolSendsNoTextMessages(t *testing.T) {
	template := signIn(t, func(*web.SignInProps) {})
	pool := template.Only(t, "AWS::Cognito::UserPool")
	if diff := cmp.Diff(any([]any{"SOFTWARE_TOKEN_MFA"}), pool.Properties["EnabledMfas"]); diff != "" {
		t.Error("second factors (-want +got):\n", diff)
	}
	recovery := at(t, pool.Properties["AccountRecoverySetting"], "RecoveryMechanisms")
	if diff := cmp.Diff(any([]any{map[string]any{"Name": "verified_email", "Priority": 1.0}}), recovery); diff != "" {
		t.Error("account recovery (-want +got):\n", diff)
	}
	if roles := template.All("AWS::IAM::Role"); len(roles) > 0 {
		t.Error("there is a role: ", roles[0].LogicalID)
	}
}

func TestSignInPagesAlwaysHaveAStyle(t *testing.T) {
	template := signIn(t, func(*web.SignInProps) {})
	plain := template.Only(t, "AWS::Cognito::ManagedLoginBranding")
	if domain := template.Only(t, "AWS::Cognito::UserPoolDomain"); !slices.Contains(plain.DependsOn, domain.LogicalID) {
		t.Errorf("the style waits for %v, want %s: the pages are not there yet", plain.DependsOn, domain.LogicalID)
	}
	if plain.Properties["UseCognitoProvidedValues"] != true {
		t.Error("without a branding: ", plain.Properties)
	}
	branded := signIn(t, func(p *web.SignInProps) {
		p.Branding = &web.Branding{Settings: []byte(`{"componentClasses": {"buttons": {"borderRadius": 12}}}`), Mark: []byte("<svg/>")}
	}).Only(t, "AWS::Cognito::ManagedLoginBranding")
	if got := at(t, branded.Properties["Settings"], "componentClasses", "buttons", "borderRadius"); got != 12.0 {
		t.Errorf("the radius of buttons is %v, want 12", got)
	}
	if got := at(t, branded.Properties["Assets"], 1, "Bytes"); got != "PHN2Zy8+" {
		t.Errorf("the mark is %v", got)
	}
}

func TestSignInSaysWhatItWants(t *testing.T) {
	const wantPrefix = `: want up to 63 of a-z, 0-9 and, within, hyphens, with neither "aws", "amazon" nor "cognito" in it`
	for _, test := range []struct {
		name   string
		change func(*web.SignInProps)
		want   string
	}{
		{"no site", func(p *web.SignInProps) { p.Sites = nil }, `web: sign-in "SignIn": no site`},
		{"no prefix", func(p *web.SignInProps) { p.Prefix = "" }, `web: sign-in "SignIn": prefix ""` + wantPrefix},
		{"upper case", func(p *web.SignInProps) { p.Prefix = "Shop" }, `web: sign-in "SignIn": prefix "Shop"` + wantPrefix},
		{"hyphen at the end", func(p *web.SignInProps) { p.Prefix = "shop-" }, `web: sign-in "SignIn": prefix "shop-"` + wantPrefix},
		{"reserved word", func(p *web.SignInProps) { p.Prefix = "my-aws-shop" }, `web: sign-in "SignIn": prefix "my-aws-shop"` + wantPrefix},
		{
			"settings", func(p *web.SignInProps) { p.Branding = &web.Branding{Settings: []byte("{")} },
			`web: branding "SignIn": its settings: unexpected end of JSON input`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			props := &web.SignInProps{Sites: []string{"www.example.com"}, Prefix: "example-shop"}
			test.change(props)
			got := misuse(t, func() { web.NewSignIn(newStack(cdktest.NewApp(t, nil)), "SignIn", props) })
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
