package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"annex/local/container"
	"annex/local/lambda"
)

// service is the container service beside the stage: the team's own, or a
// stand-in.
type service struct {
	host      string // its deployed name; empty where no distribution forwards to it
	base      *url.URL
	transport *http.Transport
	standIn   *container.Server // nil for the team's own
}

// startService takes the service at base, or starts a stand-in where base is
// nil. Close it.
func startService(ctx context.Context, host string, base *url.URL, t *terminal) (*service, error) {
	c := &service{
		host: host, base: base,
		// No proxy, and nothing done to bodies: the edge decides on compression.
		transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute},
	}
	if base != nil {
		t.say("the container is %s", base)
		return c, nil
	}
	standIn, err := container.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t.say("started a stand-in for the container (CONTAINER=http://… takes a real one)")
	c.standIn = standIn
	c.base = &url.URL{Scheme: "http", Host: strings.TrimPrefix(standIn.URL(), "http://")}
	return c, nil
}

// at is the same service under another deployed name.
func (c *service) at(host string) *service {
	other := *c
	other.host = host
	return &other
}

func (c *service) close() {
	if c.standIn != nil {
		_ = c.standIn.Close() // it holds nothing that could be lost
	}
}

// RoundTrip sends a request for the service's deployed host to where it
// answers here. The service sees the Host header that it would see deployed.
func (c *service) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = c.base.Scheme, c.base.Host, host
	return c.transport.RoundTrip(r)
}

// handler serves the service under its own host, past the edge.
func (c *service) handler() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.Out.URL.Scheme, p.Out.URL.Host = "https", c.host },
		Transport: c,
	}
}

// reachable gives functions the service's address here in place of the
// deployed one. Handlers dial it themselves, and Go's resolver does not know
// *.localhost.
func (c *service) reachable(functions []lambda.Function) []lambda.Function {
	translated := make([]lambda.Function, len(functions))
	for i, f := range functions {
		environment := make(map[string]string, len(f.Environment))
		for name, value := range f.Environment {
			environment[name] = c.translate(value)
		}
		f.Environment = environment
		translated[i] = f
	}
	return translated
}

func (c *service) translate(text string) string {
	return address.ReplaceAllStringFunc(text, func(match string) string {
		parts := address.FindStringSubmatch(match)
		if c.host == "" || !strings.EqualFold(parts[2], c.host) || !isStandard(parts[1], parts[3]) {
			return match
		}
		return c.base.Scheme + "://" + c.base.Host
	})
}

// containerHost is the container's deployed name; empty where no distribution
// forwards to it.
func containerHost(p plan) string {
	if hosts := external(p); len(hosts) > 0 {
		return hosts[0]
	}
	return ""
}

// external are the hosts that distributions forward to and that no stack
// serves. The first is the container's.
func external(p plan) []string {
	known := map[string]bool{}
	for _, d := range p.gateway.Domains {
		known[d.Name] = true
	}
	for _, a := range p.gateway.APIs {
		known[a.Endpoint] = true
	}
	var hosts []string
	for _, d := range p.distributions {
		for _, b := range d.Behaviours {
			if name := b.Origin.DomainName; !b.Origin.S3 && !known[name] {
				known[name] = true
				hosts = append(hosts, name)
			}
		}
	}
	return hosts
}

// notServed answers for an origin that is not to be had here.
type notServed string

// RoundTrip implements http.RoundTripper.
func (reason notServed) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusNotImplemented, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"text/plain; charset=utf-8"}},
		Body:          io.NopCloser(strings.NewReader(string(reason))),
		ContentLength: int64(len(reason)),
	}, nil
}
