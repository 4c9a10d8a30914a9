package apigateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"annex/local/lambda"
)

// signersOf is who has access keys here.
type signersOf map[string]Caller

func (s signersOf) Caller(accessKeyID, _ string) (Caller, bool) {
	caller, ok := s[accessKeyID]
	return caller, ok
}

func searchRole(authorize func(action, resource string) error) signersOf {
	return signersOf{
		"ASIASEARCH": {
			SecretAccessKey: "secret of search", SessionToken: "token of search", Account: "111111111111",
			ARN: "arn:aws:sts::111111111111:assumed-role/search/search", ID: "AROASEARCH:search", Authorize: authorize,
		},
		"root": {SecretAccessKey: "root", Account: "111111111111", ARN: "arn:aws:iam::111111111111:root", ID: "111111111111", Authorize: func(string, string) error { return nil }},
	}
}

func allowed(string, string) error { return nil }

// signed signs a request as a client with AWS's SDK does.
func signed(t testing.TB, text string, credentials aws.Credentials, service, region string, when time.Time) *http.Request {
	t.Helper()
	r := parse(t, text)
	_, body, _ := strings.Cut(text, "\n\n")
	sum := sha256.Sum256([]byte(body))
	r.URL.Host = r.Host
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), service, region, when); err != nil {
		t.Fatal(err)
	}
	return r
}

func iamAPI(t testing.TB, routes ...string) Config {
	config := cartAPI(t, routes...)
	for i := range config.APIs[0].Routes {
		config.APIs[0].Routes[i].Authorization = IAM
	}
	return config
}

