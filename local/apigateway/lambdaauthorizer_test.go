package apigateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"annex/local/lambda"
)

const partnersLive = "arn:aws:lambda:eu-west-1:111111111111:function:partners:live"

// lambdaAPI is cartAPI with a Lambda authorizer on each route, which may be
// invoked.
func lambdaAPI(t testing.TB, change func(*Authorizer), routes ...string) Config {
	config := cartAPI(t, routes...)
	a := &Authorizer{
		ID: "lambda0", Name: "Partners", FunctionARN: partnersLive, SimpleResponses: true,
		IdentitySources: []IdentitySource{mustSource(t, "$request.header.x-api-key")},
	}
	if change != nil {
		change(a)
	}
	for i := range config.APIs[0].Routes {
		route := &config.APIs[0].Routes[i]
		route.Authorization, route.Authorizer = Custom, a
	}
	config.Permissions = append(config.Permissions, Permission{
		FunctionARN: partnersLive, SourceARN: "arn:aws:execute-api:eu-west-1:111111111111:cart0000/authorizers/lambda0",
	})
	return config
}

func TestExchangeSaysWhoWasAskedAndForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var done Exchange
		invoker := &asked{authorizer: func(context.Context, string, []byte) (*lambda.Result, error) {
			time.Sleep(7 * time.Millisecond)
			return &lambda.Result{Payload: []byte(`{"isAuthorized":true}`)}, nil
		}}
		g := New(lambdaAPI(t, nil, "GET /"), invoker, Options{Done: func(_ context.Context, x Exchange) { done = x }})
		handOver(t, g, parse(t, "GET /api/cart/ HTTP/1.1\nHost: api.dev.example.com\nX-Api-Key: ours"))
		if done.Authorizer != "Partners" || !done.AuthorizerTime.Equal(done.Time) || done.AuthorizerLatency != 7*time.Millisecond {
			t.Errorf("%q was asked at %v of %v and took %v", done.Authorizer, done.AuthorizerTime, done.Time, done.AuthorizerLatency)
		}
	})
}

// asked is Lambda with an authorizer, and a route's function that tells what it
// was told of the caller.
type asked struct {
	authorizer invokerFunc
	events     [][]byte // of the authorizer
}

func (a *asked) Invoke(ctx context.Context, arn string, payload []byte) (*lambda.Result, error) {
	if arn == partnersLive {
		a.events = append(a.events, payload)
		return a.authorizer(ctx, arn, payload)
	}
	var event struct {
		RequestContext struct{ Authorizer json.RawMessage }
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"statusCode": 200, "body": string(event.RequestContext.Authorizer)})
	return &lambda.Result{Payload: body}, err
}

