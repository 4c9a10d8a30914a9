package web_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

func TestAuthorizerNeverCatchesAPreflight(t *testing.T) {
	const open = "open" // a route that has no authorizer
	for _, test := range []struct {
		name string
		keys []string // "open" ends the key of a route without an authorizer
		want []string // the OPTIONS routes
	}{
		{"a method of its own takes no OPTIONS", []string{"GET /x", "POST /{cart}/checkout"}, nil},
		{"$default", []string{"$default"}, []string{"OPTIONS /", "OPTIONS /{proxy+}"}},
		{"ANY of a path", []string{"ANY /x"}, []string{"OPTIONS /x"}},
		{"ANY of the root", []string{"ANY /"}, []string{"OPTIONS /"}},
		{"ANY of every path", []string{"ANY /{rest+}"}, []string{"OPTIONS /{rest+}"}},
		{"ANY below a path", []string{"ANY /x/{proxy+}"}, []string{"OPTIONS /x/{proxy+}"}},
		{"ANY of a variable", []string{"ANY /{cart}"}, []string{"OPTIONS /{cart}"}},
		{"ANY beside $default", []string{"$default", "ANY /{cart}"}, []string{"OPTIONS /", "OPTIONS /{cart}", "OPTIONS /{proxy+}"}},
		{"ANY of every path beside $default", []string{"$default", "ANY /{rest+}"}, []string{"OPTIONS /", "OPTIONS /{proxy+}"}},
		{"without an authorizer", []string{"$default " + open, "ANY /x " + open}, nil},
		{"an OPTIONS route that was there", []string{"OPTIONS /{id} " + open, "ANY /{cart}"}, []string{"OPTIONS /{id}"}},
		{"an OPTIONS route that comes later", []string{"ANY /{cart}", "OPTIONS /{id} " + open}, []string{"OPTIONS /{id}"}},
		{"a wider OPTIONS route does not keep ANY from taking a preflight", []string{"OPTIONS /{proxy+} " + open, "ANY /x"}, []string{"OPTIONS /x", "OPTIONS /{proxy+}"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
				api, function := newAPI(stack), newFunction(stack, "Cart", code)
				for i, key := range test.keys {
					props := &web.RouteProps{API: api, Function: function}
					var isOpen bool
					if props.Key, isOpen = strings.CutSuffix(key, " "+open); !isOpen {
						props.Authorizer = web.IAM()
					}
					web.NewRoute(stack, fmt.Sprint("Route", i), props)
				}
			})
			routes := routesByKey(template)
			var got []string
			for _, key := range slices.Sorted(maps.Keys(routes)) {
				if !strings.HasPrefix(key, "OPTIONS ") {
					continue
				}
				got = append(got, key)
				if routes[key]["AuthorizationType"] != "NONE" || routes[key]["Target"] == nil {
					t.Errorf("%s: %v", key, routes[key])
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error("OPTIONS routes (-want +got):\n", diff)
			}
		})
	}
}

// TestOPTIONSOfAStackStandsInPlaceOfABroughtOne: whichever is defined first,
// and to the function that the stack says.
func TestOPTIONSOfAStackStandsInPlaceOfABroughtOne(t *testing.T) {
	template := synth(t, func(stack awscdk.Stack, code *bundle.Handlers) {
		api, all, preflights := newAPI(stack), newFunction(stack, "All", code), newFunction(stack, "Preflights", code)
		web.NewRoute(stack, "Any", &web.RouteProps{API: api, Key: "ANY /x", Function: all, Authorizer: web.IAM()})
		web.NewRoute(stack, "Own", &web.RouteProps{API: api, Key: "OPTIONS /x", Function: preflights})
	})
	target := at(t, routesByKey(template)["OPTIONS /x"], "Target", "Fn::Join", 1, 1, "Ref").(string)
	if !strings.HasPrefix(target, "Preflights") {
		t.Error("leads to ", target)
	}
}

func TestRoutesThatAnAPIHasNoRoomFor(t *testing.T) {
	stack := newStack(awscdk.NewApp(nil))
	api, function := newAPI(stack), newFunction(stack, "Cart", bundle.NewPlaceholders(t.TempDir()))
	for i := range 299 {
		web.NewRoute(stack, fmt.Sprint("Route", i), &web.RouteProps{API: api, Key: fmt.Sprintf("GET /%d", i), Function: function})
	}
	// The one that an ANY route brings counts too.
	got := misuse(t, func() {
		web.NewRoute(stack, "All", &web.RouteProps{API: api, Key: "ANY /x", Function: function, Authorizer: web.IAM()})
	})
	if want := `web: route "All": API "API" has 301 routes with it, want at most 300: give some of them to another API`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
