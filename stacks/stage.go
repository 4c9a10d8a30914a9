package stacks

import (
	"errors"
	"fmt"
	"regexp"
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

	// SiteFolder is the folder of the website's files, relative to the root of
	// the repository.
	SiteFolder string

	// APIHost is the host of the APIs, and where the website forwards to.
	APIHost string

	// APIPrefix is the website's path below which the APIs are: "api" gives
	// https://<SiteHost>/api/cart/…. Choose one that the container does not
	// answer.
	APIPrefix string

	// Container is the service that the team runs already.
	Container Container

	// Exposure says who reaches the APIs at APIHost.
	// Default: Public.
	Exposure Exposure

	// AllowOrigins are origins, beside the site's own, whose pages may call the
	// APIs at APIHost: "https://admin.example.com".
	// Default: none.
	AllowOrigins []string

	// SignInPrefix is the first label of the host of the sign-in pages,
	// <SignInPrefix>.auth.<Region>.amazoncognito.com. No other account may have
	// it in the region.
	SignInPrefix string

	// Firewall is AWS WAF before the site. It costs some dollars a month.
	// Default: none.
	Firewall *web.Firewall

	// Throttle bounds the requests to each route of each API.
	// Default: that of web.APIProps.
	Throttle web.Throttle

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
	return stages[i], stages[i].Validate()
}

var (
	stageName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	account   = regexp.MustCompile(`^[0-9]{12}$`)
	region    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	zoneID    = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	host      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	pattern   = regexp.MustCompile(`^/[A-Za-z0-9_.*$/~"'@:+&?-]*$`)
)

// Validate reports every field that cannot be right, by its name.
func (s Stage) Validate() error {
	var mistakes []error
	check := func(ok bool, field, value, want string) {
		if !ok {
			mistakes = append(mistakes, fmt.Errorf("  %s %q: want %s", field, value, want))
		}
	}
	match := func(re *regexp.Regexp, field, value, want string) { check(re.MatchString(value), field, value, want) }

	match(stageName, "Name", s.Name, "lower case letters and digits")
	match(account, "Account", s.Account, "twelve digits")
	match(region, "Region", s.Region, "a region like eu-west-1")
	match(zoneID, "Zone.ID", s.Zone.ID, "a hosted zone's ID, like Z0123456789ABCDEFGHIJ")
	match(host, "Zone.Name", s.Zone.Name, "a domain name like example.com")
	inZone := func(field, value string) {
		check(value == s.Zone.Name || strings.HasSuffix(value, "."+s.Zone.Name), field, value, "a host in the zone "+s.Zone.Name)
	}
	match(host, "SiteHost", s.SiteHost, "a host like www.example.com")
	inZone("SiteHost", s.SiteHost)
	match(host, "APIHost", s.APIHost, "a host like api.example.com")
	inZone("APIHost", s.APIHost)
	check(s.APIHost != s.SiteHost, "APIHost", s.APIHost, "another host than SiteHost")
	check(web.IsSegment(s.APIPrefix), "APIPrefix", s.APIPrefix, web.Segment)
	match(host, "Container.Host", s.Container.Host, "a host like container.example.com")
	check(s.Container.Host != s.SiteHost && s.Container.Host != s.APIHost, "Container.Host", s.Container.Host,
		"another host than SiteHost and APIHost: the container keeps the one that it has")
	check(len(s.Container.Paths) > 0, "Container.Paths", "", `at least one path pattern, like "/shop/*"`)
	for i, path := range s.Container.Paths {
		match(pattern, "Container.Paths", path, `a CloudFront path pattern, like "/shop/*"`)
		check(path != "/*" && path != "/"+s.APIPrefix+"/*", "Container.Paths", path, "a pattern that leaves the site and the APIs their paths")
		below, all := strings.CutSuffix(path, "/*")
		check(i > 0 || all && !strings.ContainsAny(below, "*?"), "Container.Paths", path,
			`a path that ends in "/*" first, for the page looks for the products below it`)
	}
	if len(mistakes) == 0 {
		return nil
	}
	return fmt.Errorf("stage %q in stacks/stages.go:\n%w", s.Name, errors.Join(mistakes...))
}
