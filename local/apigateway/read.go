package apigateway

import (
	"fmt"

	"annex/local/assembly"
)

// Read reads the HTTP APIs, domains and permissions of an assembly. Notices
// name what cannot be served; a request that needs it gets 501. An error is a
// template that a deployment would refuse, and names the resource.
func Read(a *assembly.Assembly) (Config, []assembly.Notice, error) {
	rd := &reader{assembly: a, apis: map[string]*API{}, sockets: map[string]*socket{}, integrations: Integrations{}, authorizers: map[string]*Authorizer{}}
	for _, step := range []func() error{
		rd.readAPIs, rd.readIntegrations, rd.readAuthorizers, rd.readRoutes, rd.readStages, rd.readDomains, rd.readMappings, rd.readPermissions,
	} {
		if err := step(); err != nil {
			return Config{}, nil, err
		}
	}
	config := Config{Permissions: rd.permissions}
	for _, id := range rd.apiOrder {
		config.APIs = append(config.APIs, *rd.apis[id])
	}
	for _, d := range rd.domains {
		sockets := 0
		for _, m := range d.Mappings {
			if rd.sockets[m.API] != nil {
				sockets++
			}
		}
		switch sockets {
		case 0:
			config.Domains = append(config.Domains, *d)
		case len(d.Mappings):
			config.SocketDomains = append(config.SocketDomains, *d)
		default:
			return Config{}, nil, fmt.Errorf("domain name %s is mapped to a WebSocket API and to an HTTP API: a domain name is for one kind", d.Name)
		}
	}
	return config, rd.notices, nil
}

// reader resolves the references between resources, which it finds by what
// Ref gives for them.
type reader struct {
	assembly *assembly.Assembly
	notices  assembly.Notices

	apis         map[string]*API // by ID
	apiOrder     []string
	sockets      map[string]*socket // WebSocket APIs, by ID
	integrations Integrations
	authorizers  map[string]*Authorizer // by API ID and authorizer ID
	domains      []*Domain
	permissions  []Permission
}

// socket is what a mapping to a WebSocket API has to know of it.
type socket struct {
	name   string
	stages []string
}

// api finds the API that a resource belongs to, and says whether the resource
// matters: one of an API that is not served at all does not.
func (rd *reader) api(r *assembly.Resource, id string) (*API, bool) {
	if rd.sockets[id] != nil {
		return nil, false
	}
	api, ok := rd.apis[id]
	if !ok {
		rd.notices.Add(r, "ApiId", fmt.Sprintf("API %q is not of this app, so local mode does not serve it", id))
		return nil, false
	}
	return api, api.Unsupported == ""
}
