package websocket

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"annex/local/apigateway"
)

// TestConnecting holds what a client is answered to a handshake.
func TestConnecting(t *testing.T) {
	const deny = `{"principalId":"page","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}}`
	const path = "/updates?cart=c1"
	connectRoute := func(c *Config) *Route { return &c.APIs[0].Routes[0] }
	for _, c := range []struct {
		fact    string
		change  func(*Config)
		answers map[string]string
		path    string
		status  int
		message string // of the answer; for one without it, its body
		why     string // in what the developer is told
	}{
		{"4.1 a connection whose $connect returns 200", nil, nil, path, 101, "", ""},
		{"4.1 $connect may be left out", func(c *Config) { c.APIs[0].Routes = c.APIs[0].Routes[1:] }, nil, path, 101, "", ""},
		{"4.1 a policy that denies is 403", nil, map[string]string{"authorizer": deny}, path, 403, "Forbidden", "denies execute-api:Invoke on " + stageARN + "/$connect"},
		{"4.1 a policy for another API is 403", nil, map[string]string{"authorizer": strings.Replace(allow, `"Resource":"*"`, `"Resource":"arn:aws:execute-api:eu-west-1:111111111111:other/*"`, 1)}, path, 403, "Forbidden", "does not allow"},
		{"4.1 a missing identity source is 401, and the authorizer is not asked", nil, map[string]string{"authorizer": "asked"}, "/updates", 401, "Unauthorized", "has no route.request.querystring.cart"},
		{"4.1 the error Unauthorized of an authorizer is 401", nil, map[string]string{"authorizer": `{"errorMessage":"Unauthorized","errorType":"errorString"}`}, path, 401, "Unauthorized", "said Unauthorized"},
		{"4.1 an authorizer that fails is 500", nil, map[string]string{"authorizer": `{"errorMessage":"boom","errorType":"errorString"}`}, path, 500, "Internal server error", "boom"},
		{"4.1 an authorizer's answer that is no policy is 500", nil, map[string]string{"authorizer": `{"isAuthorized":true}`}, path, 500, "Internal server error", "principalId"},
		{"4.1 a context that is not flat is 500 [?]", nil, map[string]string{"authorizer": strings.Replace(allow, `"topic":"c1"`, `"topic":{"id":1}`, 1)}, path, 500, "Internal server error", "topic"},
		{"4.4 an authorizer's result of more than 8 KB is 500 [?]", nil, map[string]string{"authorizer": strings.Replace(allow, `"topic":"c1"`, `"topic":"`+strings.Repeat("x", 8<<10)+`"`, 1)}, path, 500, "Internal server error", "takes 8192"},
		{"4.1 a status of $connect that is not 2xx turns the client away", nil, map[string]string{"$connect": `{"statusCode":403,"body":"not you"}`}, path, 403, "not you", ""},
		{"4.1 a $connect that fails is 502", nil, map[string]string{"$connect": `{"errorMessage":"boom","errorType":"errorString"}`}, path, 502, "Internal server error", "boom"},
		{"4.1 a $connect without a status is 502", nil, map[string]string{"$connect": `{"ok":true}`}, path, 502, "Internal server error", "statusCode is missing"},
		{"4.1 so is one whose status is none of an answer [?]", nil, map[string]string{"$connect": `{"statusCode":101}`}, path, 502, "Internal server error", "statusCode 101"},
		{"4.1 a function without a permission is 500", func(c *Config) { c.Permissions = c.Permissions[1:] }, nil, path, 500, "Internal server error", "SourceArn that covers " + stageARN + "/$connect"},
		{"4.1 an authorizer without a permission is 500", func(c *Config) { c.Permissions = c.Permissions[:1] }, nil, path, 500, "Internal server error", "/authorizers/auth00"},
		{"4.1 a path that is not mapped is 403 [?]", nil, nil, "/other?cart=c1", 403, "Forbidden", "no API mapping for /other"},
		{"4.1 a path below the mapping is 403 [?]", nil, nil, "/updates/more?cart=c1", 403, "Forbidden", "no API mapping"},
		{"4.1 a stage without a deployment is 403 [?]", func(c *Config) { c.APIs[0].Stages[0].Deployed = false }, nil, path, 403, "Forbidden", "no deployment"},
		{"4.1 over the throttle of $connect is 429 [?]", func(c *Config) { c.APIs[0].Stages[0].RouteThrottles = map[string]apigateway.Throttle{"$connect": {}} }, nil, path, 429, "Too Many Requests", "throttle"},
		{"4.4 a URL of more than 4096 characters is 414 [?]", nil, nil, path + strings.Repeat("x", 4096), 414, "URI Too Long", "4096"},
		{"4.1 IAM: a handshake that is not signed is 403", func(c *Config) { connectRoute(c).Authorization = apigateway.IAM }, nil, path, 403, "Forbidden", "not signed"},
		{"what is not served is 501: a route", func(c *Config) { connectRoute(c).Unsupported = "no such thing" }, nil, path, 501, "local mode cannot serve this: no such thing", "no such thing"},
		{"what is not served is 501: a domain", func(c *Config) { c.Domains[0].Unsupported = "no such thing" }, nil, path, 501, "local mode cannot serve this: no such thing", "no such thing"},
		{"what is not served is 501: an API", func(c *Config) { c.APIs[0].Unsupported = "no such thing" }, nil, path, 501, "local mode cannot serve this: no such thing", "no such thing"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			changed := config()
			if c.change != nil {
				c.change(&changed)
			}
			s := start(t, changed, newFunctions(c.answers), Options{})
			_, got, err := s.dial(t, c.path, nil)
			if got.status != c.status || (err == nil) != (c.status == 101) {
				t.Fatalf("got %v, %v, want %d", got, err, c.status)
			}
			told := <-s.told
			if told.Status != c.status || (c.why != "") != (told.Err != nil) || c.why != "" && !strings.Contains(told.Err.Error(), c.why) {
				t.Errorf("the developer is told %d, %v, want %q", told.Status, told.Err, c.why)
			}
			if c.status == 101 {
				return
			}
			want := `{"message": "` + c.message + `", "connectionId":"` + told.ConnectionID + `", "requestId":"` + told.RequestID + `"}`
			if c.why == "" {
				want = c.message
			}
			if got.body != want {
				t.Errorf("the client is told %s, want %s", got.body, want)
			}
		})
	}
}

