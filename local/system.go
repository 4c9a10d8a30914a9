package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"annex/local/apigateway"
	"annex/local/assembly"
	"annex/local/aws"
	"annex/local/cloudfront"
	"annex/local/cognito"
	"annex/local/lambda"
	"annex/stacks/bundle"
)

// system is the deployed stage, running.
type system struct {
	hosts     hosts
	open      hosts // those that one may open, and not only be led to
	functions *lambda.Service
	gateway   *apigateway.Gateway
	apis      []string // the gateway's hosts
	edges     []*cloudfront.Edge
	endpoint  *aws.Endpoint
	region    string // of the endpoint's tables
	container *service
	signIn    *cognito.Service

	compiling, opening time.Duration // what starting spent on handlers, and on DynamoDB and S3
}

// plan is what the templates say, before anything runs.
type plan struct {
	assembly      *assembly.Assembly
	functions     []lambda.Function
	gateway       apigateway.Config
	distributions []cloudfront.Distribution
	pools         cognito.Config
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
	p.pools, notices, err = cognito.Read(p.assembly)
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
	p, err := read(o.assembly)
	if err != nil {
		return err
	}
	t.say("%s describes %s", o.assembly, list(stackNames(p.assembly)))
	for _, n := range append(p.notices, unserved(p.assembly)...) {
		t.say("not served here: %s", n)
	}
	hints, err := p.aws.CheckValues(o.values)
	if err != nil {
		return err
	}
	for _, hint := range hints {
		t.say("%s", hint)
	}
	containerHost := ""
	for i, host := range external(p) {
		if i == 0 {
			containerHost = host
			continue
		}
		t.say("not served here: the origin %s, for %s is taken for the container and there is one alone", host, containerHost)
	}

	compiling := time.Now()
	if err := compile(ctx, o, t, p.functions); err != nil {
		return err
	}
	s.compiling = time.Since(compiling)

	data := filepath.Join(o.state, "data")
	t.say("starting DynamoDB and S3, with their data in %s", data)
	opening := time.Now()
	s.endpoint, err = aws.Start(ctx, p.aws, aws.Options{
		DataDir:  data,
		Node:     filepath.Join(o.root, "node_modules", ".bin", "node"),
		Dynalite: filepath.Join(o.root, "node_modules", "dynalite"),
		DynamoDB: o.dynamoDB,
		Values:   o.values,
		Logs:     t,
	})
	if err != nil {
		return err
	}
	s.opening = time.Since(opening)
	s.region = p.assembly.Stacks[0].Region
	if len(p.functions) > 0 {
		s.region = p.functions[0].Region
	}

	if s.container, err = startService(ctx, containerHost, o.container, t); err != nil {
		return err
	}
	// A runner that was killed leaves its functions' files behind.
	temporary, err := filepath.Abs(filepath.Join(o.state, "tmp"))
	if err := errors.Join(err, os.RemoveAll(temporary), os.MkdirAll(temporary, 0o750)); err != nil {
		return fmt.Errorf("the functions' temporary files: %w", err)
	}
	t.name(p.functions)
	s.functions = lambda.New(s.container.reachable(p.functions), lambda.Options{
		Binary: func(f lambda.Function) (string, error) {
			return filepath.Abs(filepath.Join(o.state, "build", filepath.Base(f.Folder), "bootstrap"))
		},
		Environment: s.environment,
		Log:         t.function,
		TempDir:     temporary,
	})
	if s.signIn, err = startSignIn(p.pools, o.state); err != nil {
		return err
	}
	s.gateway = apigateway.New(p.gateway, s.functions, apigateway.Options{
		Done: func(ctx context.Context, x apigateway.Exchange) {
			note(ctx, func(e *exchange) { e.gateway = &x })
		},
		Issuers: issuers{s.signIn},
		Callers: signers{s.endpoint},
	})
	s.apis = s.gateway.Hosts()
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
	s.hosts = append(s.hosts, s.apis...)
	if containerHost != "" {
		s.hosts = append(s.hosts, containerHost)
	}
	s.open = slices.Clone(s.hosts)
	s.hosts = append(s.hosts, s.signIn.Hosts()...)
	if len(s.open) == 0 {
		return fmt.Errorf("%s has no distribution and no API, so there is nothing to serve", o.assembly)
	}
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
	if s.container != nil {
		s.container.close()
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
func (s *system) origin(o *cloudfront.Origin) (http.RoundTripper, error) {
	domain := o.DomainName
	if slices.Contains(s.apis, domain) {
		if o.ClientCertificate {
			return s.gateway.WithClientCertificate(), nil
		}
		return s.gateway, nil
	}
	if bucket, ok := s.endpoint.Bucket(domain); ok {
		return bucket, nil
	}
	if domain == s.container.host {
		return s.container, nil
	}
	return notServed("annex: no stack serves the origin " + domain + ", and it is not taken for the container\n"), nil
}

// handler serves every host to clients that come by the listener.
func (s *system) handler(l listener, t *terminal) http.Handler {
	byHost := map[string]http.Handler{}
	if s.container.host != "" {
		byHost[s.container.host] = s.container.handler()
	}
	for _, host := range s.apis {
		byHost[host] = s.gateway.SentTo(l.authority(host))
	}
	for _, edge := range s.edges {
		for _, host := range edge.Hosts() {
			byHost[host] = edge
		}
	}
	for _, host := range s.signIn.Hosts() {
		byHost[host] = s.hosts.signIn(s.signIn)
	}
	return s.hosts.translated(l, t.logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
