package websocket

import (
	"slices"
	"strings"
)

// Hosts are the names that a configuration is served at, sorted: custom domain
// names, and the generated endpoints of APIs that did not disable theirs.
func (c Config) Hosts() []string {
	var names []string
	for _, d := range c.Domains {
		names = append(names, d.Name)
	}
	for _, api := range c.APIs {
		if !api.EndpointDisabled {
			names = append(names, api.Endpoint)
		}
	}
	slices.Sort(names)
	return names
}

// Addresses are where clients connect, such as ws.dev.example.com/updates.
func (c Config) Addresses() []string {
	var all []string
	for _, d := range c.Domains {
		for _, m := range d.Mappings {
			all = append(all, strings.TrimSuffix(d.Name+"/"+m.Key, "/"))
		}
	}
	for _, api := range c.APIs {
		for _, stage := range api.Stages {
			if !api.EndpointDisabled {
				all = append(all, api.Endpoint+"/"+stage.Name)
			}
		}
	}
	return all
}

// At is the API and the stage at an address, which may also be an endpoint that
// is disabled: "@connections" is not.
func (c Config) At(address string) (apiID, stage string, found bool) {
	for _, d := range c.Domains {
		for _, m := range d.Mappings {
			if strings.TrimSuffix(d.Name+"/"+m.Key, "/") == address {
				return m.API, m.Stage, true
			}
		}
	}
	for _, api := range c.APIs {
		for _, stage := range api.Stages {
			if api.Endpoint+"/"+stage.Name == address {
				return api.ID, stage.Name, true
			}
		}
	}
	return "", "", false
}
