package stacks

import (
	"cmp"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// service is the stack of a service, with what its API and functions have from
// the stage. Made by its methods they are watched, and their logs expire.
type service struct {
	name        string
	stack       awscdk.Stack
	stage       Stage
	domain      Domain
	deployments *web.Deployments
	warmer      *web.Warmer // made when a function is first to be warmed
}

// deploymentsID is the construct of a service's releases, which nothing but a
// service has.
const deploymentsID = "Releases"

// newService defines the stack annex-<stage>-<name>, deployed after the domain.
func newService(scope constructs.Construct, name string, stage Stage, domain Domain, description string) *service {
	stack := newStack(scope, name, stage, description)
	stack.AddStackDependency(domain.Stack, jsii.String("its API is mapped onto the domain name"))
	deployments := web.NewDeployments(stack, deploymentsID, &web.DeploymentsProps{AlarmTopic: domain.AlarmTopic})
	return &service{name: name, stack: stack, stage: stage, domain: domain, deployments: deployments}
}

// function defines a function of the service that callers wait for.
func (s *service) function(id string, props *web.FunctionProps) *web.Function {
	complete := *props
	complete.Concurrency = cmp.Or(props.Concurrency, s.stage.Services[s.name].Concurrency)
	return s.worker(id, &complete)
}

// worker defines a function of the service that nobody waits for, and for which
// what the stage says of the service's concurrency is not meant.
func (s *service) worker(id string, props *web.FunctionProps) *web.Function {
	if err := validateRelease(props.Release); err != nil {
		panic(fmt.Errorf("function %q: %w", id, err))
	}
	complete := *props
	complete.AlarmTopic = s.domain.AlarmTopic
	complete.LogRetention = s.stage.logRetention()
	complete.Deployments = s.deployments
	complete.Release = s.release(props.Release)
	if complete.Concurrency.Warm != nil && props.Code != (bundle.Handler{}) {
		complete.Warmer = s.warmed(props.Code)
	}
	return web.NewFunction(s.stack, id, &complete)
}

// warmed gives what warms the service's functions, one of which has this code.
func (s *service) warmed(code bundle.Handler) *web.Warmer {
	if s.warmer == nil {
		s.warmer = web.NewWarmer(s.stack, "Warmer", &web.WarmerProps{
			Code:         code.Beside("warmer"),
			AlarmTopic:   s.domain.AlarmTopic,
			LogRetention: s.stage.logRetention(),
		})
	}
	return s.warmer
}

// release is how a function's versions are released: as it says itself, or as
// the stage says for its service, or for all of them.
func (s *service) release(own web.Release) web.Release {
	if s.stage.direct {
		return web.Direct()
	}
	if given := s.stage.Services[s.name].Release; given != nil && own == (web.Release{}) {
		return *given
	}
	return cmp.Or(own, s.stage.Release)
}

// check defines what tries a function's new versions when they are released.
func (s *service) check(id string, function *web.Function, props *web.ReleaseCheckProps) *web.ReleaseCheck {
	complete := *props
	complete.Function = function
	complete.LogRetention = s.stage.logRetention()
	return web.NewReleaseCheck(s.stack, id, &complete)
}

// onObject has a function of the service called for what is uploaded.
func (s *service) onObject(id string, props *web.OnObjectProps) *web.Reaction {
	complete := *props
	complete.AlarmTopic = s.domain.AlarmTopic
	return web.OnObject(s.stack, id, &complete)
}

// onChange has a function of the service called for what changes in a table.
func (s *service) onChange(id string, props *web.OnChangeProps) *web.Reaction {
	complete := *props
	complete.AlarmTopic = s.domain.AlarmTopic
	return web.OnChange(s.stack, id, &complete)
}

// onSchedule has a function of the service called at certain times.
func (s *service) onSchedule(id string, props *web.OnScheduleProps) *web.Reaction {
	complete := *props
	complete.AlarmTopic = s.domain.AlarmTopic
	return web.OnSchedule(s.stack, id, &complete)
}

// api defines the service's API: at /<path>/ of the API's host, and at
// /<prefix>/<path>/ of the website.
func (s *service) api(path string) *web.API {
	return web.NewAPI(s.stack, "API", &web.APIProps{
		Path:         path,
		DomainName:   s.stage.APIHost,
		Prefix:       s.stage.APIPrefix,
		AllowOrigins: s.stage.apiOrigins(),
		BehindEdge:   s.stage.Exposure == Edge,
		Throttle:     s.stage.Throttle,
		AlarmTopic:   s.domain.AlarmTopic,
		LogRetention: s.stage.logRetention(),
	})
}

// socket defines the service's WebSocket API, at wss://<SocketHost>/<path>.
func (s *service) socket(path string) *web.Socket {
	if s.stage.SocketHost == "" {
		panic(fmt.Errorf("service %q has a socket, and stage %q no host for it: give it a SocketHost in stacks/stages.go, or define the socket where it has one", s.name, s.stage.Name))
	}
	return web.NewSocket(s.stack, "Socket", &web.SocketProps{
		DomainName:   s.stage.SocketHost,
		Path:         path,
		Throttle:     s.stage.Throttle,
		AlarmTopic:   s.domain.AlarmTopic,
		LogRetention: s.stage.logRetention(),
	})
}

// apiOrigins are the origins whose pages may call the APIs at their own host.
// With Edge nobody can; the site's pages call the site.
func (s Stage) apiOrigins() []string {
	if s.Exposure == Edge {
		return nil
	}
	return s.pageOrigins()
}

// pageOrigins are the origins of the site's own pages, and of others that may
// call the APIs.
func (s Stage) pageOrigins() []string {
	var origins []string
	for _, host := range s.siteHosts() {
		origins = append(origins, "https://"+host)
	}
	return append(origins, s.AllowOrigins...)
}
