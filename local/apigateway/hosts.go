package apigateway

import (
	"cmp"
	"fmt"
	"time"
)

// host is what a Host header leads to: a custom domain or, if that is nil,
// the generated endpoint of an API.
type host struct {
	domain   *Domain
	mappings []Mapping // of the domain, sorted
	byAPI    map[string]*servedAPI

	api *servedAPI
}

type servedAPI struct {
	*API
	stages []*servedStage
}

// servedStage is a stage with its routes ready to be matched.
type servedStage struct {
	api     *API
	stage   *Stage
	table   routeTable
	targets []*target // of the table's keys, by index
}

// target is a route of one stage, and what belongs to it there.
type target struct {
	route       *Route
	timeout     time.Duration
	bucket      *Bucket
	permissions []Permission // those for the route's function
	guard       guard        // nil when anybody may call
}

func newHosts(config Config, invoker Invoker, options Options) map[string]*host {
	hosts := map[string]*host{}
	permissions := map[string][]Permission{}
	for _, p := range config.Permissions {
		permissions[p.FunctionARN] = append(permissions[p.FunctionARN], p)
	}
	guards := newGuards(permissions, invoker, options)
	byID := map[string]*servedAPI{}
	for i := range config.APIs {
		api := newServedAPI(&config.APIs[i], permissions, guards)
		byID[api.ID] = api
		hosts[api.Endpoint] = &host{api: api}
	}
	for i := range config.Domains {
		d := &config.Domains[i]
		hosts[d.Name] = &host{domain: d, mappings: SortMappings(d.Mappings), byAPI: byID}
	}
	return hosts
}

func newServedAPI(api *API, permissions map[string][]Permission, guards *guards) *servedAPI {
	served := &servedAPI{API: api}
	for i := range api.Stages {
		stage := &servedStage{api: api, stage: &api.Stages[i]}
		for j := range api.Routes {
			route := &api.Routes[j]
			stage.targets = append(stage.targets, &target{
				route:       route,
				timeout:     cmp.Or(route.Timeout, maxIntegrationTimeout),
				bucket:      NewBucket(stage.stage.ThrottleOf(route.Key.String())),
				permissions: permissions[route.FunctionARN],
				guard:       guards.of(route),
			})
		}
		stage.table = sortRoutes(stage.targets)
		served.stages = append(served.stages, stage)
	}
	return served
}

// findStage finds the stage that a request is for, and the path that its
// routes see. Its sender may have shown a certificate.
func (g *Gateway) findStage(name, path string, certificate bool) (*servedStage, string, error) {
	h, ok := g.hosts[name]
	if !ok {
		return nil, "", unknownHost(name)
	}
	var (
		stage *servedStage
		err   error
	)
	if h.domain != nil {
		stage, path, err = h.mappedStage(path, certificate)
	} else {
		stage, err = h.api.endpointStage(path)
	}
	if err != nil {
		return nil, "", err
	}
	switch {
	case stage.stage.Unsupported != "":
		return nil, "", unsupported(stage.stage.Unsupported)
	case !stage.stage.Deployed:
		return nil, "", notFound(fmt.Errorf("stage %s of API %q has no deployment", stage.stage.Name, stage.api.Name))
	}
	return stage, path, nil
}

// mappedStage finds the stage behind a custom domain.
func (h *host) mappedStage(path string, certificate bool) (*servedStage, string, error) {
	if h.domain.ClientCertificate && !certificate {
		return nil, "", noCertificate(h.domain)
	}
	if h.domain.Unsupported != "" {
		return nil, "", unsupported(h.domain.Unsupported)
	}
	m, rest, ok := FindMapping(h.mappings, path)
	if !ok {
		return nil, "", notFound(fmt.Errorf("domain %s has no API mapping for %s", h.domain.Name, path))
	}
	if m.Unsupported != "" {
		return nil, "", unsupported(m.Unsupported)
	}
	if api := h.byAPI[m.API]; api != nil {
		if api.Unsupported != "" {
			return nil, "", unsupported(api.Unsupported)
		}
		for _, stage := range api.stages {
			if stage.stage.Name == m.Stage {
				return stage, rest, nil
			}
		}
	}
	return nil, "", notFound(fmt.Errorf("API mapping %q of %s leads to stage %s of API %s, which is not there", m.Key, h.domain.Name, m.Stage, m.API))
}

// endpointStage finds the stage on the API's generated endpoint.
func (a *servedAPI) endpointStage(path string) (*servedStage, error) {
	if a.Unsupported != "" {
		return nil, unsupported(a.Unsupported)
	}
	if a.EndpointDisabled {
		return nil, endpointDisabled(a.API)
	}
	if stage := findStage(a.stages, path); stage != nil {
		return stage, nil
	}
	return nil, notFound(fmt.Errorf("API %q has no stage for %s", a.Name, path))
}
