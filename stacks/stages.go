package stacks

import (
	"time"

	"annex/stacks/web"
)

// Stages are the stages that can be deployed: `cdk deploy -c stage=prod '*'`.
// This is what a new team edits first.
func Stages() []Stage {
	return []Stage{
		{
			Name:    "dev",
			Account: "111122223333",
			Region:  "eu-west-1",
			Zone:    Zone{ID: "Z0DEVEXAMPLE", Name: "dev.example.com"},

			SiteHost:   "www.dev.example.com",
			SiteFolder: "site",
			APIHost:    "api.dev.example.com",
			APIPrefix:  "api",
			SocketHost: "ws.dev.example.com",
			Container: Container{
				Host:  "container.dev.example.com",
				Paths: []string{"/shop/*"},
				// A page that a developer's own tools serve may read the products.
				AllowOrigins: []string{"http://localhost:5173"},
			},
			SignInPrefix: "annex-dev-example",

			Services: map[string]Service{
				"cart":   {Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 2}}}, // some cents a month
				"search": {HealthCheck: true},                                              // about 3 USD a month
			},
			LogRetentionDays: 14,
		},
		{
			Name:    "prod",
			Account: "444455556666",
			Region:  "eu-west-1",
			Zone:    Zone{ID: "Z0PRODEXAMPLE", Name: "example.com"},

			SiteHost:     "www.example.com",
			SiteFolder:   "site",
			APIHost:      "api.example.com",
			APIPrefix:    "api",
			SocketHost:   "ws.example.com",
			Container:    Container{Host: "container.example.com", Paths: []string{"/shop/*"}},
			SignInPrefix: "annex-prod-example",

			Exposure: Edge,
			Firewall: &web.Firewall{},
			Release:  web.Canary(10, 10*time.Minute),
			// Few starts are met, for some cents a month. Where none may be, three
			// environments that are always ready, Provisioned: &web.Provisioned{Min: 3},
			// are 6.60 USD.
			Services: map[string]Service{
				"cart":   {Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 3}}},
				"search": {Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 3}}},
			},
			LogRetentionDays: 365,
			AlarmEmail:       "platform@example.com",
			Protected:        true,
		},
	}
}
