package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"annex/local/apigateway"
	"annex/local/assembly"
	"annex/local/aws"
	"annex/local/cloudfront"
	"annex/local/container"
	"annex/local/lambda"
	"annex/stacks/bundle"
)

// system is the deployed stage, running.
type system struct {
	hosts     hosts
	functions *lambda.Service
	gateway   *apigateway.Gateway
	edges     []*cloudfront.Edge
	endpoint  *aws.Endpoint
	standIn   *container.Server // nil where a real container is used
	container *url.URL

	containerHost string // the container's deployed name; empty where no distribution has one
	toContainer   toContainer
}

// plan is what the templates say, before anything runs.
type plan struct {
	assembly      *assembly.Assembly
	functions     []lambda.Function
	gateway       apigateway.Config
	distributions []cloudfront.Distribution
	aws           aws.Config
	notices       []assembly.Notice
}

// read reads the cloud assembly; it starts nothing.
func read(dir string) (plan, error) {
	p := plan{}
	var err error
	if p.assembly, err = assembly.Read(dir); err != nil {
		return p, err
	}
	var notices []assembly.Notice
	add := func(err error) error {
		p.notices = append(p.notices, notices...)
		return err
	}
	p.functions, notices, err = lambda.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.gateway, notices, err = apigateway.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.distributions, notices, err = cloudfront.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.aws, notices, err = aws.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	return p, nil
}

// startSystem starts what the templates describe, in the order in which the
// parts need each other. Close it.
func startSystem(ctx context.Context, o options, t *terminal) (*system, error) {
	s := &system{}
	if err := s.start(ctx, o, t); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *system) start(ctx context.Context, o options, t *terminal) error {
	began := time.Now()
	p, err := read(o.assembly)
	if err != nil {
		return err
	}
	t.say("%s describes %s", o.assembly, list(stackNames(p.assembly)))
	for _, n := range append(p.notices, unserved(p.assembly)...) {
		t.say("not served here: %s", n)
	}
	s.containerHost = containerHost(p)

	compiling := time.Now()
	if err := compile(ctx, o, t, p.functions); err != nil {
		return err
	}
	compiled := time.Since(compiling)

	data := filepath.Join(o.state, "data")
	t.say("starting DynamoDB and S3, with their data in %s", data)
	opening := time.Now()
	s.endpoint, err = aws.Start(ctx, p.aws, aws.Options{
		DataDir:  data,
		Node:     filepath.Join(o.root, "node_modules", ".bin", "node"),
		Dynalite: filepath.Join(o.root, "node_modules", "dynalite"),
		DynamoDB: o.dynamoDB,
		Logs:     t,
	})
	if err != nil {
		return err
	}
	opened := time.Since(opening)

	if err := s.startContainer(ctx, o, t); err != nil {
		return err
	}
	// A runner that was killed leaves its functions' files behind.
	temporary, err := filepath.Abs(filepath.Join(o.state, "tmp"))
	if err := errors.Join(err, os.RemoveAll(temporary), os.MkdirAll(temporary, 0o750)); err != nil {
		return fmt.Errorf("the functions' temporary files: %w", err)
	}
	t.name(p.functions)
	s.toContainer = newToContainer(s.container)
	s.functions = lambda.New(s.reachable(p.functions), lambda.Options{
		Binary: func(f lambda.Function) (string, error) {
			return filepath.Abs(filepath.Join(o.state, "build", filepath.Base(f.Folder), "bootstrap"))
		},
		Environment: s.environment,
		Log:         t.function,
		TempDir:     temporary,
	})
	s.gateway = apigateway.New(p.gateway, s.functions, apigateway.Options{
		Done: func(ctx context.Context, x apigateway.Exchange) {
			note(ctx, func(e *exchange) { e.gateway = &x })
		},
	})
	for _, d := range p.distributions {
		edge, err := cloudfront.New(d, s.origin, cloudfront.Options{
			Done: func(ctx context.Context, x cloudfront.Exchange) {
				note(ctx, func(e *exchange) { e.failure = x.Err })
			},
			FunctionLog: func(function, _, text string) { t.line(function + " | " + text) },
		})
		if err != nil {
			return err
		}
		s.edges = append(s.edges, edge)
	}
	for _, edge := range s.edges {
		s.hosts = append(s.hosts, edge.Hosts()...)
	}
	s.hosts = append(s.hosts, s.gateway.Hosts()...)
	if s.containerHost != "" {
		s.hosts = append(s.hosts, s.containerHost)
	}
	t.say("started in %s: compiling %s, DynamoDB and S3 %s, the rest %s", round(time.Since(began)),
		round(compiled), round(opened), round(time.Since(began)-compiled-opened))
	return nil
}

