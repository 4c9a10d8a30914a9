package apigateway

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// TestMutualTLS: who shows no certificate is told nothing of what is behind
// the domain, a preflight or a path without a mapping included.
func TestMutualTLS(t *testing.T) {
	const host = " HTTP/1.1\nHost: api.dev.example.com"
	preflight := "OPTIONS /cart" + host + "\nOrigin: https://www.dev.example.com\nAccess-Control-Request-Method: GET"
	for _, c := range []struct {
		name        string
		request     string
		certificate bool
		status      int
	}{
		{"with a certificate", "GET /cart" + host, true, 200},
		{"without one", "GET /cart" + host, false, 403},
		{"a preflight with a certificate", preflight, true, 204},
		{"a preflight without one", preflight, false, 403},
		{"no mapping, with a certificate", "GET /orders" + host, true, 404},
		{"no mapping, without one", "GET /orders" + host, false, 403},
		{"the generated endpoint has no mutual TLS", "GET / HTTP/1.1\nHost: cart0000.execute-api.eu-west-1.amazonaws.com", false, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := cartAPI(t, "GET /")
			config.Domains[0].ClientCertificate = true
			config.APIs[0].CORS = &CORS{AllowOrigins: []string{"https://www.dev.example.com"}}
			var done Exchange
			g := New(config, returns(`{"statusCode":200}`), Options{Done: func(_ context.Context, x Exchange) { done = x }})
			var transport http.RoundTripper = g
			if c.certificate {
				transport = g.WithClientCertificate()
			}
			resp, err := transport.RoundTrip(parse(t, c.request))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close() //nolint:errcheck // in memory
			if resp.StatusCode != c.status {
				t.Errorf("got %s, want %d", resp.Status, c.status)
			}
			if c.status == 403 && (done.Err == nil || !strings.Contains(done.Err.Error(), "MutualTlsAuthentication")) {
				t.Errorf("the exchange says %v", done.Err)
			}
		})
	}
}

func TestReadMutualTLS(t *testing.T) {
	// The version is a parameter whose value only a deployment knows.
	config, notices, err := Read(change(t, `{"Domain": {"Properties": {"MutualTlsAuthentication": {"TruststoreUri": "s3://x/y", "TruststoreVersion": {"Ref": "Version9"}}}}}`))
	if err != nil || len(notices) > 0 {
		t.Fatalf("got notices %v and error %v", notices, err)
	}
	if !config.Domains[0].ClientCertificate {
		t.Error("the domain takes everybody")
	}
}
