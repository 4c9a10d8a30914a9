package apigateway

import (
	"cmp"
	"fmt"

	"annex/local/assembly"
)

// Read reads the HTTP APIs, domains and permissions of an assembly. Notices
// name what cannot be served; a request that needs it gets 501. An error is a
// template that a deployment would refuse, and names the resource.
func Read(a *assembly.Assembly) (Config, []assembly.Notice, error) {
	rd := &reader{assembly: a, apis: map[string]*API{}, sockets: map[string]bool{}, socketDomains: map[string]bool{}, integrations: map[string]integration{}, authorizers: map[string]*Authorizer{}}
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
		if rd.socketDomains[d.Name] {
			if len(d.Mappings) > 0 {
				return Config{}, nil, fmt.Errorf("domain name %s is mapped to a WebSocket API and to an HTTP API: a domain name is for one kind", d.Name)
			}
			continue
		}
		config.Domains = append(config.Domains, *d)
	}
	return config, rd.notices, nil
}

// reader resolves the references between resources, which it finds by what
// Ref gives for them.
type reader struct {
	assembly *assembly.Assembly
	notices  []assembly.Notice

	apis         map[string]*API // by ID
	apiOrder     []string
	sockets      map[string]bool        // IDs of WebSocket APIs
	integrations map[string]integration // by API ID and integration ID
	authorizers  map[string]*Authorizer // by API ID and authorizer ID
	domains      []*Domain
	permissions  []Permission

	socketDomains map[string]bool // that are mapped to WebSocket APIs
}

// api finds the API that a resource belongs to, and says whether the resource
// matters: one of an API that is not served at all does not.
func (rd *reader) api(r *assembly.Resource, id string) (*API, bool) {
	if rd.sockets[id] {
		return nil, false
	}
	api, ok := rd.apis[id]
	if !ok {
		rd.unsupported(r, "ApiId", fmt.Sprintf("API %q is not of this app, so local mode does not serve it", id))
		return nil, false
	}
	return api, api.Unsupported == ""
}

// unsupported notes what cannot be served, and returns the sentence that a
// request is answered with.
func (rd *reader) unsupported(r *assembly.Resource, property, reason string) string {
	notice := assembly.Notice{Resource: r, Property: property, Reason: reason}
	rd.notices = append(rd.notices, notice)
	return notice.String()
}

// unknown notes the properties that Decode did not know. Since nobody can say
// what they do, a request that comes past their resource is not served.
func (rd *reader) unknown(r *assembly.Resource, properties []string) string {
	notices := assembly.Unknown(r, properties)
	rd.notices = append(rd.notices, notices...)
	if len(notices) == 0 {
		return ""
	}
	return notices[0].String()
}

// feature is a property that this gateway knows and does not have.
type feature struct {
	property string
	value    any
	reason   string
}

// features notes those that are set, and returns the sentence for the first.
func (rd *reader) features(r *assembly.Resource, all ...feature) string {
	var first string
	for _, f := range all {
		if isSet(f.value) {
			first = cmp.Or(first, rd.unsupported(r, f.property, f.reason))
		}
	}
	return first
}

func isSet(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return true
}