func TestLambdaAuthorizer(t *testing.T) {
	policy := func(effect, resource string) string {
		return fmt.Sprintf(`{"principalId":"ali-baba","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":%q,"Resource":%q}]},"context":{"n":1}}`, effect, resource)
	}
	const (
		forbidden = `{"message":"Forbidden"}`
		internal  = `{"message":"Internal Server Error"}`
		here      = "arn:aws:execute-api:eu-west-1:111111111111:cart0000/$default/GET/c1"
	)
	policies := func(a *Authorizer) { a.SimpleResponses = false }
	for _, c := range []struct {
		fact   string
		change func(*Authorizer)
		answer invokerFunc
		status int
		body   string
		reason string
	}{
		{"1.9 allowed", nil, returns(`{"isAuthorized":true}`), 200, `{"lambda":null}`, ""},
		{"1.9 a null context, as Go's map has it", nil, returns(`{"isAuthorized":true,"context":null}`), 200, `{"lambda":null}`, ""},
		{"1.9 the context is the function's, of any types", nil, returns(`{"isAuthorized":true,"context":{"s":"a","n":1.50,"b":true,"l":[1],"m":{"k":null}}}`), 200, `{"lambda":{"s":"a","n":1.50,"b":true,"l":[1],"m":{"k":null}}}`, ""},
		{"1.6 denied [?]", nil, returns(`{"isAuthorized":false}`), 403, forbidden, "authorizer Partners said isAuthorized false"},
		{"1.6 the function fails", nil, functionError(`{"errorMessage":"boom"}`), 500, internal, `failed (Unhandled): {"errorMessage":"boom"}`},
		{"1.6 the function cannot be invoked", nil, fails(errors.New("fork failed")), 500, internal, "authorizer Partners: invoking " + partnersLive + ": fork failed"},
		{"1.6 no isAuthorized", nil, returns(`{}`), 500, internal, "it has no isAuthorized"},
		{"1.6 isAuthorized is a string", nil, returns(`{"isAuthorized":"yes"}`), 500, internal, "no answer that API Gateway understands"},
		{"1.6 the context is no object", nil, returns(`{"isAuthorized":true,"context":"a"}`), 500, internal, "context: want an object"},
		{"1.6 no answer at all", nil, returns(`null`), 500, internal, "it has no isAuthorized"},
		{"1.6 an IAM policy where simple responses are enabled [?]", nil, returns(policy("Allow", "*")), 500, internal, "it has no isAuthorized"},

		{"1.9 a policy that allows this route", policies, returns(policy("Allow", here)), 200, `{"lambda":{"n":1}}`, ""},
		{"1.9 a policy with a wildcard", policies, returns(policy("Allow", "arn:aws:execute-api:*:*:cart0000/*/GET/*")), 200, `{"lambda":{"n":1}}`, ""},
		{"1.9 a policy that allows another", policies, returns(policy("Allow", here+"/items")), 403, forbidden, "gave a policy that does not allow execute-api:Invoke on " + here},
		{"1.6 a policy that denies [?]", policies, returns(policy("Deny", "*")), 403, forbidden, "gave a policy that denies execute-api:Invoke on " + here},
		{"1.6 a simple response where they are not enabled", policies, returns(`{"isAuthorized":true}`), 500, internal, "it has no principalId with a policyDocument"},
		{"1.6 a policy without a principalId", policies, returns(strings.Replace(policy("Allow", "*"), "principalId", "principal", 1)), 500, internal, "it has no principalId with a policyDocument"},
		{"1.6 a policy that is none", policies, returns(`{"principalId":"a","policyDocument":{}}`), 500, internal, "it has no Statement"},
		{"a policy that cannot be judged here", policies, returns(strings.Replace(policy("Allow", "*"), `"Effect"`, `"Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}},"Effect"`, 1)), 501, `{"message":"local mode cannot serve this: an authorizer's policyDocument.Statement[0]: Condition: DateLessThan, Condition: aws:CurrentTime"}`, "policyDocument.Statement[0]"},
		{"a function that cannot be run here", nil, fails(&lambda.UnsupportedError{ARN: partnersLive, Reason: "it is Python"}), 501, `{"message":"local mode cannot serve this: local mode cannot run ` + partnersLive + `: it is Python"}`, "it is Python"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			var done Exchange
			functions := &asked{authorizer: c.answer}
			g := New(lambdaAPI(t, c.change, "GET /{cart}"), functions, Options{Done: func(_ context.Context, x Exchange) { done = x }})
			resp, body := answer(t, g, parse(t, "GET /cart/c1 HTTP/1.1\nHost: api.dev.example.com\nX-Api-Key: open sesame"))
			if resp.StatusCode != c.status || body != c.body {
				t.Errorf("got %d %s, want %d %s (%v)", resp.StatusCode, body, c.status, c.body, done.Err)
			}
			if c.reason == "" && done.Err != nil || c.reason != "" && (done.Err == nil || !strings.Contains(done.Err.Error(), c.reason)) {
				t.Errorf("the exchange says %v, want %q", done.Err, c.reason)
			}
			if resp.Header.Get("Www-Authenticate") != "" {
				t.Errorf("www-authenticate is %q", resp.Header.Get("Www-Authenticate"))
			}
		})
	}
}

