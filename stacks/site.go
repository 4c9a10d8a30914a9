package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"annex/stacks/web"
)

// NewSite defines the website, which has the APIs and the container below paths
// of its own. It knows both by their hosts alone, so it depends on no stack.
func NewSite(scope constructs.Construct, stage Stage) awscdk.Stack {
	stack := newStackIn(scope, "us-east-1", "site", stage, "The website, with the APIs and the container behind it")
	web.NewSite(stack, "Site", &web.SiteProps{
		Host:    stage.SiteHost,
		Zone:    zone(stack, stage),
		Content: stage.SiteFolder,
		Config: map[string]string{
			"api":       "/" + stage.APIPrefix,
			"container": strings.TrimSuffix(stage.Container.Paths[0], "/*"),
		},
		Behaviors: []web.Behavior{
			{Paths: []string{"/" + stage.APIPrefix + "/*"}, Origin: stage.APIHost},
			{Paths: stage.Container.Paths, Origin: stage.Container.Host, RedirectHTTP: true, PlainHTTP: stage.Container.PlainHTTP},
		},
	})
	return stack
}
