package cloudfront

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Distribution is one AWS::CloudFront::Distribution with everything that it
// refers to resolved.
type Distribution struct {
	ID                string   // such as EDFDVBD6EXAMPLE
	DomainName        string   // such as d111111abcdef8.cloudfront.net
	Aliases           []string // the host names that it answers to
	DefaultRootObject string   // without a leading slash; empty for none
	Behaviours        []Behaviour
	ErrorResponses    map[int]ErrorResponse // by the origin's status
}

// Behaviour is one cache behaviour. A distribution's are in the order in which
// they are tried, and the last is the default one, with the pattern "*".
type Behaviour struct {
	PathPattern           string
	Origin                Origin
	ViewerProtocolPolicy  string // "allow-all", "https-only" or "redirect-to-https"
	AllowedMethods        []string
	CachedMethods         []string
	Compress              bool
	CachePolicy           CachePolicy
	OriginRequestPolicy   *OriginRequestPolicy   // nil: none
	ResponseHeadersPolicy *ResponseHeadersPolicy // nil: none
	ViewerRequest         *Function              // nil: none
	ViewerResponse        *Function              // nil: none
	Unsupported           string                 // why requests get 501; empty: they are served
}

// Origin is where a behaviour's requests go.
type Origin struct {
	ID                 string
	DomainName         string
	Path               string // put before the request's path; no slash at its end
	S3                 bool   // a bucket behind an origin access control, rather than a custom origin
	ProtocolPolicy     string // "http-only", "https-only" or "match-viewer"
	HTTPPort           int
	HTTPSPort          int
	ConnectionAttempts int           // 1 to 3
	ConnectionTimeout  time.Duration // of each attempt
	ReadTimeout        time.Duration // until the response begins, and between its packets
	CustomHeaders      http.Header   // sent with every request, replacing the viewer's
	ClientCertificate  bool          // CloudFront shows it one (OriginMtlsConfig)
}

// CachePolicy is what is in the cache key, and for how long responses stay.
type CachePolicy struct {
	Name                       string
	MinTTL, DefaultTTL, MaxTTL time.Duration
	Headers                    Selection
	Cookies                    Selection
	QueryStrings               Selection
	Gzip, Brotli               bool // the normalised Accept-Encoding is in the key
}

// Caches reports whether the policy lets anything stay in the cache at all:
// CachingDisabled is the policy whose times are all zero.
func (p CachePolicy) Caches() bool { return p.MaxTTL > 0 }

// OriginRequestPolicy is what the origin is sent beside the cache key.
type OriginRequestPolicy struct {
	Name         string
	Headers      Selection
	Cookies      Selection
	QueryStrings Selection
}

// ErrorResponse is what a distribution makes of one error status.
type ErrorResponse struct {
	PagePath     string        // empty: the origin's response is passed on
	ResponseCode int           // instead of the status; zero: the status stays
	MinTTL       time.Duration // how long the error stays in the cache
}

// Mode says how a Selection's names are meant.
type Mode string

// The modes that policies have for headers, cookies and query strings. Headers
// call All "allViewer".
const (
	None      Mode = "none"
	All       Mode = "all"
	Whitelist Mode = "whitelist"
	AllExcept Mode = "allExcept"
)

// Selection says which of a request's headers, cookies or query strings are
// meant. Header names are compared without regard to case, the others exactly.
type Selection struct {
	Mode  Mode
	Names []string
}

// Has reports whether the cookie or query string with the name is selected.
func (s Selection) Has(name string) bool {
	return s.has(func() bool { return slices.Contains(s.Names, name) })
}

// HasHeader is Has for a header.
func (s Selection) HasHeader(name string) bool {
	return s.has(func() bool {
		return slices.ContainsFunc(s.Names, func(n string) bool { return strings.EqualFold(n, name) })
	})
}

func (s Selection) has(named func() bool) bool {
	switch s.Mode {
	case All:
		return true
	case Whitelist:
		return named()
	case AllExcept:
		return !named()
	}
	return false
}
