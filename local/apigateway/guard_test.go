package apigateway

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwa"

	"annex/local/lambda"
)

// TestOrder: each request is wrong in several ways, and the first counts.
func TestOrder(t *testing.T) {
	const host = " HTTP/1.1\nHost: api.dev.example.com"
	for _, c := range []struct {
		fact    string
		change  func(*Config)
		request string
		status  int
		reason  string
	}{
		{"1.9 no route precedes no token", nil, "DELETE /cart" + host, 404, "has no route"},
		{"1.9 no certificate precedes no token", func(c *Config) { c.Domains[0].ClientCertificate = true }, "GET /cart" + host, 403, "MutualTlsAuthentication"},
		{"1.9 no token precedes the integration", func(c *Config) { c.Permissions = nil }, "GET /cart" + host, 401, "the request has no"},
		{"the throttle precedes the authorizer [?]", func(c *Config) { c.APIs[0].Stages[0].Throttle = &Throttle{Burst: 0, Rate: 1} }, "GET /cart" + host, 429, "over the throttle"},
		{"the size of the body precedes the authorizer [?]", nil, "GET /cart" + host + "\n\n" + strings.Repeat("a", 10<<20+1), 413, "10485761 bytes"},
		{"what is not served precedes the authorizer", func(c *Config) { c.APIs[0].Routes[0].Unsupported = "not here" }, "GET /cart" + host, 501, "not here"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			config := jwtAPI(t, nil, "GET /")
			if c.change != nil {
				c.change(&config)
			}
			var done Exchange
			g := New(config, returns(`{"statusCode":200}`), Options{Issuers: newIssuer(t, "k1"), Done: func(_ context.Context, x Exchange) { done = x }})
			resp, body := answer(t, g, parse(t, c.request))
			if resp.StatusCode != c.status || done.Err == nil || !strings.Contains(done.Err.Error(), c.reason) {
				t.Errorf("got %d %s, %v; want %d, %q", resp.StatusCode, body, done.Err, c.status, c.reason)
			}
		})
	}
}

// TestPreflightsAndAuthorizers: the gateway answers a preflight by itself,
// unless a route that takes OPTIONS has an authorizer.
func TestPreflightsAndAuthorizers(t *testing.T) {
	const (
		origin    = "https://www.dev.example.com"
		preflight = "OPTIONS /cart/c1 HTTP/1.1\nHost: api.dev.example.com\nOrigin: " + origin + "\nAccess-Control-Request-Method: GET"
	)
	i := newIssuer(t, "k1")
	token := i.sign("k1", jwa.RS256(), newKey(), claimsWith(time.Now(), nil))
	for _, c := range []struct {
		fact    string
		guarded []string // routes with the authorizer
		open    []string // routes without
		request string
		status  int
	}{
		{"1.8 a route of another method does not take it", []string{"GET /{cart}"}, nil, preflight, 204},
		{"1.8 $default with an authorizer catches it", []string{"$default"}, nil, preflight, 401},
		{"1.8 $default without one does not", nil, []string{"$default"}, preflight, 204},
		{"1.8 OPTIONS /{proxy+} without one lets it through", []string{"$default"}, []string{"OPTIONS /{proxy+}"}, preflight, 204},
		{"1.8 ANY with an authorizer catches it [?]", []string{"ANY /{cart}"}, nil, preflight, 401},
		{"1.8 OPTIONS of the same path lets it through", []string{"ANY /{cart}"}, []string{"OPTIONS /{cart}"}, preflight, 204},
		{"1.8 a wider OPTIONS route does not", []string{"ANY /{cart}"}, []string{"OPTIONS /{proxy+}"}, preflight, 401},
		{"1.8 OPTIONS with an authorizer catches it", []string{"OPTIONS /{cart}"}, nil, preflight, 401},
		{"1.8 one that the authorizer lets pass is answered [?]", []string{"$default"}, nil, preflight + "\nAuthorization: " + token, 204},
		{"1.8 an OPTIONS that is no preflight goes to its route", nil, []string{"OPTIONS /{cart}"}, "OPTIONS /cart/c1 HTTP/1.1\nHost: api.dev.example.com\nOrigin: " + origin, 200},
	} {
		t.Run(c.fact, func(t *testing.T) {
			config := jwtAPI(t, nil, c.guarded...)
			config.APIs[0].Routes = append(config.APIs[0].Routes, cartAPI(t, c.open...).APIs[0].Routes...)
			config.APIs[0].CORS = &CORS{AllowOrigins: []string{origin}, AllowMethods: []string{"GET"}}
			resp, body := answer(t, New(config, returns(`{"statusCode":200}`), Options{Issuers: i}), parse(t, c.request))
			if resp.StatusCode != c.status {
				t.Errorf("got %d %s, want %d", resp.StatusCode, body, c.status)
			}
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != origin {
				t.Errorf("access-control-allow-origin is %q", got)
			}
			if got := resp.Header.Get("Access-Control-Allow-Methods"); (got == "GET") != (c.status == 204) {
				t.Errorf("access-control-allow-methods is %q", got)
			}
		})
	}
}

