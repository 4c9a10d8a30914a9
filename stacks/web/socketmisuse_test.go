package web_test

import (
	"strings"
	"testing"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func TestSocketSaysWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		props web.SocketProps
		want  string
	}{
		"no host":       {web.SocketProps{Path: "updates"}, "no domain name"},
		"a path of two": {web.SocketProps{DomainName: "ws.example.com", Path: "a/b"}, `path "a/b"`},
		"an expression": {web.SocketProps{DomainName: "ws.example.com", Path: "a", RouteBy: "$request.body.action"}, `"action" or "message.kind"`},
		"half throttle": {web.SocketProps{DomainName: "ws.example.com", Path: "a", Throttle: web.Throttle{Burst: 2}}, "both above 0"},
	} {
		got := misuse(t, func() { web.NewSocket(newStack(cdktest.NewApp(t, nil)), "Socket", &test.props) })
		if !strings.HasPrefix(got, `web: socket "Socket": `) || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSocketRouteSaysWhatIsWrong(t *testing.T) {
	stack := newStack(cdktest.NewApp(t, nil))
	function := newFunction(stack, "Function", bundle.NewPlaceholders(t.TempDir()))
	socket, other := newSocket(stack), web.NewSocket(stack, "Other", &web.SocketProps{DomainName: "ws.example.com", Path: "other"})
	api := newAPI(stack)
	tokens := web.NewJWTAuthorizer(stack, "Tokens", &web.JWTAuthorizerProps{API: api, Issuer: "https://login.example.com", Audience: []string{"shop"}})
	headers := web.NewLambdaAuthorizer(stack, "Headers", &web.LambdaAuthorizerProps{API: api, Function: function})
	others := web.NewSocketAuthorizer(stack, "Others", &web.SocketAuthorizerProps{Socket: other, Function: function})
	own := web.NewSocketAuthorizer(stack, "Own", &web.SocketAuthorizerProps{Socket: socket, Function: function})
	web.NewSocketRoute(stack, "Taken", &web.SocketRouteProps{Socket: socket, Key: "taken", Function: function})

	for name, test := range map[string]struct {
		props web.SocketRouteProps
		want  string
	}{
		"no socket":          {web.SocketRouteProps{Key: "ping", Function: function}, "no socket"},
		"no function":        {web.SocketRouteProps{Socket: socket, Key: "ping"}, "no function"},
		"an HTTP key":        {web.SocketRouteProps{Socket: socket, Key: "GET /ping", Function: function}, `key "GET /ping": want $connect`},
		"an unknown $ key":   {web.SocketRouteProps{Socket: socket, Key: "$open", Function: function}, `key "$open": want $connect`},
		"a key twice":        {web.SocketRouteProps{Socket: socket, Key: "taken", Function: function}, "has that route already"},
		"an answer to none":  {web.SocketRouteProps{Socket: socket, Key: "$disconnect", Function: function, Answers: true}, "messages alone"},
		"a JWT authorizer":   {web.SocketRouteProps{Socket: socket, Key: "$connect", Function: function, Authorizer: tokens}, "want NewSocketAuthorizer, and a function that verifies the token"},
		"one of an HTTP API": {web.SocketRouteProps{Socket: socket, Key: "$connect", Function: function, Authorizer: headers}, `authorizer "Headers" is of another API`},
		"another socket's":   {web.SocketRouteProps{Socket: socket, Key: "$connect", Function: function, Authorizer: others}, `authorizer "Others" is of another API`},
		"nobody's":           {web.SocketRouteProps{Socket: socket, Key: "$connect", Function: function, Authorizer: &web.Authorizer{}}, "no constructor made"},
		"on a message":       {web.SocketRouteProps{Socket: socket, Key: "ping", Function: function, Authorizer: own}, "on $connect alone"},
		"IAM on a message":   {web.SocketRouteProps{Socket: socket, Key: "ping", Function: function, Authorizer: web.IAM()}, "on $connect alone"},
		"half a throttle":    {web.SocketRouteProps{Socket: socket, Key: "ping", Function: function, Throttle: web.Throttle{PerSecond: 2}}, "both above 0"},
	} {
		got := misuse(t, func() { web.NewSocketRoute(stack, "Route", &test.props) })
		if !strings.HasPrefix(got, `web: socket route "Route": `) || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	got := misuse(t, func() {
		web.NewSocketRoute(stack, "Default", &web.SocketRouteProps{Socket: socket, Key: "$default", Function: function})
	})
	if !strings.Contains(got, "want another ID") {
		t.Errorf("an ID that the CDK leaves out: %s", got)
	}
	got = misuse(t, func() {
		web.NewRoute(stack, "Get", &web.RouteProps{API: api, Key: "GET /", Function: function, Authorizer: own})
	})
	if !strings.Contains(got, `authorizer "Own" is of socket "Socket"`) {
		t.Errorf("a socket's authorizer on an HTTP route: %s", got)
	}
}

func TestSocketAuthorizerSaysWhatIsWrong(t *testing.T) {
	stack := newStack(cdktest.NewApp(t, nil))
	function := newFunction(stack, "Function", bundle.NewPlaceholders(t.TempDir()))
	socket := newSocket(stack)
	for name, test := range map[string]struct {
		props web.SocketAuthorizerProps
		want  string
	}{
		"no socket":             {web.SocketAuthorizerProps{Function: function}, "no socket"},
		"no function":           {web.SocketAuthorizerProps{Socket: socket}, "no function"},
		"a source of HTTP APIs": {web.SocketAuthorizerProps{Socket: socket, Function: function, IdentitySources: []string{"$request.header.Origin"}}, `want one like "route.request.querystring.token"`},
		"a source twice":        {web.SocketAuthorizerProps{Socket: socket, Function: function, IdentitySources: []string{"route.request.header.Origin", "route.request.header.Origin"}}, "given twice"},
	} {
		got := misuse(t, func() { web.NewSocketAuthorizer(stack, "Pages", &test.props) })
		if !strings.HasPrefix(got, `web: authorizer "Pages": `) || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
