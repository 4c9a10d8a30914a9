package main

import (
	"net"
	"net/http"
	"slices"

	"annex/local/console"
)

// consoleName is the host where the runner itself answers, and not the stage.
// No deployed host can have it: a host h is h.localhost here, and no name that
// CloudFront or API Gateway takes is a single word, for none can be in a zone or
// on a certificate.
const consoleName = "console.localhost"

// newConsole is what answers at the console's host.
func (s *system) newConsole() http.Handler {
	mux := http.NewServeMux()
	s.releases.handle(mux)
	console.New(s.recorder, console.Options{
		Stage:        s.options.stage,
		Resources:    func() console.Resources { return s.current.Load().resources },
		Environments: s.environments,
		Queues:       s.queueMessages,
		Peek:         s.peek,
		Replay:       s.replay,
	}).Handle(mux)
	return guarded(mux)
}

// forConsole says whether a Host header is the console's, with any port: a
// browser may come by a forwarded one.
func forConsole(header string) bool {
	if len(header) < len(consoleName) || header[:len(consoleName)] != consoleName {
		return false // what every other request costs
	}
	host, _, err := net.SplitHostPort(header)
	return header == consoleName || err == nil && host == consoleName
}

// guarded refuses the pages of other origins: those may neither see what the
// stage's requests carry nor have any sent. Browsers say whose page asks
// (Fetch, "Origin header"; Fetch Metadata, "Sec-Fetch-Site"), programs say
// nothing. A name that resolves to this machine is no way in, for only
// consoleName leads here.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := "http://" + r.Host
		if r.TLS != nil {
			own = "https://" + r.Host
		}
		origins, sites := r.Header.Values("Origin"), r.Header.Values("Sec-Fetch-Site")
		if len(origins) > 0 && !slices.Equal(origins, []string{own}) ||
			len(sites) > 0 && !slices.Equal(sites, []string{"same-origin"}) && !slices.Equal(sites, []string{"none"}) {
			http.Error(w, "annex: pages of other origins may not use the console: open "+own+"/ itself", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
