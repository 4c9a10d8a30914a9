package apigateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"

	"annex/local/lambda"
)

// TestWithRealFunctions sends real requests to a gateway before handlers in
// execution environments, with an issuer that is a server of its own.
func TestWithRealFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles two handlers")
	}
	gateway := serveReal(t)
	i := gateway.issuer
	token := func(sub string) string {
		return "Bearer " + i.sign("k1", jwa.RS256(), newKey(), claimsWith(time.Now(), map[string]any{"iss": gateway.issuerURL, "sub": sub}))
	}
	for _, c := range []struct {
		name, path, header, value string
		status                    int
		body                      string // a part
	}{
		{"a token", "/cart/jwt", "Authorization", token("shopper"), 200, `"sub":"shopper"`},
		{"another token", "/cart/jwt", "Authorization", token("other"), 200, `"sub":"other"`},
		{"no token", "/cart/jwt", "", "", 401, `{"message":"Unauthorized"}`},
		{"a key", "/cart/lambda/c1", "X-Api-Key", "open sesame", 200, `{"lambda":{"cart":"c1","partner":"ali-baba","route":"GET /lambda/{cart}"}}`},
		{"a kept answer", "/cart/lambda/c2", "X-Api-Key", "open sesame", 200, `{"lambda":{"cart":"c1",`},
		{"a wrong key", "/cart/lambda/c1", "X-Api-Key", "open barley", 403, `{"message":"Forbidden"}`},
		{"an authorizer that fails", "/cart/lambda/c1", "X-Api-Key", "fail", 500, `{"message":"Internal Server Error"}`},
		{"no key", "/cart/lambda/c1", "", "", 401, `{"message":"Unauthorized"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := parse(t, "GET "+c.path+" HTTP/1.1\nHost: api.dev.example.com")
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			resp, body := answer(t, gateway.Gateway, r)
			if resp.StatusCode != c.status || !strings.Contains(body, c.body) {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, c.status, c.body)
			}
		})
	}
}

type realGateway struct {
	*Gateway
	issuer    *issuer
	issuerURL string
}

func serveReal(t *testing.T) realGateway {
	dir := t.TempDir()
	for _, name := range []string{"partners", "whoami"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(dir, name, "bootstrap"), "./testdata/"+name)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	function := func(name string) lambda.Function {
		return lambda.Function{
			Name: name, ARN: "arn:aws:lambda:eu-west-1:111111111111:function:" + name, Region: "eu-west-1", Account: "111111111111",
			Folder: "lambdas/" + name, Timeout: 10 * time.Second, MemoryMiB: 256, Aliases: map[string]lambda.Alias{"live": {Version: "1"}},
		}
	}
	functions := lambda.New([]lambda.Function{function("partners"), function("whoami")}, lambda.Options{
		Binary:  func(f lambda.Function) (string, error) { return filepath.Join(dir, f.Name, "bootstrap"), nil },
		Log:     func(lambda.Log) {},
		TempDir: t.TempDir(),
	})
	t.Cleanup(functions.Close)

	i := newIssuer(t, "k1")
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			_, _ = w.Write([]byte(`{"jwks_uri":"` + server.URL + `/keys"}`))
		case "/keys":
			_, _ = w.Write(i.jwks())
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)

	config := lambdaAPI(t, func(a *Authorizer) { a.TTL = time.Minute }, "GET /lambda/{cart}")
	jwt := jwtAPI(t, nil, "GET /jwt").APIs[0].Routes[0]
	jwt.Authorizer.Issuer = server.URL
	config.APIs[0].Routes = append(config.APIs[0].Routes, jwt)
	for n := range config.APIs[0].Routes {
		config.APIs[0].Routes[n].FunctionARN = "arn:aws:lambda:eu-west-1:111111111111:function:whoami:live"
	}
	config.Permissions[0].FunctionARN = config.APIs[0].Routes[0].FunctionARN
	g := New(config, invokerFunc(func(ctx context.Context, arn string, payload []byte) (*lambda.Result, error) {
		return functions.Invoke(ctx, arn, payload)
	}), Options{Issuers: server.Client().Transport})
	return realGateway{g, i, server.URL}
}
