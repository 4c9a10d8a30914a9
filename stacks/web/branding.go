package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Branding is the look of the sign-in pages.
type Branding struct {
	// Settings are what differs from Cognito's own look, in the JSON of its
	// branding designer: CreateManagedLoginBranding in the Cognito API.
	// Required.
	Settings []byte

	// Mark is the shop's sign, an SVG that is seen on light and on dark ground:
	// above the form, and as the page's icon. Required.
	Mark []byte
}

// newBranding defines how the pages look that the client's users sign in on.
// There has to be a style, even if it is Cognito's own: without one the pages
// of managed login are not served.
func newBranding(scope constructs.Construct, pool awscognito.UserPool, client awscognito.UserPoolClient, branding *Branding) awscognito.CfnManagedLoginBranding {
	props := &awscognito.CfnManagedLoginBrandingProps{
		UserPoolId: pool.UserPoolId(),
		ClientId:   client.UserPoolClientId(),
	}
	if branding == nil {
		props.UseCognitoProvidedValues = jsii.Bool(true)
	} else {
		var settings map[string]any
		if err := json.Unmarshal(branding.Settings, &settings); err != nil {
			panic(&Error{"branding", *scope.Node().Id(), fmt.Errorf("its settings: %w", err)})
		}
		props.Settings = settings
		mark := jsii.String(base64.StdEncoding.EncodeToString(branding.Mark))
		var assets []any
		for _, category := range []string{"FAVICON_SVG", "FORM_LOGO"} {
			assets = append(assets, &awscognito.CfnManagedLoginBranding_AssetTypeProperty{
				Category:  jsii.String(category),
				ColorMode: jsii.String("DYNAMIC"),
				Extension: jsii.String("SVG"),
				Bytes:     mark,
			})
		}
		props.Assets = &assets
	}
	return awscognito.NewCfnManagedLoginBranding(scope, jsii.String("Branding"), props)
}
