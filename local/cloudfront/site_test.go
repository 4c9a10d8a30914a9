package cloudfront

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/local/assembly/assemblytest"
)

// deployed is the edge of the stage as it would deploy: read from the snapshot
// of its template.
func deployed(t *testing.T, stage string, to http.RoundTripper) *Edge {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "test", "snapshots", stage, "annex-"+stage+"-site.json"))
	if err != nil {
		t.Fatal(err)
	}
	var template struct{ Resources json.RawMessage }
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	distributions, _, err := Read(assemblytest.Stack(t, "annex-"+stage+"-site", "aws://111122223333/us-east-1", string(template.Resources)))
	if err != nil || len(distributions) != 1 {
		t.Fatalf("%d distributions, error %v", len(distributions), err)
	}
	return newEdge(t, distributions[0], to, Options{})
}

// container answers as one that knows nothing of CORS.
func container() *origin {
	return &origin{reply: func(r *http.Request) *http.Response {
		if r.Method == http.MethodOptions {
			return reply(405, "no such method", "Allow", "GET")
		}
		return reply(200, "the products", "X-Total", "3")
	}}
}

func TestTheEdgeSpeaksCORSForTheContainer(t *testing.T) {
	const (
		allowed = "http://localhost:5173" // in stacks/stages.go
		hsts    = "max-age=63072000"
	)
	names := []string{
		"Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
		"Access-Control-Allow-Credentials", "Access-Control-Expose-Headers", "Access-Control-Max-Age", "Strict-Transport-Security",
	}
	for name, c := range map[string]struct {
		request *http.Request
		status  int
		asked   int // how often the container was
		want    map[string]string
	}{
		"3.8 a preflight ends at the edge": {
			ask("OPTIONS", "/shop/products", "Origin", allowed, "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "x-shop"), 204, 0,
			map[string]string{
				"Access-Control-Allow-Origin": allowed, "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
				"Access-Control-Allow-Headers": "x-shop", "Access-Control-Max-Age": "86400", "Strict-Transport-Security": hsts,
			},
		},
		"3.5 what is asked then may be read": {
			ask("GET", "/shop/products", "Origin", allowed), 200, 1,
			map[string]string{"Access-Control-Allow-Origin": allowed, "Access-Control-Expose-Headers": "*", "Strict-Transport-Security": hsts},
		},
		"3.5 not by another origin": {
			ask("GET", "/shop/products", "Origin", "https://evil.example"), 200, 1, map[string]string{"Strict-Transport-Security": hsts},
		},
		"3.8 the preflight of another origin is the container's": {
			ask("OPTIONS", "/shop/products", "Origin", "https://evil.example", "Access-Control-Request-Method", "PUT"), 405, 1,
			map[string]string{"Strict-Transport-Security": hsts},
		},
		"3.8 the API answers its own preflights": {
			ask("OPTIONS", "/api/cart", "Origin", allowed, "Access-Control-Request-Method", "PUT"), 405, 1,
			map[string]string{"Strict-Transport-Security": hsts},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := container()
			w := serve(deployed(t, "dev", o), c.request)
			got := map[string]string{}
			for _, name := range names {
				if value := w.Header().Get(name); value != "" {
					got[name] = value
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || w.Code != c.status || len(o.asked) != c.asked {
				t.Errorf("status %d, the container was asked %d times (-want +got):\n%s", w.Code, len(o.asked), diff)
			}
		})
	}
}

// TestAnAPIs404IsNoPage is facts §3.2: neither the function for clean URLs nor
// an error page touches what an API or the container says.
func TestAnAPIs404IsNoPage(t *testing.T) {
	t.Run("3.2 the site's own rules leave an API's 404 alone", func(t *testing.T) {
		for _, stage := range []string{"dev", "prod"} {
			for path, want := range map[string]string{
				"/api/cart/none": "/api/cart/none", "/api/cart": "/api/cart", "/shop/none": "/shop/none",
				"/none": "/none/index.html", // the content's, which is missing too
			} {
				o := &origin{reply: func(*http.Request) *http.Response {
					return reply(404, `{"message":"Not Found"}`, "Content-Type", "application/json")
				}}
				w := serve(deployed(t, stage, o), ask("GET", path))
				if asked := o.last(t).URL.Path; asked != want || w.Code != 404 || w.Body.String() != `{"message":"Not Found"}` {
					t.Errorf("%s of %s: asked for %s, got %d %s", path, stage, asked, w.Code, w.Body)
				}
			}
		}
	})
}

// TestTheAPIAloneIsShownACertificate is the exposure of stage prod.
func TestTheAPIAloneIsShownACertificate(t *testing.T) {
	shown := map[string]bool{}
	edge := deployed(t, "prod", &origin{})
	edge.origins = func(o *Origin) (http.RoundTripper, error) {
		shown[o.DomainName] = o.ClientCertificate
		return &origin{}, nil
	}
	serve(edge, ask("GET", "/api/cart/x"))
	serve(edge, ask("GET", "/shop/products"))
	want := map[string]bool{"api.example.com": true, "container.example.com": false}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}