func TestLambdaAuthorizerHasTenSeconds(t *testing.T) {
	for _, c := range []struct {
		fact   string
		takes  time.Duration
		status int
		body   string
	}{
		{"1.6 an authorizer that takes 10 s", 9999 * time.Millisecond, 200, `{"lambda":null}`},
		{"1.6 an authorizer that takes more than 10 s", 10001 * time.Millisecond, 500, `{"message":"Internal Server Error"}`},
	} {
		t.Run(c.fact, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slow := invokerFunc(func(ctx context.Context, _ string, _ []byte) (*lambda.Result, error) {
					select {
					case <-ctx.Done():
						return nil, ctx.Err()
					case <-time.After(c.takes):
						return &lambda.Result{Payload: []byte(`{"isAuthorized":true}`)}, nil
					}
				})
				g := New(lambdaAPI(t, nil, "GET /{cart}"), &asked{authorizer: slow}, Options{})
				resp, body := handOver(t, g, parse(t, "GET /cart/c1 HTTP/1.1\nHost: api.dev.example.com\nX-Api-Key: k"))
				if resp.StatusCode != c.status || body != c.body {
					t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, c.status, c.body)
				}
			})
		})
	}
}

func TestLambdaAuthorizerIsNotCalledWithoutItsIdentitySources(t *testing.T) {
	two := func(a *Authorizer) {
		a.IdentitySources = append(a.IdentitySources, mustSource(t, "$request.querystring.shop"))
	}
	for _, c := range []struct {
		fact    string
		change  func(*Authorizer)
		request string
		status  int
		calls   int
	}{
		{"1.9 all there", two, "GET /cart/c1?shop=a HTTP/1.1\nX-Api-Key: k", 200, 1},
		{"1.9 one missing", two, "GET /cart/c1 HTTP/1.1\nX-Api-Key: k", 401, 0},
		{"1.9 the other missing", two, "GET /cart/c1?shop=a HTTP/1.1", 401, 0},
		{"1.9 one empty", two, "GET /cart/c1?shop= HTTP/1.1\nX-Api-Key: k", 401, 0},
		{"1.9 none wanted", func(a *Authorizer) { a.IdentitySources = nil }, "GET /cart/c1 HTTP/1.1", 200, 1},
	} {
		t.Run(c.fact, func(t *testing.T) {
			functions := &asked{authorizer: returns(`{"isAuthorized":true}`)}
			resp, body := answer(t, New(lambdaAPI(t, c.change, "GET /{cart}"), functions, Options{}), parse(t, c.request+"\nHost: api.dev.example.com"))
			if resp.StatusCode != c.status || len(functions.events) != c.calls {
				t.Errorf("got %d %s after %d calls, want %d after %d", resp.StatusCode, body, len(functions.events), c.status, c.calls)
			}
			if c.status == http.StatusUnauthorized && body != `{"message":"Unauthorized"}` {
				t.Errorf("got %s", body)
			}
		})
	}
}

func TestLambdaAuthorizerNeedsAPermission(t *testing.T) {
	for _, source := range []string{"", sourceBase, sourceAny} {
		config := lambdaAPI(t, nil, "GET /{cart}")
		config.Permissions = config.Permissions[:1]
		want := 500
		if source != "" {
			config.Permissions = append(config.Permissions, Permission{FunctionARN: partnersLive, SourceARN: source})
			// …/*/*/* has a segment more than …/authorizers/<id>.
			if source == sourceBase {
				want = 200
			}
		}
		var done Exchange
		g := New(config, &asked{authorizer: returns(`{"isAuthorized":true}`)}, Options{Done: func(_ context.Context, x Exchange) { done = x }})
		resp, _ := answer(t, g, parse(t, "GET /cart/c1 HTTP/1.1\nHost: api.dev.example.com\nX-Api-Key: k"))
		if resp.StatusCode != want {
			t.Errorf("1.6 with a permission for %q: %d, want %d", source, resp.StatusCode, want)
		}
		if want == 500 && (done.Err == nil || !strings.Contains(done.Err.Error(), "SourceArn that covers arn:aws:execute-api:eu-west-1:111111111111:cart0000/authorizers/lambda0")) {
			t.Errorf("the exchange says %v", done.Err)
		}
	}
}

