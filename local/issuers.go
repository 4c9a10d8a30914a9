package main

import (
	"net/http"
	"slices"

	"annex/local/cognito"
)

// issuers carry requests to the issuers of tokens: those of the stage answer in
// this process, and others over the network.
type issuers struct{ stage *cognito.Service }

func (i issuers) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains(i.stage.Hosts(), r.URL.Host) {
		return i.stage.RoundTrip(r)
	}
	return http.DefaultTransport.RoundTrip(r)
}
