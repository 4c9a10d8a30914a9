package stacks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// TestStartsOfAServiceAreAsTheStageSays looks at all that a service's functions
// have of its Concurrency, and at what they do not have.
func TestStartsOfAServiceAreAsTheStageSays(t *testing.T) {
	stage := stage()
	stage.SocketHost = "ws.example.com"
	stage.Services = map[string]stacks.Service{
		"cart": {Concurrency: web.Concurrency{Reserved: 50, Warm: &web.Warm{Environments: 3, Every: 2 * time.Minute}}},
		"search": {Concurrency: web.Concurrency{Provisioned: &web.Provisioned{Min: 2, Max: 9, TimeZone: "Europe/Dublin", Schedule: []web.Scaling{
			{At: "cron(0 8 ? * MON-FRI *)", Min: 5}, {At: "cron(0 20 ? * MON-FRI *)", Min: 2},
		}}}},
		"recommendations": {Concurrency: web.Concurrency{Provisioned: &web.Provisioned{Min: 3}}},
		"updates":         {Concurrency: web.Concurrency{Reserved: 20}},
	}
	templates := cdktest.Synth(t, define(t, stage))
	for name, want := range map[string][]string{
		"annex-dev-cart":   {"Cart reserves 50", "Cart is warmed rate(2 minutes)"},
		"annex-dev-search": {"Search scales from 2 to 9, 2 times by the clock"},
		// Nobody waits for who learns and notifies.
		"annex-dev-recommendations": {"Recommendations has 3"},
		"annex-dev-updates":         {"Authorizer reserves 20", "Updates reserves 20"},
	} {
		if diff := cmp.Diff(want, starts(templates[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// starts says what a template has its functions' starts depend on, by construct.
func starts(template cdktest.Template) (found []string) {
	construct := func(r cdktest.Resource) string {
		return strings.Split(fmt.Sprint(r.Metadata["aws:cdk:path"]), "/")[1]
	}
	for _, r := range template.All("AWS::Lambda::Function") {
		if n := r.Properties["ReservedConcurrentExecutions"]; n != nil {
			found = append(found, fmt.Sprintf("%s reserves %v", construct(r), n))
		}
	}
	for _, r := range template.All("AWS::Lambda::Alias") {
		if config, ok := r.Properties["ProvisionedConcurrencyConfig"].(map[string]any); ok {
			found = append(found, fmt.Sprintf("%s has %v", construct(r), config["ProvisionedConcurrentExecutions"]))
		}
	}
	for _, r := range template.All("AWS::ApplicationAutoScaling::ScalableTarget") {
		actions, _ := r.Properties["ScheduledActions"].([]any)
		found = append(found, fmt.Sprintf("%s scales from %v to %v, %d times by the clock", construct(r), r.Properties["MinCapacity"], r.Properties["MaxCapacity"], len(actions)))
	}
	for _, r := range template.All("AWS::Scheduler::Schedule") {
		if !strings.Contains(fmt.Sprint(r.Metadata["aws:cdk:path"]), "/WarmUp") {
			continue // it has a function do its work
		}
		found = append(found, fmt.Sprintf("%s is warmed %v", construct(r), r.Properties["ScheduleExpression"]))
	}
	return found
}

func TestHealthChecksAreTheSites(t *testing.T) {
	stage := stage()
	stage.Services = map[string]stacks.Service{"cart": {HealthCheck: true}, "search": {}}
	templates := cdktest.Synth(t, define(t, stage))

	config, _ := templates["annex-dev-site"].Only(t, "AWS::Route53::HealthCheck").Properties["HealthCheckConfig"].(map[string]any)
	got := fmt.Sprint(config["Type"], " ", config["FullyQualifiedDomainName"], config["ResourcePath"])
	if want := "HTTPS api.example.com/cart/health"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for name, template := range templates {
		if n := len(template.All("AWS::Route53::HealthCheck")); n > 0 && name != "annex-dev-site" {
			t.Errorf("%s has %d health checks: their metrics are in us-east-1 alone", name, n)
		}
	}
}

func TestEveryServiceHasAHealthRouteForAnybody(t *testing.T) {
	templates := cdktest.Synth(t, define(t, stage()))
	for _, name := range services(t, stage()) {
		found := false
		for _, route := range templates[name].All("AWS::ApiGatewayV2::Route") {
			found = found || route.Properties["RouteKey"] == "GET /health" && route.Properties["AuthorizerId"] == nil
		}
		if !found {
			t.Errorf("%s has no GET /health: its HealthCheck would find nothing", name)
		}
	}
}

func TestStartsThatCannotBeAreNamedByField(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*stacks.Stage)
		want  []string // the lines after the first
	}{
		{"starts and a health check", func(s *stacks.Stage) {
			s.Release = web.Canary(10, 10*time.Minute)
			s.Services = map[string]stacks.Service{
				"cart":   {Concurrency: web.Concurrency{Provisioned: &web.Provisioned{Min: 1, Max: 2}}, Release: new(web.AllAtOnce())},
				"search": {Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 1}}, HealthCheck: true},
			}
		}, nil},
		{"starts that cannot be", func(s *stacks.Stage) {
			s.Services = map[string]stacks.Service{
				"cart":   {Concurrency: web.Concurrency{Reserved: -1}},
				"search": {Concurrency: web.Concurrency{Warm: &web.Warm{}}},
			}
		}, []string{
			`Services["cart"].Concurrency: reserved concurrency -1: want 1 or more, or 0 for none`,
			`Services["search"].Concurrency: warm environments: 0 environments: want 1 to 50; more are cheaper to have provisioned than to be without`,
		}},
		{"a number that scales in a stage that shifts traffic", func(s *stacks.Stage) {
			s.Release = web.Canary(10, 10*time.Minute)
			s.Services = map[string]stacks.Service{"cart": {Concurrency: web.Concurrency{Provisioned: &web.Provisioned{Min: 1, Max: 2}}}}
		}, []string{
			`Services["cart"]: provisioned concurrency that scales, and release web.Canary(10, 10m0s): want web.AllAtOnce(), before which the check runs too, or a fixed number: ` +
				`while a release shifts traffic the alias is weighted, and then AWS refuses to change its provisioned concurrency (“Alias with weights can not be used with Provisioned Concurrency”)`,
		}},
		{"a number that scales in a service that shifts traffic", func(s *stacks.Stage) {
			s.Services = map[string]stacks.Service{"cart": {
				Release:     new(web.Linear(10, time.Minute)),
				Concurrency: web.Concurrency{Provisioned: &web.Provisioned{Min: 1, Max: 2}},
			}}
		}, []string{
			`Services["cart"]: provisioned concurrency that scales, and release web.Linear(10, 1m0s): want web.AllAtOnce(), before which the check runs too, or a fixed number: ` +
				`while a release shifts traffic the alias is weighted, and then AWS refuses to change its provisioned concurrency (“Alias with weights can not be used with Provisioned Concurrency”)`,
		}},
		{"a health check behind the edge", func(s *stacks.Stage) {
			s.Exposure, s.Firewall = stacks.Edge, &web.Firewall{}
			s.Services = map[string]stacks.Service{"cart": {HealthCheck: true}}
		}, []string{
			`Services["cart"].HealthCheck "true": want false with Exposure "edge": Route 53 shows no client certificate, so that APIHost would never answer it, and the alarm never end`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			stage := stage()
			test.spoil(&stage)
			if diff := cmp.Diff(test.want, mistakes(stage.Validate())); diff != "" {
				t.Error("(-want +got):\n", diff)
			}
		})
	}
}
