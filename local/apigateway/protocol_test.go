package apigateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"annex/local/lambda"
)

// TestProtocolsOfAClient: the event says HTTP/1.1 whatever the client spoke.
func TestProtocolsOfAClient(t *testing.T) {
	var event []byte
	server := httptest.NewUnstartedServer(New(cartAPI(t, "GET /"), invokerFunc(func(_ context.Context, _ string, payload []byte) (*lambda.Result, error) {
		event = payload
		return &lambda.Result{Payload: []byte(`{"statusCode":200}`)}, nil
	}), Options{}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/cart", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "api.dev.example.com"
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it is empty
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %s by %s", resp.Status, resp.Proto)
	}
	t.Run("1.4 http.protocol is HTTP/1.1 for an HTTP/2 client too", func(t *testing.T) {
		if got := at(t, event, "requestContext.http.protocol"); got != `"HTTP/1.1"` {
			t.Errorf("got %s", got)
		}
	})
	t.Run("1.4 host for an HTTP/2 client, whose :authority it is", func(t *testing.T) {
		if got := at(t, event, "headers.host"); got != `"api.dev.example.com"` {
			t.Errorf("got %s", got)
		}
	})
	t.Run("1.5 Apigw-Requestid for an HTTP/2 client", func(t *testing.T) {
		if got, want := resp.Header.Get("Apigw-Requestid"), at(t, event, "requestContext.requestId"); `"`+got+`"` != want || got == "" {
			t.Errorf("got %q, want %s", got, want)
		}
	})
}
