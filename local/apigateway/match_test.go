package apigateway

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"annex/local/lambda"
)

// tableOf sorts keys as a stage's routes are.
func tableOf(t testing.TB, keys ...string) routeTable {
	t.Helper()
	var targets []*target
	for _, key := range keys {
		targets = append(targets, &target{route: &Route{Key: mustKey(t, key)}})
	}
	return sortRoutes(targets)
}

func TestRouteSelection(t *testing.T) {
	// The first four routes are AWS's own example ("Working with routes for
	// HTTP APIs").
	pets := []string{"GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"}
	for _, c := range []struct {
		fact    string
		routes  []string
		request string
		want    string // the route key and its parameters; empty for 404
	}{
		{"1.2 static beats parameter", pets, "GET /pets/dog/1", "GET /pets/dog/1"},
		{"1.2 parameter beats greedy", pets, "GET /pets/dog/2", "GET /pets/dog/{id} id=2"},
		{"1.2 greedy takes the rest of the path", pets, "GET /pets/cat/1/toys", "GET /pets/{proxy+} proxy=cat/1/toys"},
		{"1.2 a longer greedy prefix beats a shorter one", pets, "GET /pets/cat", "GET /pets/{proxy+} proxy=cat"},
		{"1.2 ANY takes a method that the narrower route has not", pets, "POST /pets/dog/1", "ANY /{proxy+} proxy=pets/dog/1"},
		{"1.2 $default when nothing else matches", []string{"GET /pets", "$default"}, "PUT /nowhere", "$default"},
		{"1.2 $default takes the root", []string{"GET /pets", "$default"}, "GET /", "$default"},
		{"1.2 not found without $default", []string{"GET /pets"}, "GET /dogs", ""},
		{"1.2 no 405: a known path with another method is not found", []string{"GET /pets", "POST /pets"}, "DELETE /pets", ""},
		{"1.2 an explicit method beats ANY on the same path", []string{"ANY /pets", "GET /pets"}, "GET /pets", "GET /pets"},
		{"1.2 ANY takes the methods not named", []string{"ANY /pets", "GET /pets"}, "PATCH /pets", "ANY /pets"},
		{"1.2 ANY takes a method that no key can name", []string{"ANY /pets"}, "PROPFIND /pets", "ANY /pets"},
		{"1.2 a static ANY beats a parameter with the method", []string{"GET /pets/{id}", "ANY /pets/mine"}, "GET /pets/mine", "ANY /pets/mine"},
		{"1.2 a full match must have the method too", []string{"POST /pets/mine", "GET /pets/{id}"}, "GET /pets/mine", "GET /pets/{id} id=mine"},
		{"1.2 a full match beats a greedy one whatever the method", []string{"GET /{proxy+}", "ANY /pets/{id}"}, "GET /pets/1", "ANY /pets/{id} id=1"},
		{"1.2 a full match beats a greedy one with more literals", []string{"GET /pets/dog/{rest+}", "GET /pets/{kind}/{id}"}, "GET /pets/dog/1", "GET /pets/{kind}/{id} kind=dog id=1"},
		{"1.2 routes of different lengths", []string{"GET /pets/{kind}", "GET /pets/{kind}/{id}"}, "GET /pets/dog/1", "GET /pets/{kind}/{id} kind=dog id=1"},
		{"1.2 OPTIONS /{proxy+} beats $default", []string{"OPTIONS /{proxy+}", "$default"}, "OPTIONS /pets", "OPTIONS /{proxy+} proxy=pets"},
		{"1.2 the root", []string{"GET /", "GET /{id}"}, "GET /", "GET /"},
		{"1.2 a parameter takes one segment only", []string{"GET /pets/{id}"}, "GET /pets/1/toys", ""},
		{"1.2 several parameters", []string{"PUT /{cart}/items/{product}"}, "PUT /c1/items/mug", "PUT /{cart}/items/{product} cart=c1 product=mug"},
		{"1.2 matching is case-sensitive", []string{"GET /pets"}, "GET /Pets", ""},
		{"1.2 HEAD is not GET", []string{"GET /pets"}, "HEAD /pets", ""},
		{"1.2 more literal segments win [?]", []string{"GET /{a}/{b}/c", "GET /{a}/b/c"}, "GET /x/b/c", "GET /{a}/b/c a=x"},
		{"1.2 among as many literals the first one wins [?]", []string{"GET /{a}/b", "GET /a/{b}"}, "GET /a/b", "GET /a/{b} b=b"},
		{"1.2 a trailing slash is not the path without it [?]", []string{"GET /pets"}, "GET /pets/", ""},
		{"1.2 a parameter is not empty [?]", []string{"GET /pets/{id}"}, "GET /pets/", ""},
		{"1.2 greedy catches a trailing slash [?]", []string{"GET /pets", "GET /pets/{proxy+}"}, "GET /pets/", "GET /pets/{proxy+} proxy="},
		{"1.2 greedy does not catch its parent [?]", []string{"GET /pets/{proxy+}"}, "GET /pets", ""},
		{"1.2 greedy at the root does not catch the root [?]", []string{"ANY /{proxy+}"}, "GET /", ""},
	} {
		t.Run(c.fact, func(t *testing.T) {
			// Which route wins may not depend on the template's order.
			for range 2 {
				if got := routed(t, c.routes, c.request); got != c.want {
					t.Errorf("%s with %q: got %q, want %q", c.request, c.routes, got, c.want)
				}
				slices.Reverse(c.routes)
			}
		})
	}
}

