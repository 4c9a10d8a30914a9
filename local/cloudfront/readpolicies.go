package cloudfront

import (
	"fmt"
	"time"

	"annex/local/assembly"
)

func (r *reader) readCachePolicy(resource *assembly.Resource) error {
	var p cachePolicyProperties
	if err := r.notices.Decode(resource, &p); err != nil {
		return err
	}
	c := p.CachePolicyConfig
	key := c.ParametersInCacheKeyAndForwardedToOrigin
	r.cachePolicies[resource.Ref()] = CachePolicy{
		Name: c.Name, MinTTL: seconds(c.MinTTL), DefaultTTL: seconds(c.DefaultTTL), MaxTTL: seconds(c.MaxTTL),
		Gzip: key.EnableAcceptEncodingGzip, Brotli: key.EnableAcceptEncodingBrotli,
		Headers:      r.headers(resource, key.HeadersConfig),
		Cookies:      Selection{Mode: Mode(key.CookiesConfig.CookieBehavior), Names: key.CookiesConfig.Cookies},
		QueryStrings: Selection{Mode: Mode(key.QueryStringsConfig.QueryStringBehavior), Names: key.QueryStringsConfig.QueryStrings},
	}
	return nil
}

func (r *reader) readOriginRequestPolicy(resource *assembly.Resource) error {
	var p originRequestPolicyProperties
	if err := r.notices.Decode(resource, &p); err != nil {
		return err
	}
	c := p.OriginRequestPolicyConfig
	r.originRequestPolicies[resource.Ref()] = &OriginRequestPolicy{
		Name:         c.Name,
		Headers:      r.headers(resource, c.HeadersConfig),
		Cookies:      Selection{Mode: Mode(c.CookiesConfig.CookieBehavior), Names: c.CookiesConfig.Cookies},
		QueryStrings: Selection{Mode: Mode(c.QueryStringsConfig.QueryStringBehavior), Names: c.QueryStringsConfig.QueryStrings},
	}
	return nil
}

// headers is a policy's header setting. The headers that CloudFront makes from
// what it knows of the viewer are named where they cannot be made here.
func (r *reader) headers(resource *assembly.Resource, c headersConfig) Selection {
	for _, name := range c.Headers {
		if _, known := generated(name, &viewer{}); c.HeaderBehavior != "allExcept" && isGenerated(name) && !known {
			r.notices.Add(resource, "HeadersConfig.Headers", fmt.Sprintf("local mode knows too little of the viewer to send %s", name))
		}
	}
	switch c.HeaderBehavior {
	case "allViewer", "allViewerAndWhitelistCloudFront":
		return Selection{Mode: All, Names: c.Headers}
	}
	return Selection{Mode: Mode(c.HeaderBehavior), Names: c.Headers}
}

func (r *reader) readResponseHeadersPolicy(resource *assembly.Resource) error {
	var p responseHeadersPolicyProperties
	if err := r.notices.Decode(resource, &p); err != nil {
		return err
	}
	c := p.ResponseHeadersPolicyConfig
	policy := &ResponseHeadersPolicy{Name: c.Name, Headers: c.SecurityHeadersConfig.headers()}
	for _, h := range c.RemoveHeadersConfig.Items {
		policy.Remove = append(policy.Remove, h.Header)
	}
	for _, h := range c.CustomHeadersConfig.Items {
		policy.Headers = append(policy.Headers, PolicyHeader{Name: h.Header, Value: h.Value, Override: h.Override})
	}
	if cors := c.CorsConfig; cors != nil {
		policy.CORS = &CORS{
			AllowCredentials: cors.AccessControlAllowCredentials,
			AllowHeaders:     cors.AccessControlAllowHeaders.Items,
			AllowMethods:     cors.AccessControlAllowMethods.Items,
			AllowOrigins:     cors.AccessControlAllowOrigins.Items,
			ExposeHeaders:    cors.AccessControlExposeHeaders.Items,
			MaxAge:           cors.AccessControlMaxAgeSec,
			OriginOverride:   cors.OriginOverride,
		}
	}
	if c.ServerTimingHeadersConfig.Enabled {
		r.notices.Add(resource, "ResponseHeadersPolicyConfig.ServerTimingHeadersConfig", "local mode sends no Server-Timing: its times would say nothing of CloudFront's")
	}
	r.responseHeadersPolicies[resource.Ref()] = policy
	return nil
}

func (c securityHeadersConfig) headers() []PolicyHeader {
	var headers []PolicyHeader
	add := func(name, value string, override bool) {
		headers = append(headers, PolicyHeader{Name: name, Value: value, Override: override})
	}
	if h := c.ContentSecurityPolicy; h != nil {
		add("Content-Security-Policy", h.ContentSecurityPolicy, h.Override)
	}
	if h := c.ContentTypeOptions; h != nil {
		add("X-Content-Type-Options", "nosniff", h.Override)
	}
	if h := c.FrameOptions; h != nil {
		add("X-Frame-Options", h.FrameOption, h.Override)
	}
	if h := c.ReferrerPolicy; h != nil {
		add("Referrer-Policy", h.ReferrerPolicy, h.Override)
	}
	if h := c.StrictTransportSecurity; h != nil {
		value := fmt.Sprintf("max-age=%d", h.AccessControlMaxAgeSec)
		if h.IncludeSubdomains {
			value += "; includeSubDomains"
		}
		if h.Preload {
			value += "; preload"
		}
		add("Strict-Transport-Security", value, h.Override)
	}
	if h := c.XSSProtection; h != nil {
		value := "0"
		switch {
		case h.Protection && h.ModeBlock:
			value = "1; mode=block"
		case h.Protection && h.ReportURI != "":
			value = "1; report=" + h.ReportURI
		case h.Protection:
			value = "1"
		}
		add("X-XSS-Protection", value, h.Override)
	}
	return headers
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
