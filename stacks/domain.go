package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"

	"annex/stacks/web"
)

// Domain is what the other stacks take of the domain's.
type Domain struct {
	Stack awscdk.Stack

	// AlarmTopic is told of the alarms of the stage's region.
	AlarmTopic awssns.ITopic
}

// NewDomain defines the domain names that the services map their APIs onto, and
// the topic that their alarms are sent to.
func NewDomain(scope constructs.Construct, stage Stage) Domain {
	stack := newStack(scope, "domain", stage, "The domain names of the APIs, and the topic of the alarms")
	hosted := zone(stack, stage)
	web.NewDomain(stack, "API", &web.DomainProps{
		Host:       stage.APIHost,
		Zone:       hosted,
		TrustStore: trustStore(stage),
	})
	if stage.SocketHost != "" {
		// Without a trust store: browsers connect to it themselves.
		web.NewDomain(stack, "Socket", &web.DomainProps{Host: stage.SocketHost, Zone: hosted})
	}
	return Domain{Stack: stack, AlarmTopic: newAlarmTopic(stack, stage)}
}

// trustStore is of the authority that signs what the site's distribution shows.
func trustStore(stage Stage) *web.TrustStore {
	if stage.Exposure != Edge {
		return nil
	}
	return &web.TrustStore{
		Bucket:           stage.TrustStoreBucket(),
		Key:              TrustStoreKey,
		VersionParameter: stage.TrustStoreVersionParameter(),
	}
}

// newAlarmTopic defines a topic for the alarms of the stack's region.
func newAlarmTopic(scope constructs.Construct, stage Stage) awssns.ITopic {
	return web.NewAlarmTopic(scope, "Alarms", &web.AlarmTopicProps{
		Name:  "annex-" + stage.Name,
		Email: stage.AlarmEmail,
	})
}