// routed is the route that a request to an API's generated endpoint comes to,
// as the function is told: its key, and its parameters in the key's order.
func routed(t *testing.T, routes []string, request string) string {
	t.Helper()
	var e events.APIGatewayV2HTTPRequest
	g := New(cartAPI(t, routes...), invokerFunc(func(_ context.Context, _ string, payload []byte) (*lambda.Result, error) {
		e = decodeEvent(t, payload)
		return &lambda.Result{Payload: []byte(`{"statusCode":204}`)}, nil
	}), Options{})
	resp, body := answer(t, g, parse(t, request+" HTTP/1.1\nHost: cart0000.execute-api.eu-west-1.amazonaws.com"))
	switch {
	case resp.StatusCode == 204:
	case resp.StatusCode == 404 && e.RouteKey == "" && (body == `{"message":"Not Found"}` || strings.HasPrefix(request, "HEAD")):
		return ""
	default:
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	got := e.RouteKey
	for _, name := range regexp.MustCompile(`\{(\w+)\+?\}`).FindAllStringSubmatch(e.RouteKey, -1) {
		got += " " + name[1] + "=" + e.PathParameters[name[1]]
	}
	return got
}

func TestParametersAreAbsentForARouteWithoutThem(t *testing.T) {
	for _, key := range []string{"$default", "GET /", "GET /pets"} {
		if values := mustKey(t, key).parameters("/pets"); values != nil {
			t.Errorf("%s: got %v, want nil", key, values)
		}
	}
}

func TestRouteKeysThatAreRefused(t *testing.T) {
	for _, c := range []struct{ fact, key, want string }{
		{"1.2 no path", "GET", `want a method and a path`},
		{"1.2 an unknown method", "GTE /pets", `unknown method GTE, want one of ANY DELETE GET`},
		{"1.2 a method in lower case", "get /pets", `unknown method get`},
		{"1.2 a path without a slash", "GET pets", `must begin with /`},
		{"1.2 a path that ends in a slash", "GET /pets/", `may not end in /`},
		{"1.2 an empty segment", "GET /pets//x", `empty path segment`},
		{"1.2 greedy before the end", "GET /{proxy+}/x", `{proxy+} must be the last segment`},
		{"1.2 a parameter in a part of a segment", "GET /pet-{id}", `takes a whole segment`},
		{"1.2 a brace that is not closed", "GET /{id", `takes a whole segment`},
		{"1.2 a parameter without a name", "GET /{}", `not a parameter name`},
		{"1.2 a greedy parameter without a name", "GET /{+}", `not a parameter name`},
		{"1.2 a parameter twice", "GET /{id}/{id}", `parameter id appears twice`},
	} {
		t.Run(c.fact, func(t *testing.T) {
			_, err := ParseRouteKey(c.key)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.key) {
				t.Errorf("%q: got %v, want an error with the key and %q", c.key, err, c.want)
			}
		})
	}
}