// close ends everything that startSystem started.
func (s *system) close() {
	if s.functions != nil {
		s.functions.Close()
	}
	if s.endpoint != nil {
		_ = s.endpoint.Close() // it has logged what there is to say
	}
	if s.standIn != nil {
		_ = s.standIn.Close()
	}
}

// compile builds the functions' handlers for this machine.
func compile(ctx context.Context, o options, t *terminal, functions []lambda.Function) error {
	var names []string
	for _, f := range functions {
		if name := filepath.Base(f.Folder); f.Unsupported == "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	t.say("compiling the handlers %s for this machine", list(names))
	return bundle.Build(ctx, bundle.Options{Root: o.root, Out: filepath.Join(o.state, "build"), Target: bundle.Host()}, names...)
}

// startContainer finds the container, or starts its stand-in.
func (s *system) startContainer(ctx context.Context, o options, t *terminal) error {
	if o.container != nil {
		s.container = o.container
		t.say("the container is %s", o.container)
		return nil
	}
	standIn, err := container.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.standIn = standIn
	s.container, err = url.Parse(standIn.URL())
	if err != nil {
		return fmt.Errorf("the container's stand-in: %w", err)
	}
	t.say("started a stand-in for the container (CONTAINER=http://… takes a real one)")
	return nil
}

// containerHost is the host that a distribution forwards to and that no stack
// serves: the existing container's.
func containerHost(p plan) string {
	served := map[string]bool{}
	for _, d := range p.gateway.Domains {
		served[d.Name] = true
	}
	for _, d := range p.distributions {
		for _, b := range d.Behaviours {
			if !b.Origin.S3 && !served[b.Origin.DomainName] {
				return b.Origin.DomainName
			}
		}
	}
	return ""
}

// reachable gives functions the container's address here.
func (s *system) reachable(functions []lambda.Function) []lambda.Function {
	for i, f := range functions {
		environment := make(map[string]string, len(f.Environment))
		for name, value := range f.Environment {
			environment[name] = reachable(value, s.containerHost, s.container)
		}
		functions[i].Environment = environment
	}
	return functions
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
func (s *system) origin(domain string) (http.RoundTripper, error) {
	if slices.Contains(s.gateway.Hosts(), domain) {
		return s.gateway, nil
	}
	if bucket, ok := s.endpoint.Bucket(domain); ok {
		return bucket, nil
	}
	if domain == s.containerHost {
		return s.toContainer, nil
	}
	return nil, fmt.Errorf("no stack serves the origin %s, and the container is %s", domain, s.containerHost)
}

// toContainer sends requests for the container's deployed host to where it
// answers here, which sees the Host header that it would see deployed.
type toContainer struct {
	base      *url.URL
	transport *http.Transport
}

func newToContainer(base *url.URL) toContainer {
	// No proxy, and nothing done to bodies: the edge decides on compression.
	return toContainer{base, &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}}
}

// RoundTrip implements http.RoundTripper.
func (c toContainer) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = c.base.Scheme, c.base.Host, host
	r.URL = c.base.ResolveReference(r.URL)
	return c.transport.RoundTrip(r)
}

// handler serves every host to clients that come by the door.
func (s *system) handler(d door, t *terminal) http.Handler {
	byHost := map[string]http.Handler{}
	if s.containerHost != "" {
		byHost[s.containerHost] = &httputil.ReverseProxy{
			Rewrite:   func(p *httputil.ProxyRequest) { p.Out.URL.Scheme, p.Out.URL.Host = "https", s.containerHost },
			Transport: s.toContainer,
		}
	}
	for _, host := range s.gateway.Hosts() {
		byHost[host] = s.gateway
	}
	for _, edge := range s.edges {
		for _, host := range edge.Hosts() {
			byHost[host] = edge
		}
	}
	return s.hosts.translated(d, t.logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		byHost[r.Host].ServeHTTP(w, r)
	})))
}

func stackNames(a *assembly.Assembly) []string {
	names := make([]string, len(a.Stacks))
	for i, stack := range a.Stacks {
		names[i] = stack.Name
	}
	return names
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