func TestWhatIsNoHandshake(t *testing.T) {
	s := start(t, config(), newFunctions(nil), Options{})
	for name, c := range map[string]struct {
		host   string
		status int
	}{
		"4.1 what does not upgrade is 426 [?]":            {domain, 426},
		"4.1 a host that is none is 403 [?]":              {"elsewhere.example.com", 403},
		"4.1 an endpoint that is disabled is no host [?]": {"sock0000.execute-api.eu-west-1.amazonaws.com", 403},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+"/updates", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = c.host
			response, err := s.server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close() //nolint:errcheck // only read from
			if response.StatusCode != c.status {
				t.Errorf("got %d, want %d", response.StatusCode, c.status)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	t.Run("4.1 API Gateway does not look at the origin", func(t *testing.T) {
		s := start(t, config(), newFunctions(nil), Options{})
		if _, _, err := s.dial(t, "/updates?cart=c1", http.Header{"Origin": {"https://elsewhere.example"}}); err != nil {
			t.Error(err)
		}
	})
}

func TestSubprotocols(t *testing.T) {
	t.Run("4.1 the subprotocol is the one that $connect returns", func(t *testing.T) {
		s := start(t, config(), newFunctions(map[string]string{"$connect": `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"b"}}`}), Options{})
		conn, got, err := s.dial(t, "/updates?cart=c1", nil, "a", "b")
		if err != nil || conn.Subprotocol() != "b" || got.header.Get("Sec-WebSocket-Extensions") != "" {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestNothingIsSentBeforeConnectReturns(t *testing.T) {
	t.Run("4.1 the upgrade is pending until $connect has returned, and until then the connection is gone to others", func(t *testing.T) {
		f := newFunctions(nil)
		s := start(t, config(), f, Options{})
		asked := make(chan Sent, 1)
		f.act = func(_ context.Context, key string, event map[string]any) (string, error) {
			if key == "$connect" {
				id, _ := event["requestContext"].(map[string]any)["connectionId"].(string)
				asked <- s.Post("sock0000", "dev", id, []byte("early"))
				time.Sleep(10 * time.Millisecond)
			}
			return "", nil
		}
		s.connect(t)
		if got := <-asked; got != Gone {
			t.Errorf("a message from within $connect is %v, want Gone", got)
		}
	})
}

// callers has one caller, who may do what its policies are asked for as wanted.
type callers struct{ denied error }

func (c callers) Caller(accessKeyID, account string) (apigateway.Caller, bool) {
	return apigateway.Caller{
		SecretAccessKey: "secret", ARN: "arn:aws:sts::" + account + ":assumed-role/r/s", Account: account, ID: "AROA:s",
		Authorize: func(action, resource string) error {
			if action != "execute-api:Invoke" || resource != stageARN+"/$connect" {
				return errors.New("not asked for " + action + " on " + resource)
			}
			return c.denied
		},
	}, accessKeyID == "AKIA"
}

func TestSigned(t *testing.T) {
	const path = "/updates?cart=c1"
	for _, c := range []struct {
		fact, path, key, secret string
		denied                  error
		status                  int
	}{
		{"4.1 IAM: a signed handshake whose policies allow it", path, "AKIA", "secret", nil, 101},
		{"4.1 IAM: one whose policies do not is 403", path, "AKIA", "secret", errors.New("denied"), 403},
		{"4.1 IAM: a wrong signature is 403", path, "AKIA", "guessed", nil, 403},
		{"4.1 IAM: nobody's key is 403", path, "AKIB", "secret", nil, 403},
		{"what is not served is 501: a query string that is signed", path + "&X-Amz-Signature=abc", "AKIA", "secret", nil, 501},
	} {
		t.Run(c.fact, func(t *testing.T) {
			changed := config()
			changed.APIs[0].Routes[0].Authorization = apigateway.IAM
			f := newFunctions(nil)
			s := start(t, changed, f, Options{Callers: callers{c.denied}})
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+domain+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
			if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: c.key, SecretAccessKey: c.secret}, r, emptySum, "execute-api", "eu-west-1", time.Now()); err != nil {
				t.Fatal(err)
			}
			_, got, err := s.dial(t, c.path, r.Header)
			if got.status != c.status {
				t.Fatalf("got %v, %v, want %d", got, err, c.status)
			}
			if c.status != 101 {
				return
			}
			who := f.event(t, 0)["requestContext"].(map[string]any)["identity"].(map[string]any)
			if who["userArn"] != "arn:aws:sts::111111111111:assumed-role/r/s" || who["accessKey"] != "AKIA" || who["accountId"] != "111111111111" {
				t.Errorf("$connect is told %v", who)
			}
		})
	}
}
