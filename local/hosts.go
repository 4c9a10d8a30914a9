package main

import (
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hosts is the table between the deployed host names, which everything inside
// works with, and the names that a browser uses: a host h is h.localhost here.
type hosts []string

// listener is one of the two ways in: plain HTTP, or HTTPS.
type listener struct {
	scheme string // http or https
	port   int    // 0: the scheme's own, which addresses leave out
}

// origin is the deployed host's address for a browser that comes by the listener.
func (d listener) origin(host string) string { return d.scheme + "://" + d.authority(host) }

func (d listener) authority(host string) string {
	if d.port == 0 {
		return host + ".localhost"
	}
	return host + ".localhost:" + strconv.Itoa(d.port)
}

// as is the listener as a request's Host header has it: a browser may come by a
// forwarded port, and must be sent back to that one.
func (d listener) as(hostHeader string) listener {
	_, port, err := net.SplitHostPort(hostHeader)
	if err != nil {
		return listener{d.scheme, 0}
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
// by the listener finds them.
func (h hosts) toLocal(text string, d listener) string {
	return address.ReplaceAllStringFunc(text, func(match string) string {
		parts := address.FindStringSubmatch(match)
		host := strings.ToLower(parts[2])
		if !slices.Contains(h, host) || !isStandard(parts[1], parts[3]) {
			return match
		}
		return d.schemeLike(parts[1]) + "://" + d.authority(host)
	})
}

// schemeLike is the listener's scheme, or its WebSocket form for a WebSocket's.
func (d listener) schemeLike(scheme string) string {
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
