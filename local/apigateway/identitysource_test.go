package apigateway

import (
	"strings"
	"testing"
	"time"
)

func mustSource(t testing.TB, text string) IdentitySource {
	t.Helper()
	source, err := ParseIdentitySource(text)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestIdentitySource(t *testing.T) {
	const host = " HTTP/1.1\nHost: api.dev.example.com"
	for _, c := range []struct{ fact, source, request, want string }{
		{"1.9 a header", "$request.header.x-api-key", "GET /c1" + host + "\nX-API-Key: k", "k"},
		{"1.9 a header's name has any case", "$request.header.X-Api-KEY", "GET /c1" + host + "\nx-api-key: k", "k"},
		{"1.9 a header that comes twice [?]", "$request.header.x-api-key", "GET /c1" + host + "\nx-api-key: a\nX-Api-Key: b", "a,b"},
		{"1.9 a header that is not there", "$request.header.x-api-key", "GET /c1" + host, ""},
		{"1.9 an empty header", "$request.header.x-api-key", "GET /c1" + host + "\nX-Api-Key:", ""},
		{"1.9 cookies, though the event has them elsewhere [?]", "$request.header.cookie", "GET /c1" + host + "\nCookie: a=1;b=2", "a=1; b=2"},
		{"1.9 a query parameter", "$request.querystring.key", "GET /c1?key=a%20b" + host, "a b"},
		{"1.9 a query parameter's name has its case", "$request.querystring.Key", "GET /c1?key=k" + host, ""},
		{"1.9 the route's key", "$context.routeKey", "GET /c1" + host, "GET /{cart}"},
		{"1.9 the caller's address", "$context.identity.sourceIp", "GET /c1" + host, "203.0.113.7"},
		{"1.9 the path", "$context.path", "GET /c1" + host, "/c1"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			r := parse(t, c.request)
			e := newEvent(&API{}, "$default", mustKey(t, "GET /{cart}"), &request{
				Time: time.Now(), SourceIP: "203.0.113.7", Host: r.Host, Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery, Header: r.Header,
			})
			if got := mustSource(t, c.source).value(e); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestIdentitySourcesThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "authorization", "$request.header.", "$request.body.key", "request.header.x", "method.request.header.x",
		"$request.header.a,$request.header.b", "$request.header.a b", "$context.", "$stageVariables.",
	} {
		if source, err := ParseIdentitySource(text); err == nil {
			t.Errorf("%q is %+v", text, source)
		}
	}
}

func TestIdentitySourcesThatTheGatewayDoesNotHave(t *testing.T) {
	for _, text := range []string{"$stageVariables.key", "$context.integrationLatency", "$context.routekey"} {
		if mustSource(t, text).known() {
			t.Errorf("it has %s", text)
		}
	}
}

func TestBearer(t *testing.T) {
	for _, c := range []struct{ fact, value, want string }{
		{"1.9 with Bearer", "Bearer a.b.c", "a.b.c"},
		{"1.9 without", "a.b.c", "a.b.c"},
		{"1.9 in any case [?]", "bearer a.b.c", "a.b.c"},
		{"1.9 with more room [?]", "  Bearer \t a.b.c ", "a.b.c"},
		{"1.9 the scheme alone", "Bearer", ""},
		{"1.9 the scheme and room", "Bearer ", ""},
		{"1.9 nothing", "", ""},
		{"1.9 another scheme stays", "Basic YTpi", "Basic YTpi"},
		{"1.9 a token that begins like the scheme", "bearerish.b.c", "bearerish.b.c"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			if got := bearer(c.value); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzIdentitySource(f *testing.F) {
	for _, seed := range []string{"$request.header.Authorization", "$request.querystring.key", "$context.routeKey", "$stageVariables.x", "$request.header.a,b", "Bearer a.b.c", "bearer"} {
		f.Add(seed)
	}
	e := newEvent(&API{}, "$default", mustKey(f, "$default"), &request{Time: time.Now()})
	f.Fuzz(func(t *testing.T, text string) {
		if token := bearer(text); token != strings.TrimSpace(token) || !strings.Contains(text, token) || len(token) >= 7 && strings.EqualFold(token[:7], "bearer ") && strings.Count(strings.ToLower(text), "bearer ") < 2 {
			t.Errorf("the token of %q is %q", text, token)
		}
		source, err := ParseIdentitySource(text)
		if err != nil {
			return
		}
		if source.String() != text || source.name == "" {
			t.Errorf("%q became %+v", text, source)
		}
		source.value(e)
		if !source.known() && source.value(e) != "" {
			t.Errorf("%q has the value %q, and is not known", text, source.value(e))
		}
	})
}
