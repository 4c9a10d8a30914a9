package container

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

// product is what the site and the search service rely on.
type product struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Category    string `json:"category"`
	Price       struct {
		Amount   int    `json:"amount"`
		Currency string `json:"currency"`
	} `json:"price"`
	Image string `json:"image"`
}

// ask sends one request without a body to a fresh handler.
func ask(t *testing.T, method, target string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	handler, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// products asks the handler for the whole catalogue.
func products(t *testing.T) []product {
	t.Helper()
	var list struct {
		Products []product `json:"products"`
	}
	decoder := json.NewDecoder(ask(t, http.MethodGet, "/shop/products", nil).Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Products
}

func TestStatusTypeAndCachingOfEachPath(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		contentType  string
		cacheControl string
		contains     string
	}{
		{"GET", "/shop/products", 200, "application/json", "no-cache", `"id": "enamel-mug"`},
		{"GET", "/shop/products?page=2", 200, "application/json", "no-cache", `"id": "enamel-mug"`},
		{"GET", "/shop/products/cafetiere", 200, "application/json", "no-cache", `"name": "Cafetière"`},
		{"GET", "/shop/images/enamel-mug.svg", 200, "image/svg+xml", "public, max-age=3600", "<title>Enamel mug</title>"},
		{"GET", "/shop/health", 200, "application/json", "no-store", `{"status":"ok"}`},
		{"HEAD", "/shop/products", 200, "application/json", "no-cache", ""},
		{"HEAD", "/shop/images/enamel-mug.svg", 200, "image/svg+xml", "public, max-age=3600", ""},
		{"GET", "/shop/products/teapott", 404, "application/json", "no-store", `{"error":"no product \"teapott\""}`},
		{"GET", "/shop/images/teapott.svg", 404, "application/json", "no-store", `{"error":"no image \"teapott.svg\""}`},
		{"GET", "/shop/images/enamel-mug", 404, "application/json", "no-store", "no image"},
		{"GET", "/shop/images/..%2fcontainer.go", 404, "application/json", "no-store", "no image"},
		{"GET", "/shop/images/", 404, "application/json", "no-store", `nothing at \"/shop/images/\"`},
		{"GET", "/shop", 404, "application/json", "no-store", `nothing at \"/shop\"`},
		{"GET", "/", 404, "application/json", "no-store", "nothing at"},
		{"POST", "/shop/products", 405, "application/json", "no-store", "POST is not possible here"},
		{"DELETE", "/shop/products/cafetiere", 405, "application/json", "no-store", "DELETE is not possible here"},
		{"OPTIONS", "/shop/products", 405, "application/json", "no-store", "OPTIONS is not possible here"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			response := ask(t, c.method, c.path, nil)
			if response.Code != c.status {
				t.Errorf("status %d, want %d", response.Code, c.status)
			}
			if got := response.Header().Get("Content-Type"); got != c.contentType {
				t.Errorf("content type %q, want %q", got, c.contentType)
			}
			if got := response.Header().Get("Cache-Control"); got != c.cacheControl {
				t.Errorf("cache control %q, want %q", got, c.cacheControl)
			}
			if allow := response.Header().Get("Allow"); (allow == "GET, HEAD") != (c.status == 405) {
				t.Errorf("allow %q with status %d", allow, c.status)
			}
			content := response.Body.Bytes()
			if !strings.Contains(string(content), c.contains) {
				t.Errorf("body %q, want %q in it", content, c.contains)
			}
			if c.method == http.MethodHead && len(content) > 0 {
				t.Errorf("HEAD got %d bytes of body", len(content))
			}
		})
	}
}

func TestAnEntityTagSparesTheBody(t *testing.T) {
	for _, path := range []string{"/shop/products", "/shop/products/moka-pot", "/shop/images/moka-pot.svg"} {
		tag := ask(t, http.MethodGet, path, nil).Header().Get("ETag")
		if !regexp.MustCompile(`^"[\w-]{16}"$`).MatchString(tag) {
			t.Errorf("%s: ETag %s, want 16 characters in quotes", path, tag)
		}
		for header, status := range map[string]int{tag: 304, "W/" + tag: 304, `"other"`: 200} {
			if got := ask(t, http.MethodGet, path, http.Header{"If-None-Match": {header}}).Code; got != status {
				t.Errorf("%s with If-None-Match %s: status %d, want %d", path, header, got, status)
			}
		}
	}
}

