package websocket

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"annex/local/apigateway"
)

// Options are what a gateway needs besides its configuration.
type Options struct {
	// Invoker calls functions, those that are current. Required.
	Invoker apigateway.Invoker

	// Callers knows who signs handshakes. Default: nobody.
	Callers apigateway.Callers

	// Done is called after each handshake, message and $disconnect, with the
	// context of what caused it. Default: nobody is told.
	Done func(context.Context, Exchange)

	// Idle is how long a connection may carry no message, and Lifetime how long
	// it may last. Defaults: 10 minutes and 2 hours, as at AWS.
	Idle, Lifetime time.Duration
}

// Gateway serves the APIs of a configuration, and keeps their connections while
// others take its place. It is safe for concurrent use. Close it.
type Gateway struct {
	options Options
	current atomic.Pointer[serving]

	running context.Context // ends with the gateway
	stop    context.CancelFunc
	working sync.WaitGroup // the goroutines of connections

	lastReads time.Duration // see the constant

	mu          sync.Mutex
	connections map[string]*connection // by ID, from when $connect let them in until nothing of them is left
	closed      bool
}

// serving is a configuration, ready to be looked up. It is never changed.
type serving struct {
	hosts       map[string]*host
	stages      map[string]*servedStage // by <API ID>/<stage>
	permissions map[string][]apigateway.Permission
}

// host is what a Host header leads to: a custom domain or, where it has no
// mappings, the generated endpoint of an API.
type host struct {
	mappings    []apigateway.Mapping
	unsupported string // as the domain is
	api         *API
}

type servedStage struct {
	api    *API
	stage  *Stage
	routes map[string]*servedRoute
}

type servedRoute struct {
	*Route

	bucket *apigateway.Bucket
}

// New makes a gateway without a configuration, which nobody can connect to.
func New(o Options) *Gateway {
	if o.Idle == 0 {
		o.Idle = idleTimeout
	}
	if o.Lifetime == 0 {
		o.Lifetime = maxLifetime
	}
	g := &Gateway{options: o, connections: map[string]*connection{}, lastReads: lastReads}
	g.running, g.stop = context.WithCancel(context.Background())
	g.current.Store(newServing(Config{}))
	return g
}

// Update puts another configuration in place. The messages of connections that
// are open go its routes [?: a deployment may keep those that were there when
// they connected]; those to a stage that is gone are closed. The configuration
// must not be changed any more.
func (g *Gateway) Update(config Config) {
	next := newServing(config)
	g.current.Store(next)
	for _, c := range g.all() {
		if next.stages[c.at.key()] == nil {
			c.close(goingAway, "")
		}
	}
}

// all are the connections of which anything is left.
func (g *Gateway) all() []*connection {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*connection, 0, len(g.connections))
	for _, c := range g.connections {
		all = append(all, c)
	}
	return all
}

// Close ends all connections. Their clients are told within the time that is
// left to the context; no function is: $disconnect is best effort at AWS, too.
// It returns when nothing of them is left.
func (g *Gateway) Close(ctx context.Context) {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.stop() // ends what functions do for them
	for _, c := range g.all() {
		c.close(goingAway, "")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		g.working.Wait()
	}()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	for _, c := range g.all() {
		c.abandon() // its client does not answer
	}
	<-ended
}

func newServing(config Config) *serving {
	s := &serving{hosts: map[string]*host{}, stages: map[string]*servedStage{}, permissions: map[string][]apigateway.Permission{}}
	for _, p := range config.Permissions {
		s.permissions[p.FunctionARN] = append(s.permissions[p.FunctionARN], p)
	}
	for i := range config.APIs {
		api := &config.APIs[i]
		if !api.EndpointDisabled {
			s.hosts[api.Endpoint] = &host{api: api}
		}
		for j := range api.Stages {
			stage := &servedStage{api: api, stage: &api.Stages[j], routes: map[string]*servedRoute{}}
			for k := range api.Routes {
				route := &api.Routes[k]
				stage.routes[route.Key] = &servedRoute{route, apigateway.NewBucket(stage.stage.ThrottleOf(route.Key))}
			}
			s.stages[stage.key()] = stage
		}
	}
	for _, d := range config.Domains {
		s.hosts[d.Name] = &host{mappings: apigateway.SortMappings(d.Mappings), unsupported: d.Unsupported}
	}
	return s
}

func (s *servedStage) key() string { return s.api.ID + "/" + s.stage.Name }

// arn is the stage's: arn:aws:execute-api:<region>:<account>:<api>/<stage>.
func (s *servedStage) arn() string {
	partitioned := ""
	for _, route := range s.api.Routes {
		partitioned = cmp.Or(partitioned, route.FunctionARN)
	}
	return "arn:" + apigateway.PartitionOf(partitioned) + ":execute-api:" + s.api.Region + ":" + s.api.Account + ":" + s.key()
}

// find finds the stage that a handshake is for. That what is not there is 403,
// and not 404 as with HTTP APIs, is what clients report [?].
func (s *serving) find(name, path string) (*servedStage, *refusal) {
	h := s.hosts[name]
	if h == nil {
		return nil, forbidden("no domain name and no endpoint of a WebSocket API is called %q", name)
	}
	if h.unsupported != "" {
		return nil, unsupported(h.unsupported)
	}
	var stage *servedStage
	if h.api != nil {
		stage = s.stages[h.api.ID+strings.TrimSuffix(path, "/")]
		if stage == nil {
			return nil, forbidden("API %q has no stage for %s: want wss://%s/ and the stage's name", h.api.Name, path, name)
		}
	} else {
		m, rest, ok := apigateway.FindMapping(h.mappings, path)
		if ok && rest != "/" { // a WebSocket API has no paths of its own
			ok = false
		}
		if !ok {
			return nil, forbidden("domain %s has no API mapping for %s", name, path)
		}
		if m.Unsupported != "" {
			return nil, unsupported(m.Unsupported)
		}
		if stage = s.stages[m.API+"/"+m.Stage]; stage == nil {
			return nil, forbidden("API mapping %q of %s leads to stage %s of API %s, which is not there", m.Key, name, m.Stage, m.API)
		}
	}
	switch {
	case stage.api.Unsupported != "":
		return nil, unsupported(stage.api.Unsupported)
	case stage.stage.Unsupported != "":
		return nil, unsupported(stage.stage.Unsupported)
	case !stage.stage.Deployed:
		return nil, forbidden("stage %s of API %q has no deployment", stage.stage.Name, stage.api.Name)
	}
	return stage, nil
}

// sourceIP is the address of whoever connected.
func sourceIP(r *http.Request) string { return apigateway.SourceIP(r.RemoteAddr) }
