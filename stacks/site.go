package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/web"
)

// NewSite defines the website, which has the APIs and the container below paths
// of its own. It knows both by their hosts alone. Of the identity it names the
// client, so that the page can say who it is; of the domain it takes the topic
// of the alarms, where that is in us-east-1 too. It has the services' health
// checks, whose metrics are in us-east-1 alone.
func NewSite(scope constructs.Construct, stage Stage, domain Domain, identity Identity) awscdk.Stack {
	stack := newStackIn(scope, "us-east-1", "site", stage, "The website, with the APIs and the container behind it")
	alarms := domain.AlarmTopic
	if stage.Region != *stack.Region() {
		alarms = newAlarmTopic(stack, stage)
	}
	var certificate *string // that the edge shows to the APIs
	if stage.Exposure == Edge {
		// A parameter of the template, which each deployment reads again.
		certificate = awsssm.StringParameter_ValueForStringParameter(stack, jsii.String(stage.OriginCertificateParameter()), nil)
	}
	config := map[string]any{
		"api":       "/" + stage.APIPrefix,
		"container": strings.TrimSuffix(stage.Container.Paths[0], "/*"),
		"signIn":    map[string]any{"host": identity.Host, "client": *identity.Client.UserPoolClientId()},
	}
	connectTo := []string{"https://" + identity.Host} // where the page gets its tokens
	if stage.SocketHost != "" {
		config["socket"] = stage.SocketHost + "/" + updatesPath
		connectTo = append(connectTo, "wss://"+stage.SocketHost)
	}
	web.NewSite(stack, "Site", &web.SiteProps{
		Host:         stage.SiteHost,
		TakeoverHost: stage.TakeoverHost,
		TakenOver:    stage.TakenOver,
		Zone:         zone(stack, stage),
		Content:      stage.SiteFolder,
		Config:       config,
		Behaviors: []web.Behavior{
			{
				ID:                "API",
				Paths:             []string{"/" + stage.APIPrefix + "/*"},
				Origin:            stage.APIHost,
				ClientCertificate: certificate,
			},
			{
				ID:           "Container",
				Paths:        stage.Container.Paths,
				Origin:       stage.Container.Host,
				RedirectHTTP: true,
				PlainHTTP:    stage.Container.PlainHTTP,
				AllowOrigins: stage.Container.AllowOrigins,
			},
		},
		ConnectTo:    connectTo,
		AlarmTopic:   alarms,
		LogRetention: stage.logRetention(),
		Firewall:     stage.Firewall,
	})
	checkHealth(stack, stage, alarms)
	stack.AddStackDependency(identity.Stack, jsii.String("its page names the client of the user pool"))
	return stack
}

// siteHosts are the hosts that the site's pages are at.
func (s Stage) siteHosts() []string {
	if s.TakeoverHost == "" {
		return []string{s.SiteHost}
	}
	return []string{s.SiteHost, s.TakeoverHost}
}