func TestIAM(t *testing.T) {
	const (
		get = "GET /cart/c%201?b=2&a=x%20y HTTP/1.1\nHost: api.dev.example.com\nAccept: */*"
		put = "PUT /cart/c1 HTTP/1.1\nHost: api.dev.example.com\nContent-Type: application/json\n\n{\"quantity\":2}"
	)
	search := aws.Credentials{AccessKeyID: "ASIASEARCH", SecretAccessKey: "secret of search", SessionToken: "token of search"}
	root := aws.Credentials{AccessKeyID: "root", SecretAccessKey: "root"}
	sign := func(text string) *http.Request {
		return signed(t, text, search, "execute-api", "eu-west-1", time.Now())
	}
	changed := func(r *http.Request, change func(*http.Request)) *http.Request { change(r); return r }
	with := func(change func(*aws.Credentials)) aws.Credentials { c := search; change(&c); return c }
	header := func(old, replacement string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, replacement, 1))
		}
	}
	for _, c := range []struct {
		fact    string
		request *http.Request
		callers Callers
		reason  string // for 403; none when it passes
	}{
		{"1.9 a role", sign(get), searchRole(allowed), ""},
		{"1.9 a role, with a body", sign(put), searchRole(allowed), ""},
		{"1.9 root", signed(t, put, root, "execute-api", "eu-west-1", time.Now()), searchRole(allowed), ""},
		{"1.9 a clock that is a little off", signed(t, get, search, "execute-api", "eu-west-1", time.Now().Add(-4*time.Minute)), searchRole(allowed), ""},
		{"1.9 a header that the signature does not cover", changed(sign(get), func(r *http.Request) { r.Header.Set("Accept-Language", "nl") }), searchRole(allowed), ""},
		{"1.9 what was sent on its way", changed(sign(get), func(r *http.Request) { r.Header.Set("X-Forwarded-For", "198.51.100.2") }), searchRole(allowed), ""},

		{"1.6 not signed [?]", parse(t, get), searchRole(allowed), "the request is not signed"},
		{"1.6 a token", parse(t, get+"\nAuthorization: Bearer a.b.c"), searchRole(allowed), "the request is not signed"},
		{"1.6 half a signature", parse(t, get+"\nAuthorization: AWS4-HMAC-SHA256 Credential=root/20261122/eu-west-1/execute-api/aws4_request"), searchRole(allowed), "is no signature"},
		{"1.6 nobody has keys", sign(get), nil, `nobody here has the access key "ASIASEARCH"`},
		{"1.6 an unknown access key", signed(t, get, with(func(c *aws.Credentials) { c.AccessKeyID = "AKIAOTHER" }), "execute-api", "eu-west-1", time.Now()), searchRole(allowed), `nobody here has the access key "AKIAOTHER"`},
		{"1.6 another secret", signed(t, get, with(func(c *aws.Credentials) { c.SecretAccessKey = "guess" }), "execute-api", "eu-west-1", time.Now()), searchRole(allowed), "the signature is not that of this request"},
		{"1.6 another session token", signed(t, get, with(func(c *aws.Credentials) { c.SessionToken = "guess" }), "execute-api", "eu-west-1", time.Now()), searchRole(allowed), "session token"},
		{"1.6 no session token", signed(t, get, with(func(c *aws.Credentials) { c.SessionToken = "" }), "execute-api", "eu-west-1", time.Now()), searchRole(allowed), "session token"},
		{"1.6 another service", signed(t, get, search, "s3", "eu-west-1", time.Now()), searchRole(allowed), `signed for "s3" in "eu-west-1", want execute-api in eu-west-1`},
		{"1.6 another region", signed(t, get, search, "execute-api", "us-east-1", time.Now()), searchRole(allowed), `signed for "execute-api" in "us-east-1"`},
		{"1.6 an old request", signed(t, get, search, "execute-api", "eu-west-1", time.Now().Add(-6*time.Minute)), searchRole(allowed), "API Gateway allows 5m0s"},
		{"1.6 a request of the future", signed(t, get, search, "execute-api", "eu-west-1", time.Now().Add(6*time.Minute)), searchRole(allowed), "API Gateway allows 5m0s"},
		{"1.6 no date", changed(sign(get), func(r *http.Request) { r.Header.Del("X-Amz-Date") }), searchRole(allowed), "no X-Amz-Date"},
		{"1.6 another method", changed(sign(put), func(r *http.Request) { r.Method = "DELETE" }), searchRole(allowed), "the signature is not that of this request"},
		{"1.6 another path", changed(sign(get), func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/cart/c2", "" }), searchRole(allowed), "the signature is not that of this request"},
		{"1.6 another query", changed(sign(get), func(r *http.Request) { r.URL.RawQuery = "a=1" }), searchRole(allowed), "the signature is not that of this request"},
		{"1.6 another body", changed(sign(put), func(r *http.Request) {
			r.Body = http.NoBody
			r.ContentLength = 0
		}), searchRole(allowed), "the signature is not that of this request"},
		{"1.6 another value of a header that the signature covers", changed(sign(put), func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }), searchRole(allowed), "the signature is not that of this request"},
		{"1.6 a host that the signature does not cover", changed(sign(get), header("host;", "")), searchRole(allowed), `does not cover the header "host"`},
		{"1.6 a header of AWS's that it does not cover", changed(sign(get), func(r *http.Request) { r.Header.Set("X-Amz-Target", "x") }), searchRole(allowed), `does not cover the header "x-amz-target"`},
		{"1.9 through CloudFront, which changes the host", changed(signed(t, "GET /cart/c1 HTTP/1.1\nHost: www.dev.example.com", search, "execute-api", "eu-west-1", time.Now()), func(r *http.Request) {
			r.Host = "api.dev.example.com"
			r.Header.Set("X-Amz-Cf-Id", "abc==")
		}), searchRole(allowed), "which CloudFront has changed"},
		{"1.6 a digest of another body", changed(sign(get), func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			header("x-amz-date", "x-amz-content-sha256;x-amz-date")(r)
		}), searchRole(allowed), "X-Amz-Content-Sha256"},
		{"1.6 no policy allows it", sign(get), searchRole(func(action, resource string) error { return errors.New(action + " " + resource) }), "execute-api:Invoke arn:aws:execute-api:eu-west-1:111111111111:cart0000/$default/GET/c 1"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			var done Exchange
			g := New(iamAPI(t, "ANY /{cart}"), returns(`{"statusCode":200,"body":"fine"}`), Options{
				Callers: c.callers, Done: func(_ context.Context, x Exchange) { done = x },
			})
			resp, body := answer(t, g, c.request)
			if c.reason == "" {
				if resp.StatusCode != 200 {
					t.Errorf("got %d %s: %v", resp.StatusCode, body, done.Err)
				}
				return
			}
			if resp.StatusCode != 403 || body != `{"message":"Forbidden"}` {
				t.Errorf("got %d %s, want 403", resp.StatusCode, body)
			}
			if done.Err == nil || !strings.Contains(done.Err.Error(), c.reason) {
				t.Errorf("the exchange says %v, want %q", done.Err, c.reason)
			}
		})
	}
}

