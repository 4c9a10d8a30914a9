package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"time"

	"annex/local/apigateway"
	"annex/local/cloudfront"
	"annex/local/cognito"
	"annex/local/console"
	"annex/local/lambda"
)

// served is what the templates and the handlers' code make of the system. It is
// never changed: another takes its place, and it ends with the last request
// that took it.
type served struct {
	system    *system
	plan      plan
	code      map[string]string // the compiled handlers' files, by their names
	hosts     hosts
	open      hosts // those that one may open, and not only be led to
	resources console.Resources
	functions *lambda.Service
	gateway   *apigateway.Gateway
	apis      []string // the gateway's hosts
	edges     []*cloudfront.Edge
	container *service
	signIn    *cognito.Service

	certificate tls.Certificate
	trouble     string         // why an edit is not in it; empty where every one is
	handlers    []http.Handler // by the system's ways in
}

// serving makes what serves the plan with the handlers that were compiled
// anew. It takes over what the last one, if there was one, has in memory, and
// changes nothing about that.
func (s *system) serving(p plan, last *served, compiled []string) (*served, error) {
	v := &served{system: s, plan: p, container: s.container.at(containerHost(p))}
	before := served{}
	if last != nil {
		before = *last
	}
	var err error
	if v.code, err = s.builds.take(before.code, compiled); err != nil {
		return nil, err
	}
	functions, err := s.layers.Lead(p.connectable(v.container.reachable(p.functions), s.endpoint.URL()))
	if err != nil {
		return nil, err
	}
	for i, f := range functions {
		functions[i].Build = v.code[path.Base(f.Folder)]
	}
	if last == nil {
		v.functions = lambda.New(functions, lambda.Options{
			Binary:      func(f lambda.Function) (string, error) { return f.Build, nil },
			Environment: s.environment,
			Log:         s.functionLog,
			Invoked: func(i lambda.Invocation) {
				s.starts.count(i)
				s.releases.observe(i)
			},
			TempDir: filepath.Dir(s.builds.kept),
		})
	} else {
		v.functions = last.functions.Next(functions)
	}
	if v.signIn, err = signIn(p.pools, s.options.state, before.signIn); err != nil {
		return nil, err
	}
	v.gateway = apigateway.New(p.gateway, recordedInvoker{functions: v.functions, system: s}, apigateway.Options{
		Done: func(ctx context.Context, x apigateway.Exchange) {
			note(ctx, func(e *exchange) { e.gateway, e.shifted = &x, v.functions.Shifted(x.Function) })
			s.recordGateway(ctx, x)
		},
		Issuers: issuers{v.signIn},
		Callers: signers{s.endpoint},
	})
	v.apis = v.gateway.Hosts()
	for _, d := range p.distributions {
		edge, err := v.edge(d, before.edges)
		if err != nil {
			return nil, err
		}
		v.edges = append(v.edges, edge)
	}
	for _, edge := range v.edges {
		v.hosts = append(v.hosts, edge.Hosts()...)
	}
	v.hosts = append(v.hosts, v.apis...)
	if v.container.host != "" {
		v.hosts = append(v.hosts, v.container.host)
	}
	v.open = slices.Clone(v.hosts)
	v.hosts = append(v.hosts, v.signIn.Hosts()...)
	v.hosts = append(v.hosts, p.sockets.Hosts()...)
	if len(v.open) == 0 {
		return nil, fmt.Errorf("%s has no distribution and no API, so there is nothing to serve", s.options.assembly)
	}
	v.resources = p.list(s.options.stage, v.open)
	v.certificate = before.certificate
	if !slices.Equal(v.hosts, before.hosts) {
		if v.certificate, err = s.authority.Leaf(append([]string{"localhost", consoleName}, v.hosts.localNames()...), time.Now()); err != nil {
			return nil, err
		}
	}
	for _, way := range s.ways {
		v.handlers = append(v.handlers, v.handler(way, s.terminal))
	}
	return v, nil
}

// edge serves the distribution, with the cache that it had.
func (v *served) edge(d cloudfront.Distribution, last []*cloudfront.Edge) (*cloudfront.Edge, error) {
	for _, edge := range last {
		if edge.ID() == d.ID {
			return edge.Next(d, v.origin), nil
		}
	}
	t := v.system.terminal
	return cloudfront.New(d, v.origin, cloudfront.Options{
		Done: func(ctx context.Context, x cloudfront.Exchange) {
			note(ctx, func(e *exchange) { e.failure = x.Err })
			v.system.recordEdge(ctx, x)
		},
		FunctionLog: func(function, _, text string) { t.write(logLine{Function: function, Line: text}) },
	})
}

// troubled is the same system, whose answers say that an edit is not in it yet
// and why; nothing is wrong where there is no text.
func (v *served) troubled(text string) *served {
	other := *v
	other.trouble, other.handlers = text, nil
	for _, way := range v.system.ways {
		handler := v.handler(way, v.system.terminal)
		if text != "" {
			handler = troubled(text, handler)
		}
		other.handlers = append(other.handlers, handler)
	}
	return &other
}

// environment is what leads a function to the local AWS, as itself.
func (s *system) environment(f lambda.Function) map[string]string {
	id, secret, token := s.endpoint.Credentials(f.RoleARN)
	return map[string]string{
		"AWS_ACCESS_KEY_ID":     id,
		"AWS_SECRET_ACCESS_KEY": secret,
		"AWS_SESSION_TOKEN":     token,
		"AWS_ENDPOINT_URL":      s.endpoint.URL(),
	}
}

// origin is how the edge reaches an origin.
func (v *served) origin(o *cloudfront.Origin) (http.RoundTripper, error) {
	domain := o.DomainName
	if slices.Contains(v.apis, domain) {
		if o.ClientCertificate {
			return v.gateway.WithClientCertificate(), nil
		}
		return v.gateway, nil
	}
	if bucket, ok := v.system.endpoint.Bucket(domain); ok {
		return recordedOrigin{bucket, v.system, "S3", domain}, nil
	}
	if domain == v.container.host {
		return recordedOrigin{v.container, v.system, "Container", domain}, nil
	}
	return notServed("annex: no stack serves the origin " + domain + ", and it is not taken for the container\n"), nil
}

// handler serves every host to clients that come by the listener.
func (v *served) handler(l listener, t *terminal) http.Handler {
	byHost := map[string]http.Handler{}
	if v.container.host != "" {
		byHost[v.container.host] = v.container.handler()
	}
	for _, host := range v.apis {
		byHost[host] = v.gateway.SentTo(l.authority(host))
	}
	for _, edge := range v.edges {
		for _, host := range edge.Hosts() {
			byHost[host] = edge
		}
	}
	for _, host := range v.plan.sockets.Hosts() {
		byHost[host] = v.system.sockets.SentTo(l.authority(host))
	}
	for _, host := range v.signIn.Hosts() {
		byHost[host] = v.hosts.signIn(v.signIn)
	}
	return v.hosts.translated(l, t.logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		byHost[r.Host].ServeHTTP(w, r)
	})))
}