// TestRefusalsHaveCORSHeaders, so that a page can read why (§1.8).
func TestRefusalsHaveCORSHeaders(t *testing.T) {
	const origin = "https://www.dev.example.com"
	i := newIssuer(t, "k1")
	for status, authorization := range map[int]string{401: "Bearer a.b.c", 403: i.sign("k1", jwa.RS256(), newKey(), claimsWith(time.Now(), nil))} {
		config := jwtAPI(t, []string{"admin"}, "GET /")
		config.APIs[0].CORS = &CORS{AllowOrigins: []string{origin}, ExposeHeaders: []string{"www-authenticate"}}
		r := parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com\nOrigin: "+origin)
		r.Header.Set("Authorization", authorization)
		resp, _ := answer(t, New(config, returns(`{"statusCode":200}`), Options{Issuers: i}), r)
		if resp.StatusCode != status || resp.Header.Get("Access-Control-Allow-Origin") != origin || resp.Header.Get("Access-Control-Expose-Headers") != "www-authenticate" {
			t.Errorf("got %d %v, want %d", resp.StatusCode, resp.Header, status)
		}
	}
}

// TestCallerInTheEvent goes through the types that handlers use.
func TestCallerInTheEvent(t *testing.T) {
	i := newIssuer(t, "k1")
	issued := time.Now().Add(-time.Minute).Unix()
	token := i.sign("k1", jwa.RS256(), newKey(), map[string]any{
		"iss": issuerURL, "client_id": audience, "sub": "shopper", "iat": issued, "exp": issued + 3600, "scope": "openid cart/write", "cognito:groups": []string{"a", "b"},
	})
	claims := map[string]string{
		"iss": issuerURL, "client_id": audience, "sub": "shopper", "iat": itoa(int(issued)), "exp": itoa(int(issued) + 3600), "scope": "openid cart/write", "cognito:groups": "[a b]",
	}
	get := func(headers string) *http.Request {
		return parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com"+headers)
	}
	for _, c := range []struct {
		fact    string
		config  Config
		request *http.Request
		scopes  string // of the event, in JSON
		want    *events.APIGatewayV2HTTPRequestContextAuthorizerDescription
	}{
		{
			"1.4 a JWT on a route without scopes", jwtAPI(t, nil, "GET /"), get("\nAuthorization: " + token), "null",
			&events.APIGatewayV2HTTPRequestContextAuthorizerDescription{JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: claims}},
		},
		{
			"1.4 a JWT on a route with scopes", jwtAPI(t, []string{"cart/write"}, "GET /"), get("\nAuthorization: " + token), `["openid","cart/write"]`,
			&events.APIGatewayV2HTTPRequestContextAuthorizerDescription{JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: claims, Scopes: []string{"openid", "cart/write"}}},
		},
		{
			"1.4 a Lambda authorizer's context", lambdaAPI(t, nil, "GET /"), get("\nX-Api-Key: k"), "absent",
			&events.APIGatewayV2HTTPRequestContextAuthorizerDescription{Lambda: map[string]any{"partner": "ali-baba", "level": 2.0}},
		},
	} {
		t.Run(c.fact, func(t *testing.T) {
			var event []byte
			g := New(c.config, invokerFunc(func(_ context.Context, arn string, payload []byte) (*lambda.Result, error) {
				if arn == partnersLive {
					return &lambda.Result{Payload: []byte(`{"isAuthorized":true,"context":{"partner":"ali-baba","level":2}}`)}, nil
				}
				event = payload
				return &lambda.Result{Payload: []byte(`{"statusCode":204}`)}, nil
			}), Options{Issuers: i})
			if resp, body := answer(t, g, c.request); resp.StatusCode != 204 {
				t.Fatalf("got %d %s", resp.StatusCode, body)
			}
			if diff := cmp.Diff(c.want, decodeEvent(t, event).RequestContext.Authorizer); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := at(t, event, "requestContext.authorizer.jwt.scopes"); got != c.scopes {
				t.Errorf("scopes are %s, want %s", got, c.scopes)
			}
		})
	}
}

// TestAuthorizersOfOneIssuerShareItsKeys, however many routes and authorizers
// there are.
func TestAuthorizersOfOneIssuerShareItsKeys(t *testing.T) {
	t.Run("1.9 an issuer's keys are fetched once", func(t *testing.T) {
		i := newIssuer(t, "k1")
		config := jwtAPI(t, nil, "GET /", "GET /{cart}")
		second := *config.APIs[0].Routes[1].Authorizer
		config.APIs[0].Routes[1].Authorizer = &second
		g := New(config, returns(`{"statusCode":200}`), Options{Issuers: i})
		token := i.sign("k1", jwa.RS256(), newKey(), claimsWith(time.Now(), nil))
		for _, path := range []string{"/cart", "/cart/c1", "/api/cart"} {
			r := parse(t, "GET "+path+" HTTP/1.1\nHost: api.dev.example.com\nAuthorization: "+token)
			if resp, body := answer(t, g, r); resp.StatusCode != 200 {
				t.Errorf("%s: %d %s", path, resp.StatusCode, body)
			}
		}
		if got := i.fetches["/keys"]; got != 1 {
			t.Errorf("the keys were fetched %d times", got)
		}
	})
}