func TestEntityTagsDiffer(t *testing.T) {
	one, other := ask(t, http.MethodGet, "/shop/products/moka-pot", nil), ask(t, http.MethodGet, "/shop/products/cafetiere", nil)
	if one.Header().Get("ETag") == other.Header().Get("ETag") {
		t.Errorf("two products share the ETag %s", one.Header().Get("ETag"))
	}
}

func TestEveryProductIsComplete(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	list := products(t)
	if len(list) < 20 {
		t.Errorf("%d products, want a shop of 20 and more", len(list))
	}
	for _, p := range list {
		if !slug.MatchString(p.ID) || p.Name == "" || p.Description == "" || p.Category == "" {
			t.Errorf("%+v: the id has to be a slug, and no text empty", p)
		}
		if p.Price.Amount <= 0 || p.Price.Currency != "EUR" {
			t.Errorf("%s: price %+v, want a positive amount in EUR", p.ID, p.Price)
		}
		if want := "/shop/images/" + p.ID + ".svg"; p.Image != want {
			t.Errorf("%s: image %q, want %q", p.ID, p.Image, want)
		}
	}
}

func TestEachProductIsServedAsItIsListed(t *testing.T) {
	for _, listed := range products(t) {
		var alone product
		if err := json.Unmarshal(ask(t, http.MethodGet, "/shop/products/"+listed.ID, nil).Body.Bytes(), &alone); err != nil {
			t.Fatal(err)
		}
		if alone != listed {
			t.Errorf("alone %+v, in the list %+v", alone, listed)
		}
	}
}

func TestEveryProductHasAPictureOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, p := range products(t) {
		response := ask(t, http.MethodGet, p.Image, nil)
		content := response.Body.Bytes()
		if response.Code != http.StatusOK {
			t.Errorf("%s: status %d", p.Image, response.Code)
			continue
		}
		var root struct{ XMLName xml.Name }
		if err := xml.Unmarshal(content, &root); err != nil || root.XMLName.Local != "svg" {
			t.Errorf("%s: root %q, %v; want a well-formed svg", p.Image, root.XMLName.Local, err)
		}
		if other, taken := seen[string(content)]; taken {
			t.Errorf("%s and %s are the same picture", p.ID, other)
		}
		seen[string(content)] = p.ID
	}
	entries, err := images.ReadDir("images")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(seen) {
		t.Errorf("%d pictures for %d products: one is left over", len(entries), len(seen))
	}
}

// The search service answers from its own copy, so that each side works while
// the other is down; the page would show two shops if they differed.
func TestSearchIsSeededWithTheSameCatalogue(t *testing.T) {
	const path = "../../stacks/catalogue/products.json"
	seeded, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(seeded, catalogue) {
		t.Errorf("%s differs from local/container/products.json: copy the one onto the other", path)
	}
}

func TestAMalformedCatalogueIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ catalogue, complaint string }{
		"not JSON":      {`{"products":`, "unexpected end"},
		"without id":    {`{"products":[{"name":"Mug"}]}`, `product 0: id ""`},
		"the same id":   {`{"products":[{"id":"mug"},{"id":"mug"}]}`, `product 1: id "mug"`},
		"not an object": {`{"products":[7]}`, "product 0"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := split([]byte(c.catalogue)); err == nil || !strings.Contains(err.Error(), c.complaint) {
				t.Errorf("error %v, want %q in it", err, c.complaint)
			}
		})
	}
}

func TestStartServesUntilClose(t *testing.T) {
	server, err := Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL()+"/shop/health", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	health, err := io.ReadAll(response.Body)
	if err != nil || string(health) != `{"status":"ok"}`+"\n" {
		t.Errorf("health %q, %v", health, err)
	}
	_ = response.Body.Close()

	if _, err := Start(t.Context(), strings.TrimPrefix(server.URL(), "http://")); !errors.As(err, new(*net.OpError)) {
		t.Errorf("starting on a busy port: %v, want a net.OpError", err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if again, err := http.DefaultClient.Do(request); err == nil {
		_ = again.Body.Close()
		t.Error("the server answers after Close")
	}
}
