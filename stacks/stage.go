package stacks

import (
	"fmt"
	"slices"
	"strings"

	"annex/stacks/web"
)

// Stage is one deployment of everything: its place, its names and its knobs.
// The fields without a default are required.
type Stage struct {
	// Name is in the name of each stack: "prod" gives annex-prod-cart.
	Name string

	// Account is the AWS account, twelve digits.
	Account string

	// Region is where the APIs, their functions and tables are. The site's
	// resources are in us-east-1, where CloudFront looks for them.
	Region string

	// Zone is the Route 53 hosted zone that SiteHost and APIHost are in.
	Zone Zone

	// SiteHost is the website's host.
	SiteHost string

	// TakeoverHost is where the website is while another distribution still has
	// SiteHost, which no stack owns: see "Taking over" in the README.
	// Default: the website is at SiteHost.
	TakeoverHost string

	// TakenOver says that SiteHost has been moved to the website's distribution,
	// which has TakeoverHost too until that is taken out.
	TakenOver bool

	// SiteFolder is the folder of the website's files, relative to the root of
	// the repository.
	SiteFolder string

	// APIHost is the host of the APIs, and where the website forwards to.
	APIHost string

	// APIPrefix is the website's path below which the APIs are: "api" gives
	// https://<SiteHost>/api/cart/…. Choose one that the container does not
	// answer.
	APIPrefix string

	// SocketHost is the host of the WebSocket APIs, by which pages hear of changes
	// at once. Neither CloudFront nor the firewall is before it, whatever the
	// Exposure: what protects it are its authorizer, which takes the site's own
	// pages alone, and the throttles. In each region, once, API Gateway is given
	// a role for its access log: see "Deploy to an account" in the README.
	// Default: there are none, and pages ask from time to time.
	SocketHost string

	// Container is the service that the team runs already.
	Container Container

	// Exposure says who reaches the APIs at APIHost.
	// Default: Public.
	Exposure Exposure

	// AllowOrigins are origins, beside the site's own, whose pages may call the
	// APIs at APIHost: "https://admin.example.com". With Edge no page can.
	// Default: none.
	AllowOrigins []string

	// SignInPrefix is the first label of the host of the sign-in pages,
	// <SignInPrefix>.auth.<Region>.amazoncognito.com. No other account may have
	// it in the region.
	SignInPrefix string

	// SignInSender is the address that customers get their codes from, by Amazon
	// SES in Region: "shop@example.com". Its domain is verified there, and the
	// account is out of SES's sandbox.
	// Default: Cognito sends by itself, 50 mails a day.
	SignInSender string

	// Firewall is AWS WAF before the site. It costs some dollars a month.
	// Default: none; Edge is there for one.
	Firewall *web.Firewall

	// Throttle bounds the requests to each route of each API.
	// Default: that of web.APIProps.
	Throttle web.Throttle

	// Release is how requests go from a function's old version to its new one, in
	// every service.
	// Default: all at once.
	Release web.Release

	// Services are what is different for a service, by its name: "cart".
	// Default: nothing.
	Services map[string]Service

	// ConcurrencyLimit is how many executions the account may run at once in
	// the region, all functions together. A new account may have 10.
	// Default: 1000, as AWS has it.
	ConcurrencyLimit int

	// LogRetentionDays is how long CloudWatch keeps logs: one of the numbers of
	// days that it offers.
	// Default: 30.
	LogRetentionDays int

	// AlarmEmail is told of every alarm, once its owner has confirmed the
	// subscription.
	// Default: nobody; the topics are there to be subscribed to.
	AlarmEmail string

	// Protected keeps the stacks and their tables from being deleted until it
	// is taken away again. It is for production.
	Protected bool

	direct bool // see Directly
}

// Service is what a stage has different for one service.
type Service struct {
	// Release is how requests go from its functions' old versions to their new
	// ones, but for a function that has its own in its stack.
	// Default: as in the stage.
	Release *web.Release

	// Concurrency is how many invocations of each of its functions that callers
	// wait for may run at once, and which environments are there beforehand. A
	// function that has any of it in its stack has nothing of this: neither adds to
	// the other.
	// Default: the account's limit, and none.
	Concurrency web.Concurrency

	// HealthCheck has Route 53 ask the service's GET /health at APIHost every 30
	// seconds, from outside and from each of its places, and an alarm tell when it
	// is not answered. It keeps one environment warm by the way, and costs about 3
	// USD a month (web.NewHealthCheck). Not with Edge, where nobody but CloudFront
	// is answered at APIHost.
	HealthCheck bool
}

// Directly gives the stage as it is deployed once after an alias was moved by
// hand: CloudFormation moves the aliases, past checks and alarms.
func (s Stage) Directly() Stage {
	s.direct = true
	return s
}

// Exposure says who reaches the APIs at the API's host.
type Exposure string

const (
	// Public lets every client reach the APIs. The firewall, which stands before
	// the site, is not in its way.
	Public Exposure = "public"
	// Edge lets only the site's distribution reach the APIs, which shows a
	// client certificate (see `make origin-certificate`). Everybody else calls
	// them below the site's APIPrefix, past the firewall.
	Edge Exposure = "edge"
)

// Zone is a Route 53 hosted zone.
type Zone struct {
	ID   string // "Z0123456789ABCDEFGHIJ"
	Name string // "example.com"
}

// Container is a service that is there already, and is only named here.
type Container struct {
	// Host answers HTTPS with a certificate of its own name, unless PlainHTTP.
	Host string
	// Paths are the CloudFront path patterns that the website forwards to it,
	// "/shop/*". The shop's pages look for the products below the first, which
	// therefore ends in "/*" and has no other wildcard.
	Paths []string
	// PlainHTTP is for a container that does not answer HTTPS: the edge asks it
	// by HTTP, past all that protects a request on its way.
	PlainHTTP bool
	// AllowOrigins are origins whose pages may read what the site forwards to
	// the container, which itself knows nothing of CORS. The edge answers their
	// preflights. The site's own pages need none.
	// Default: none.
	AllowOrigins []string
}

// URL is the container's address, without a slash at the end. A handler that
// calls the container takes it from its environment.
func (c Container) URL() string {
	if c.PlainHTTP {
		return "http://" + c.Host
	}
	return "https://" + c.Host
}

// FindStage gives the stage of that name, if its fields are as they should be.
func FindStage(name string) (Stage, error) {
	stages := Stages()
	i := slices.IndexFunc(stages, func(s Stage) bool { return s.Name == name })
	if i < 0 {
		var names []string
		for _, stage := range stages {
			names = append(names, stage.Name)
		}
		return Stage{}, fmt.Errorf("unknown stage %q: want -c stage=<one of %s>, or add it to stacks/stages.go",
			name, strings.Join(names, ", "))
	}
	stage := stages[i]
	return stage, stage.Validate(slices.Delete(stages, i, i+1)...)
}
