package apigateway

import "net/http"

// sender is what a request's connection says of who sent it.
type sender struct {
	certificate bool   // it showed a client certificate that is trusted
	sentTo      string // what it calls the host, where that is another name
}

// WithClientCertificate is the gateway for a client that shows a certificate
// which the domains' trust stores trust, as a distribution's origin with
// OriginMtlsConfig does. It answers like RoundTrip.
func (g *Gateway) WithClientCertificate() http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		return g.serve(r, sender{certificate: true})
	})
}

// SentTo is the gateway for clients that know a domain by another name, as
// those of local mode do: signed requests are signed for that one. It answers
// like ServeHTTP.
func (g *Gateway) SentTo(host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.respond(w, r, sender{sentTo: host})
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
