package stacks

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/web"
)

// validateServices checks how the functions are released and started. Whether
// there are such services is known when all are defined: see checkServices.
func (s Stage) validateServices(m *mistakes) {
	invalid := func(err error, field string) {
		if err != nil {
			*m = append(*m, fmt.Errorf("  %s: %w", field, err))
		}
	}
	invalid(validateRelease(s.Release), "Release")
	for _, name := range slices.Sorted(maps.Keys(s.Services)) {
		service, field := s.Services[name], fmt.Sprintf("Services[%q]", name)
		release := s.Release
		if service.Release != nil {
			release = *service.Release
			invalid(validateRelease(release), field+".Release")
		}
		invalid(service.Concurrency.Validate(), field+".Concurrency")
		invalid(service.Concurrency.ValidateRelease(release), field)
		m.check(!service.HealthCheck || cmp.Or(s.Exposure, Public) != Edge, field+".HealthCheck", "true",
			`false with Exposure "edge": Route 53 shows no client certificate, so that APIHost would never answer it, and the alarm never end`)
	}
}

// validateRelease says why a release cannot be that of every deployment.
func validateRelease(release web.Release) error {
	if release == web.Direct() {
		return fmt.Errorf("release %s: want another: with it no deployment is checked or goes back; for the one that needs it, deploy with -c release=direct", release)
	}
	return release.Validate()
}

// checkHealth has Route 53 ask the services that the stage says, by the host of
// the APIs alone: the site does not wait for them to be deployed.
func checkHealth(scope constructs.Construct, stage Stage, topic awssns.ITopic) {
	group := constructs.NewConstruct(scope, jsii.String("Health"))
	for _, name := range slices.Sorted(maps.Keys(stage.Services)) {
		if !stage.Services[name].HealthCheck {
			continue
		}
		web.NewHealthCheck(group, name, &web.HealthCheckProps{
			Host:       stage.APIHost,
			Path:       "/" + name + "/health",
			AlarmTopic: topic,
		})
	}
}