// TestSignedForTheNameThatTheClientKnows: local mode serves a domain by another
// name, which is what a client there signs; through the edge it is not, as at
// AWS.
func TestSignedForTheNameThatTheClientKnows(t *testing.T) {
	const local = "api.dev.example.com.localhost:8080"
	credentials := aws.Credentials{AccessKeyID: "root", SecretAccessKey: "root"}
	g := New(iamAPI(t, "GET /"), returns(`{"statusCode":200}`), Options{Callers: searchRole(allowed)})
	request := func() *http.Request {
		r := signed(t, "GET /cart HTTP/1.1\nHost: "+local, credentials, "execute-api", "eu-west-1", time.Now())
		r.Host = "api.dev.example.com" // as the runner has translated it
		return r
	}
	w := httptest.NewRecorder()
	g.SentTo(local).ServeHTTP(w, request())
	if w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	g.SentTo("api.dev.example.com.localhost:9090").ServeHTTP(w, request())
	if w.Code != 403 {
		t.Errorf("signed for another port: got %d", w.Code)
	}
	if resp, _ := answer(t, g, request()); resp.StatusCode != 403 {
		t.Errorf("through the edge: got %d", resp.StatusCode)
	}
}

// TestIAMEvent goes through the type that handlers use.
func TestIAMEvent(t *testing.T) {
	t.Run("1.4 the caller of a signed request", func(t *testing.T) {
		var event []byte
		g := New(iamAPI(t, "GET /"), invokerFunc(func(_ context.Context, _ string, payload []byte) (*lambda.Result, error) {
			event = payload
			return &lambda.Result{Payload: []byte(`{"statusCode":204}`)}, nil
		}), Options{Callers: searchRole(allowed)})
		credentials := aws.Credentials{AccessKeyID: "ASIASEARCH", SecretAccessKey: "secret of search", SessionToken: "token of search"}
		answer(t, g, signed(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com", credentials, "execute-api", "eu-west-1", time.Now()))
		got := decodeEvent(t, event)
		want := &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{
			AccessKey: "ASIASEARCH", AccountID: "111111111111", CallerID: "AROASEARCH:search", UserID: "AROASEARCH:search",
			UserARN: "arn:aws:sts::111111111111:assumed-role/search/search",
		}}
		if diff := cmp.Diff(want, got.RequestContext.Authorizer); diff != "" {
			t.Errorf("1.4 (-want +got):\n%s", diff)
		}
	})
}

// decodeEvent is the event as a handler in Go gets it, whose type must know
// every field.
func decodeEvent(t testing.TB, event []byte) events.APIGatewayV2HTTPRequest {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.DisallowUnknownFields()
	var got events.APIGatewayV2HTTPRequest
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v in %s", err, event)
	}
	return got
}

func FuzzSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=root/20261122/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,SignedHeaders=,Signature=")
	f.Add("Bearer a.b.c")
	f.Add("\x11")
	f.Fuzz(func(t *testing.T, authorization string) {
		r := parse(t, "GET /cart HTTP/1.1\nHost: api.dev.example.com")
		r.Header.Set("X-Amz-Date", "20261122T130000Z")
		r.Header.Set("Authorization", authorization)
		g := New(iamAPI(t, "GET /"), returns(`{"statusCode":200}`), Options{Callers: searchRole(allowed)})
		// Past the HTTP server, which refuses headers with control characters itself.
		w := httptest.NewRecorder()
		if g.ServeHTTP(w, r); w.Code != 403 && len(authorization) < maxHeaderBytes/2 {
			t.Errorf("%q got %d", authorization, w.Code)
		}
	})
}