func TestLambdaAuthorizerHas10Seconds(t *testing.T) {
	for takes, want := range map[time.Duration]int{9999 * time.Millisecond: 200, 10001 * time.Millisecond: 500} {
		synctest.Test(t, func(t *testing.T) {
			slow := invokerFunc(func(ctx context.Context, _ string, _ []byte) (*lambda.Result, error) {
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-time.After(takes):
					return &lambda.Result{Payload: []byte(`{"isAuthorized":true}`)}, nil
				}
			})
			resp, body := handOver(t, New(lambdaAPI(t, nil, "GET /{cart}"), &asked{authorizer: slow}, Options{}), parse(t, "GET /cart/c1 HTTP/1.1\nHost: api.dev.example.com\nX-Api-Key: k"))
			if resp.StatusCode != want {
				t.Errorf("1.6 after %s: %d %s, want %d", takes, resp.StatusCode, body, want)
			}
		})
	}
}

// TestLambdaAuthorizersEvent goes through the type that authorizers in Go use,
// which must know every field.
func TestLambdaAuthorizersEvent(t *testing.T) {
	t.Run("1.9 the event of a Lambda authorizer", func(t *testing.T) {
		functions := &asked{authorizer: returns(`{"isAuthorized":true}`)}
		config := lambdaAPI(t, func(a *Authorizer) {
			a.IdentitySources = append(a.IdentitySources, mustSource(t, "$context.routeKey"))
		}, "PUT /{cart}/items/{product}")
		answer(t, New(config, functions, Options{}), parse(t, "PUT /api/cart/c%201/items/mug?a=1&a=2 HTTP/1.1\nHost: api.dev.example.com\nCookie: x=1; y=2\nX-Api-Key: k\nContent-Type: application/json\n\n{\"quantity\":2}"))
		decoder := json.NewDecoder(bytes.NewReader(functions.events[0]))
		decoder.DisallowUnknownFields()
		var got events.APIGatewayV2CustomAuthorizerV2Request
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		want := events.APIGatewayV2CustomAuthorizerV2Request{
			Version: "2.0", Type: "REQUEST", RouteArn: "arn:aws:execute-api:eu-west-1:111111111111:cart0000/$default/PUT/c 1/items/mug",
			IdentitySource: []string{"k", "PUT /{cart}/items/{product}"},
			RouteKey:       "PUT /{cart}/items/{product}", RawPath: "/c 1/items/mug", RawQueryString: "a=1&a=2",
			Cookies: []string{"x=1", "y=2"}, Headers: got.Headers,
			QueryStringParameters: map[string]string{"a": "1,2"}, PathParameters: map[string]string{"cart": "c 1", "product": "mug"},
			RequestContext: events.APIGatewayV2HTTPRequestContext{
				RouteKey: "PUT /{cart}/items/{product}", AccountID: "111111111111", Stage: "$default", APIID: "cart0000",
				DomainName: "api.dev.example.com", DomainPrefix: "api",
				RequestID: got.RequestContext.RequestID, Time: got.RequestContext.Time, TimeEpoch: got.RequestContext.TimeEpoch,
				HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "PUT", Path: "/c 1/items/mug", Protocol: "HTTP/1.1", SourceIP: "203.0.113.7"},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("1.9 (-want +got):\n%s", diff)
		}
		if got.Headers["x-api-key"] != "k" || got.RequestContext.RequestID == "" {
			t.Errorf("1.9 headers %v, request %q", got.Headers, got.RequestContext.RequestID)
		}
		for _, field := range []string{"body", "isBase64Encoded", "stageVariables", "requestContext.authorizer"} {
			if value := at(t, functions.events[0], field); value != "absent" {
				t.Errorf("1.9 %s is %s", field, value)
			}
		}
	})
}
