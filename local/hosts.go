package main

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hosts is the table between the deployed host names, which everything inside
// works with, and the names that a browser uses: a host h is h.localhost here.
type hosts []string

// door is one of the two ways in: plain HTTP, or HTTPS.
type door struct {
	scheme string // http or https
	port   int    // 0: the scheme's own, which addresses leave out
}

// origin is the deployed host's address for a browser that comes by the door.
func (d door) origin(host string) string { return d.scheme + "://" + d.authority(host) }

func (d door) authority(host string) string {
	if d.port == 0 {
		return host + ".localhost"
	}
	return host + ".localhost:" + strconv.Itoa(d.port)
}

// as is the door as a request's Host header has it: a browser may come by a
// forwarded port, and must be sent back to that one.
func (d door) as(hostHeader string) door {
	_, port, err := net.SplitHostPort(hostHeader)
	if err != nil {
		return door{d.scheme, 0}
	}
	if number, err := strconv.Atoi(port); err == nil {
		d.port = number
	}
	return d
}

// localNames are the names that a certificate must be for.
func (h hosts) localNames() []string {
	names := make([]string, len(h))
	for i, host := range h {
		names[i] = host + ".localhost"
	}
	return names
}

// deployed is the deployed name for a Host header such as
// www.example.com.localhost:8080.
func (h hosts) deployed(header string) (string, bool) {
	name := header
	if host, _, err := net.SplitHostPort(header); err == nil {
		name = host
	}
	name, local := strings.CutSuffix(strings.ToLower(name), ".localhost")
	return name, local && slices.Contains(h, name)
}

// address is an origin in a header's text: a scheme, a host and, with or
// without it, a port.
var address = regexp.MustCompile(`\b(https?|wss?)://([A-Za-z0-9.-]+)(:[0-9]+)?`)

// toDeployed is the text with the local addresses in it as they would be
// deployed.
func (h hosts) toDeployed(text string) string {
	return address.ReplaceAllStringFunc(text, func(match string) string {
		parts := address.FindStringSubmatch(match)
		host, ok := h.deployed(parts[2])
		if !ok {
			return match
		}
		return secure(parts[1]) + "://" + host
	})
}

// toLocal is the text with the deployed addresses in it as a browser that came
// by the door finds them.
func (h hosts) toLocal(text string, d door) string {
	return address.ReplaceAllStringFunc(text, func(match string) string {
		parts := address.FindStringSubmatch(match)
		host := strings.ToLower(parts[2])
		if !slices.Contains(h, host) || !isStandard(parts[1], parts[3]) {
			return match
		}
		return d.schemeLike(parts[1]) + "://" + d.authority(host)
	})
}

// schemeLike is the door's scheme, or its WebSocket form for a WebSocket's.
func (d door) schemeLike(scheme string) string {
	if strings.HasPrefix(scheme, "ws") {
		return strings.Replace(d.scheme, "http", "ws", 1)
	}
	return d.scheme
}

// secure is the scheme's form over TLS, in which everything is deployed.
func secure(scheme string) string {
	switch scheme {
	case "http", "ws":
		return scheme + "s"
	}
	return scheme
}

// isStandard reports whether a port such as ":443" is the scheme's own. Another
// one is another service's.
func isStandard(scheme, port string) bool {
	return port == "" || port == ":443" && secure(scheme) == scheme || port == ":80" && secure(scheme) != scheme
}

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
// the door. Its Origin header is empty where it sent none.
func (h hosts) outgoing(header http.Header, d door, origin string) {
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
				return origin // a page may have come by the other door
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
// came by the door (Content Security Policy Level 3, section 2.3).
func (h hosts) localPolicy(policy string, d door) string {
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

func (h hosts) localSource(text string, d door) string {
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
// keeps such cookies; Safari wants the HTTPS door.)
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

// translated serves next, which knows deployed names alone, to browsers that
// come by the door.
func (h hosts) translated(d door, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, ok := h.deployed(r.Host)
		if !ok {
			h.misdirected(w, r, d)
			return
		}
		used, origin := d.as(r.Host), r.Header.Get("Origin")
		r = r.Clone(r.Context())
		h.incoming(r, host)
		next.ServeHTTP(&translatingWriter{ResponseWriter: w, translate: func(header http.Header) { h.outgoing(header, used, origin) }}, r)
	})
}

// misdirected says which hosts there are, to a request for another one: 404
// to who opened the bare port, and 421 to the rest (RFC 9110, Misdirected
// Request).
func (h hosts) misdirected(w http.ResponseWriter, r *http.Request, d door) {
	used, status := d.as(r.Host), http.StatusMisdirectedRequest
	name, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		name = r.Host
	}
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); name == "localhost" || err == nil && ip.IsLoopback() {
		status = http.StatusNotFound
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	lines := []string{fmt.Sprintf("annex: no stack serves the host %q. These are served:", r.Host)}
	for _, host := range h {
		lines = append(lines, "  "+used.origin(host)+"/")
	}
	_, _ = io.WriteString(w, strings.Join(lines, "\n")+"\n") //nolint:gosec // it is plain text
}

// translatingWriter translates the headers at the last moment.
type translatingWriter struct {
	http.ResponseWriter

	translate func(http.Header)
	wrote     bool
}

// WriteHeader translates the headers and sends them.
func (w *translatingWriter) WriteHeader(status int) {
	if !w.wrote {
		w.translate(w.Header())
		w.wrote = status >= 200 // an informational response has headers of its own
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *translatingWriter) Write(data []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController reach what the writer can do besides.
func (w *translatingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// reachable is the text of an environment variable in which the container's
// deployed address is the one where it answers here. Handlers dial it
// themselves, and Go's resolver does not know *.localhost.
func reachable(text, containerHost string, container *url.URL) string {
	if containerHost == "" {
		return text
	}
	return address.ReplaceAllStringFunc(text, func(match string) string {
		parts := address.FindStringSubmatch(match)
		if !strings.EqualFold(parts[2], containerHost) || !isStandard(parts[1], parts[3]) {
			return match
		}
		return strings.TrimSuffix(container.String(), "/")
	})
}
