package web

import (
	"regexp"
	"strings"
	"testing"
)

func TestParseRouteKey(t *testing.T) {
	for _, test := range []struct{ key, shape string }{
		{"GET /", "GET /"},
		{"$default", "$default"},
		{"ANY /{rest+}", "ANY /{+}"},
		{"GET /{cart}", "GET /{}"},
		{"PUT /{cart}/items/{product}", "PUT /{}/items/{}"},
		{"GET /feed.xml", "GET /feed.xml"},
		{"GET /a-b_c~d/@me", "GET /a-b_c~d/@me"},
	} {
		t.Run(test.key, func(t *testing.T) {
			shape, err := parseRouteKey(test.key)
			if err != nil || shape != test.shape {
				t.Errorf("got %q, %v, want %q", shape, err, test.shape)
			}
		})
	}
}

func TestParseBadRouteKey(t *testing.T) {
	for _, test := range []struct{ name, key, want string }{
		{"empty", "", `want a method and a path, like "GET /{cart}"`},
		{"no method", "/{cart}", `want a method and a path, like "GET /{cart}"`},
		{"no path", "GET", `want a method and a path, like "GET /{cart}"`},
		{"unknown method", "GTE /", "unknown method GTE, want one of ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"},
		{"lower case method", "get /", "unknown method get, want one of ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"},
		{"no slash", "GET cart", `path "cart" does not start with a slash`},
		{"trailing slash", "GET /cart/", `path "/cart/" ends in a slash, want "/cart"`},
		{"two slashes", "GET /cart//items", "an empty segment: two slashes follow one another"},
		{"nothing but slashes", "GET //", `path "//" ends in a slash, want "/"`},
		{"variable without a name", "GET /{}", `bad variable name "", want letters, digits, _ and -`},
		{"variable with a bad name", "GET /{cart id}", `bad variable name "cart id", want letters, digits, _ and -`},
		{"variable in braces twice", "GET /{{cart}}", `bad variable name "{cart}", want letters, digits, _ and -`},
		{"variable in part of a segment", "GET /cart-{id}", `segment "cart-{id}": a variable is a whole segment, like {cart}`},
		{"open brace", "GET /{cart", `segment "{cart": a variable is a whole segment, like {cart}`},
		{"greedy variable in the middle", "GET /{rest+}/items", `variable "{rest+}" takes the rest of the path, so it has to be the last segment`},
		{"one name twice", "GET /{id}/items/{id}", `two variables are named "id"`},
		{"query", "GET /?q=mug", `segment "?q=mug" holds what a path cannot`},
		{"percent", "GET /caf%C3%A9", `segment "caf%C3%A9" holds what a path cannot`},
		{"two spaces", "GET  /", `path " /" does not start with a slash`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parseRouteKey(test.key); err == nil || err.Error() != test.want {
				t.Errorf("parseRouteKey(%q)\ngot  %v\nwant %s", test.key, err, test.want)
			}
		})
	}
}

func FuzzParseRouteKey(f *testing.F) {
	for _, seed := range []string{"GET /", "$default", "PUT /{cart}/items/{product}", "ANY /{rest+}", "GET /a//b", "GET /{a}{b}"} {
		f.Add(seed)
	}
	variable := regexp.MustCompile(`\{[^+}]*`)
	f.Fuzz(func(t *testing.T, key string) {
		shape, err := parseRouteKey(key)
		if err != nil || key == "$default" {
			return
		}
		_, path, _ := strings.Cut(key, " ")
		if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.ContainsAny(path, "?#% ") {
			t.Errorf("%q is taken", key)
		}
		if want := variable.ReplaceAllString(key, "{"); shape != want {
			t.Errorf("%q has shape %q, want %q", key, shape, want)
		}
	})
}
