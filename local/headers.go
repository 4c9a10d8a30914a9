package main

import (
	"cmp"
	"crypto/tls"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// incoming makes the request the one that would arrive if the system were
// deployed: for the deployed host, over HTTPS.
func (h hosts) incoming(r *http.Request, host string) {
	r.Host = host
	for _, name := range []string{"Origin", "Referer"} {
		for i, value := range r.Header[name] {
			r.Header[name][i] = h.toDeployed(value)
		}
	}
	if r.TLS == nil {
		r.TLS = &tls.ConnectionState{}
	}
}

// outgoing makes the response one that works in a browser here, which came by
// the listener. Its Origin header is empty where it sent none.
func (h hosts) outgoing(header http.Header, d listener, origin string) {
	// Remembered by a browser, it would break whatever else is served on
	// localhost.
	header.Del("Strict-Transport-Security")
	translate := func(name string, translated func(value string) string) {
		if values := header[name]; len(values) > 0 {
			header[name] = slices.Clone(values) // what it came from may be kept
			for i, value := range values {
				header[name][i] = translated(value)
			}
		}
	}
	for _, name := range []string{"Content-Location", "Link", "Refresh", "Reporting-Endpoints"} {
		translate(name, func(value string) string { return h.toLocal(value, d) })
	}
	translate("Location", func(value string) string {
		if relative, ok := strings.CutPrefix(value, "//"); ok {
			return strings.TrimPrefix(h.toLocal(d.scheme+"://"+relative, d), d.scheme+":")
		}
		return h.toLocal(value, d)
	})
	for _, name := range []string{"Access-Control-Allow-Origin", "Timing-Allow-Origin"} {
		translate(name, func(value string) string {
			if origin != "" && value == h.toDeployed(origin) {
				return origin // a page may have come by the other listener
			}
			return h.toLocal(value, d)
		})
	}
	for _, name := range []string{"Content-Security-Policy", "Content-Security-Policy-Report-Only"} {
		translate(name, func(value string) string { return h.localPolicy(value, d) })
	}
	translate("Set-Cookie", h.localCookie)
}

// localPolicy is a content security policy with the sources of a browser that
// came by the listener (Content Security Policy Level 3, section 2.3).
func (h hosts) localPolicy(policy string, d listener) string {
	directives := strings.Split(policy, ";")
	kept := directives[:0]
	for _, directive := range directives {
		words := strings.Fields(directive)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if d.scheme == "http" && (name == "upgrade-insecure-requests" || name == "block-all-mixed-content") {
			continue // there is nothing here to go to instead
		}
		for i, source := range words[1:] {
			words[i+1] = h.localSource(source, d)
		}
		kept = append(kept, strings.Join(words, " "))
	}
	return strings.Join(kept, "; ")
}

// source is a host source of a policy, which needs no scheme and may begin with
// a wildcard.
var source = regexp.MustCompile(`^(?:([A-Za-z]+)://)?(\*\.)?([A-Za-z0-9.-]+)(:[0-9]+|:\*)?(/.*)?$`)

func (h hosts) localSource(text string, d listener) string {
	if d.scheme == "http" && (strings.EqualFold(text, "https:") || strings.EqualFold(text, "wss:")) {
		// "Anything over TLS" takes in what is served here.
		return text + " " + d.schemeLike(strings.ToLower(text)) + "://" + d.authority("*")
	}
	parts := source.FindStringSubmatch(text)
	if parts == nil {
		return text
	}
	scheme, wildcard, host, port, path := strings.ToLower(parts[1]), parts[2], strings.ToLower(parts[3]), parts[4], parts[5]
	covers := func(served string) bool {
		return wildcard == "" && served == host || wildcard != "" && strings.HasSuffix(served, "."+host)
	}
	if !slices.ContainsFunc(h, covers) || port != ":*" && !isStandard(cmp.Or(scheme, "https"), port) {
		return text
	}
	local := d.authority(wildcard + host)
	if port == ":*" {
		local = wildcard + host + ".localhost:*"
	}
	if scheme != "" {
		local = d.schemeLike(scheme) + "://" + local
	}
	return local + path
}

// cookieDomain is a cookie's Domain attribute.
var cookieDomain = regexp.MustCompile(`(?i)(;\s*domain\s*=\s*\.?)([a-z0-9.-]+)`)

// localCookie gives a cookie for a deployed domain to the local one. Secure
// stays: browsers take *.localhost for trustworthy over plain HTTP too, and
// without it names that begin with __Host- would be refused. (Chromium 156
// keeps such cookies; Safari wants the HTTPS listener.)
func (h hosts) localCookie(cookie string) string {
	return cookieDomain.ReplaceAllStringFunc(cookie, func(match string) string {
		domain := strings.ToLower(cookieDomain.FindStringSubmatch(match)[2])
		covers := func(host string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }
		if !slices.ContainsFunc(h, covers) {
			return match
		}
		return match + ".localhost"
	})
}
