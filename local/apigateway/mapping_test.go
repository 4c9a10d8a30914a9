package apigateway

import (
	"context"
	"strings"
	"testing"

	"annex/local/lambda"
)

func TestMappingSelection(t *testing.T) {
	// AWS's example has the mappings (empty), orders, orders/v1/items and
	// orders/v2/items (http-api-mappings); its five requests come first.
	example := []string{"", "orders", "orders/v1/items", "orders/v2/items"}
	for _, c := range []struct {
		fact string
		keys []string
		path string
		want string // the key in parentheses, and the path below it; empty for 404
	}{
		{"1.1 a key takes its own path", example, "/orders", "(orders) /"},
		{"1.1 the longest key wins", example, "/orders/v1/items", "(orders/v1/items) /"},
		{"1.1 the longest key wins with more below it", example, "/orders/v2/items/456", "(orders/v2/items) /456"},
		{"1.1 a shorter key takes what the longer ones do not", example, "/orders/v1/payments", "(orders) /v1/payments"},
		{"1.1 the empty key is the catch-all", example, "/customers", "() /customers"},
		{"1.1 a key takes whole segments", []string{"api/cart"}, "/api/cartoon", ""},
		{"1.1 no mapping is not found", []string{"cart"}, "/search", ""},
		{"1.1 the key is not in the path that routes see", []string{"api/cart"}, "/api/cart/c1/items/mug", "(api/cart) /c1/items/mug"},
		{"1.1 the key is taken once only", []string{"cart"}, "/cart/cart", "(cart) /cart"},
		{"1.1 keys are case-sensitive", []string{"cart"}, "/Cart", ""},
		{"1.1 a slash after the key is the root", []string{"cart"}, "/cart/", "(cart) /"},
		{"1.1 the key alone is the root [?]", []string{"cart"}, "/cart", "(cart) /"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			// Each key leads to an API of its own, whose ID the event has.
			config := Config{Domains: []Domain{{Name: "api.dev.example.com"}}, Permissions: []Permission{{FunctionARN: functionLive}}}
			keys := map[string]string{}
			for i, key := range c.keys {
				api := cartAPI(t, "$default").APIs[0]
				api.ID, api.Endpoint = itoa(i), itoa(i)+".execute-api.eu-west-1.amazonaws.com"
				config.APIs = append(config.APIs, api)
				config.Domains[0].Mappings = append(config.Domains[0].Mappings, Mapping{Key: key, API: api.ID, Stage: "$default"})
				keys[api.ID] = key
			}
			got := ""
			g := New(config, invokerFunc(func(_ context.Context, _ string, payload []byte) (*lambda.Result, error) {
				e := decodeEvent(t, payload)
				got = "(" + keys[e.RequestContext.APIID] + ") " + e.RawPath
				return &lambda.Result{Payload: []byte(`{"statusCode":204}`)}, nil
			}), Options{})
			if resp, body := answer(t, g, parse(t, "GET "+c.path+" HTTP/1.1\nHost: api.dev.example.com")); got == "" && (resp.StatusCode != 404 || body != `{"message":"Not Found"}`) {
				t.Errorf("got %d %s", resp.StatusCode, body)
			}
			if got != c.want {
				t.Errorf("%s: got %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestMappingKeysThatAreRefused(t *testing.T) {
	for _, c := range []struct{ fact, key, want string }{
		{"1.1 a character that is not allowed", "cart?", `'?' is not allowed`},
		{"1.1 more than 300 characters", strings.Repeat("a", 301), "301 characters long, want at most 300"},
		{"1.1 a slash before it", "/cart", "single / between"},
		{"1.1 a slash after it", "cart/", "single / between"},
		{"1.1 two slashes", "api//cart", "single / between"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			if err := checkMappingKey(c.key); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q: got %v, want %q", c.key, err, c.want)
			}
		})
	}
	for _, key := range []string{"", "cart", "api/cart", "v1.0/a_b-c", "$-_.+!*'()", strings.Repeat("a", 300)} {
		if err := checkMappingKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestStageSelectionOnTheGeneratedEndpoint(t *testing.T) {
	stages := []*servedStage{
		{stage: &Stage{Name: "dev"}}, {stage: &Stage{Name: "$default"}}, {stage: &Stage{Name: "beta"}},
	}
	for _, c := range []struct {
		fact   string
		stages []*servedStage
		path   string
		want   string
	}{
		{"1.1 the first segment names the stage", stages, "/dev/pets", "dev"},
		{"1.1 the stage's name alone", stages, "/beta", "beta"},
		{"1.1 $default when the first segment names none", stages, "/pets/dev", "$default"},
		{"1.1 no stage without $default", stages[:1], "/pets", ""},
	} {
		t.Run(c.fact, func(t *testing.T) {
			got := ""
			if s := findStage(c.stages, c.path); s != nil {
				got = s.stage.Name
			}
			if got != c.want {
				t.Errorf("%s: got %q, want %q", c.path, got, c.want)
			}
		})
	}
}
