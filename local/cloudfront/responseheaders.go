package cloudfront

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ResponseHeadersPolicy is what a behaviour changes in the headers of its
// responses ("Understand response headers policies").
type ResponseHeadersPolicy struct {
	Name    string
	Remove  []string
	Headers []PolicyHeader // the security headers and the custom ones
	CORS    *CORS          // nil: none
}

// PolicyHeader is a header that a policy adds.
type PolicyHeader struct {
	Name, Value string
	Override    bool // it replaces the origin's
}

// CORS is what a policy adds to the responses of requests that have an Origin.
type CORS struct {
	AllowCredentials bool
	AllowHeaders     []string
	AllowMethods     []string // "ALL" stands for every one
	AllowOrigins     []string // "*", "https://www.example.com", "https://*.example.com"
	ExposeHeaders    []string
	MaxAge           *int // seconds; nil: no such header
	OriginOverride   bool // its headers replace the origin's
}

// apply changes the headers of one response. First what is to be removed goes,
// then the rest is added, so a header that is in both is sent.
func (p *ResponseHeadersPolicy) apply(response, request http.Header, method string) {
	if p == nil {
		return
	}
	for _, name := range p.Remove {
		response.Del(name)
		if strings.EqualFold(name, "Server") {
			// CloudFront sends its own instead of the one that it removed.
			response.Set("Server", "CloudFront")
		}
	}
	for _, h := range p.Headers {
		setHeader(response, h.Name, h.Value, h.Override)
	}
	if origin := request.Get("Origin"); p.CORS != nil && origin != "" {
		p.CORS.apply(response, request, origin, method)
	}
}

func (c *CORS) apply(response, request http.Header, origin, method string) {
	allowed, ok := c.allows(origin)
	if !ok {
		return
	}
	set := func(name, value string) {
		if value != "" {
			setHeader(response, name, value, c.OriginOverride)
		}
	}
	set("Access-Control-Allow-Origin", allowed)
	if allowed != "*" {
		addVary(response, "Origin") // as the Fetch standard asks for; the documentation does not say
	}
	if c.AllowCredentials {
		set("Access-Control-Allow-Credentials", "true")
	}
	set("Access-Control-Expose-Headers", strings.Join(c.ExposeHeaders, ","))
	if method != http.MethodOptions || request.Get("Access-Control-Request-Method") == "" {
		return
	}
	set("Access-Control-Allow-Headers", strings.Join(c.AllowHeaders, ","))
	methods := c.AllowMethods
	if slices.Contains(methods, "ALL") {
		methods = []string{"GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	}
	set("Access-Control-Allow-Methods", strings.Join(methods, ","))
	if c.MaxAge != nil {
		set("Access-Control-Max-Age", strconv.Itoa(*c.MaxAge))
	}
}

// allows returns the value of Access-Control-Allow-Origin for an origin. A
// wildcard stands for the leftmost part of the host, and a setting without a
// scheme for both.
func (c *CORS) allows(origin string) (string, bool) {
	scheme, host, _ := strings.Cut(origin, "://")
	for _, allowed := range c.AllowOrigins {
		if allowed == "*" {
			return "*", true
		}
		s, h, ok := strings.Cut(allowed, "://")
		if !ok {
			s, h = scheme, allowed
		}
		suffix, wild := strings.CutPrefix(h, "*")
		if s == scheme && (h == host || wild && strings.HasSuffix(host, suffix)) {
			return origin, true
		}
	}
	return "", false
}

func setHeader(h http.Header, name, value string, override bool) {
	if override || len(h.Values(name)) == 0 {
		h.Set(name, value)
	}
}