func FuzzParseRouteKey(f *testing.F) {
	for _, seed := range []string{"$default", "GET /", "ANY /{proxy+}", "PUT /{cart}/items/{product}", "GET /{a+}/b", "GET /{}", "X /"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseRouteKey(text)
		if err != nil {
			return
		}
		if key.String() != text {
			t.Errorf("%q became %q", text, key)
		}
		if _, path, ok := strings.Cut(text, " "); ok && !strings.Contains(path, "{") && !key.matches(key.method, splitPath(nil, path)) {
			t.Errorf("%q does not match its own path", text)
		}
	})
}

// FuzzRouteSelection compares the table with the facts' rules, applied one after
// the other to regular expressions that are tried by themselves.
func FuzzRouteSelection(f *testing.F) {
	f.Add("GET /pets/{id}\nGET /pets/dog\nANY /{proxy+}\n$default", "GET", "/pets/dog")
	f.Add("ANY /a/{b}\nGET /{a}/b", "GET", "/a/b")
	f.Add("ANY /a\nGET /a", "GET", "/a")
	f.Add("ANY /a/{b+}\nGET /{a+}", "GET", "/a/b/c")
	f.Add("GET /pets/{proxy+}", "GET", "/pets/")
	f.Add("GET /", "GET", "//")
	f.Fuzz(func(t *testing.T, routes, method, path string) {
		if !strings.HasPrefix(path, "/") {
			return
		}
		var targets []*target
		for text := range strings.SplitSeq(routes, "\n") {
			if key, err := ParseRouteKey(text); err == nil && utf8.ValidString(text) {
				targets = append(targets, &target{route: &Route{Key: key}})
			}
		}
		table := sortRoutes(targets)
		found := table.find(method, path)
		if want := selected(table, method, path); found < 0 != (len(want) == 0) || found >= 0 && !slices.Contains(want, table[found].String()) {
			t.Errorf("%s %s found %d of %q, want one of %q", method, path, found, table, want)
		}
		if found >= 0 {
			checkParameters(t, table[found], path)
		}
	})
}

// selected are the routes of which one is that of the request: those that match,
// less what a rule of §1.2 puts behind another. The rules leave more than one
// where the facts have none.
func selected(table routeTable, method, path string) []string {
	var keys []string
	for _, key := range table {
		if key.String() == defaultRouteKey || (key.method == method || key.method == anyMethod) && expression(key).MatchString(path) {
			keys = append(keys, key.String())
		}
	}
	isDefault := func(key string) bool { return key == defaultRouteKey }
	isGreedy := func(key string) bool { return strings.HasSuffix(key, "+}") }
	isANY := func(key string) bool { return strings.HasPrefix(key, "ANY ") }
	pathOf := func(key string) string { return key[strings.IndexByte(key, ' ')+1:] }
	literals := func(key string) int { return strings.Count(key, "/") - strings.Count(key, "{") }
	for _, behind := range []func(key, other string) bool{
		func(key, other string) bool { return isDefault(key) && !isDefault(other) },
		func(key, other string) bool { return isGreedy(key) && !isGreedy(other) },
		func(key, other string) bool { return literals(key) < literals(other) },
		func(key, other string) bool { return isANY(key) && !isANY(other) && pathOf(key) == pathOf(other) },
	} {
		keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
			return slices.ContainsFunc(keys, func(other string) bool { return behind(key, other) })
		})
	}
	return keys
}

// checkParameters puts the values back into the key, which must give the path.
func checkParameters(t *testing.T, key RouteKey, path string) {
	t.Helper()
	values := key.parameters(path)
	rebuilt := ""
	for _, s := range key.segments {
		if s.kind == literal {
			rebuilt += "/" + s.name
		} else {
			rebuilt += "/" + values[s.name]
		}
	}
	if key.String() != defaultRouteKey && rebuilt != path {
		t.Errorf("%q on %q gives %v, which makes %q", key, path, values, rebuilt)
	}
}

// expression is what the key's path matches.
func expression(key RouteKey) *regexp.Regexp {
	text := `^`
	for i, s := range key.segments {
		switch s.kind {
		case literal:
			text += `/` + regexp.QuoteMeta(s.name)
		case parameter:
			text += `/[^/]+`
		case greedy:
			text += `/(?s:.*)`
			if i == 0 {
				text += `(?s:.)`
			}
		}
	}
	return regexp.MustCompile(text + `$`)
}
