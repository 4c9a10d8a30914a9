package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

type cart struct {
	ID      string
	Version int
	Items   []struct {
		Product  string
		Quantity int
	}
}

func decode[T any](t *testing.T, r response) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%s %s answered %d %q: %v", r.Request.Method, r.Request.URL, r.StatusCode, r.body, err)
	}
	return v
}

// want fails the test unless the answer has the status, and returns it.
func want(t *testing.T, status int, r response) response {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s answered %d %s, want %d", r.Request.Method, r.Request.URL, r.StatusCode, r.body, status)
	}
	return r
}

func TestTheShopIsServedThroughOneHost(t *testing.T) {
	r := serve(t, t.TempDir())

	page := want(t, 200, get(t, r.site(t, "/")))
	if !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || !strings.Contains(page.body, "<title>") {
		t.Errorf("the page is %s: %.80s", page.Header.Get("Content-Type"), page.body)
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") {
		t.Errorf("the page's content security policy is %q", policy)
	}
	if hsts := page.Header.Get("Strict-Transport-Security"); hsts != "" {
		t.Errorf("HSTS %q reaches a browser on localhost", hsts)
	}

	config := decode[struct {
		API, Container string
		SignIn         struct{ Host, Client string }
	}](t, want(t, 200, get(t, r.site(t, "/config.json"))))
	if config.API != "/api" || config.Container != "/shop" || config.SignIn.Host == "" || config.SignIn.Client == "" {
		t.Errorf("the page's configuration is %v", config)
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "http://"+config.SignIn.Host+".localhost:") {
		t.Errorf("the page may not get its tokens: its content security policy is %q", policy)
	}

	products := decode[struct{ Products []struct{ ID string } }](t, want(t, 200, get(t, r.site(t, "/shop/products")))).Products
	if len(products) < 20 {
		t.Errorf("the container lists %d products", len(products))
	}

	found := decode[struct{ Products []struct{ ID string } }](t, want(t, 200, get(t, r.site(t, "/api/search/?q="+products[0].ID[:4])))).Products
	if len(found) == 0 {
		t.Errorf("search finds nothing for %q", products[0].ID[:4])
	}

	made := decode[cart](t, want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), "")))
	put := decode[cart](t, want(t, 200, request(t, "PUT", r.site(t, "/api/cart/"+made.ID+"/items/"+products[0].ID), `{"quantity":2}`)))
	if len(put.Items) != 1 || put.Items[0].Quantity != 2 {
		t.Errorf("the cart is %+v", put)
	}
	// The same route, whichever way the request came.
	direct := decode[cart](t, want(t, 200, get(t, r.api(t, "/cart/"+made.ID))))
	if len(direct.Items) != 1 || direct.Version != put.Version {
		t.Errorf("straight from the API the cart is %+v, want %+v", direct, put)
	}
	// A page is never answered in place of the API's 404.
	missing := want(t, 404, get(t, r.site(t, "/api/cart/"+strings.Repeat("A", len(made.ID)))))
	if got := missing.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("an unknown cart is answered as %s: %s", got, missing.body)
	}
	none := want(t, 404, get(t, r.site(t, "/api/nowhere")))
	if none.body != `{"message":"Not Found"}` {
		t.Errorf("an unknown path of the API is answered %s", none.body)
	}
}

func TestTheShopIsServedOverTLS(t *testing.T) {
	r := serve(t, t.TempDir())
	secure := *client
	transport := client.Transport.(*http.Transport).Clone()
	transport.TLSClientConfig = trusting(t, r)
	secure.Transport = transport
	t.Cleanup(transport.CloseIdleConnections)
	for host, status := range map[host]int{site: 200, api: 404} {
		res, err := secure.Get(r.url(t, "https", host, "/"))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("%s answered %d, want %d", res.Request.URL, res.StatusCode, status)
		}
	}
}

func TestBadInputIsAProblemThatNamesTheFieldAndChangesNothing(t *testing.T) {
	r := serve(t, t.TempDir())
	made := decode[cart](t, want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), "")))
	items := "/api/cart/" + made.ID + "/items/"
	for name, c := range map[string]struct {
		path, body string
		status     int
		field      string
	}{
		"negative quantity": {items + "enamel-mug", `{"quantity":-1}`, 400, "quantity"},
		"huge quantity":     {items + "enamel-mug", `{"quantity":10000}`, 400, "quantity"},
		"unknown field":     {items + "enamel-mug", `{"quantity":1,"colour":"red"}`, 400, "colour"},
		"invalid UTF-8":     {items + "enamel-mug", "{\"quantity\":1,\"\xff\":2}", 400, "body"},
		"long product id":   {items + strings.Repeat("a", 300), `{"quantity":1}`, 400, "product"},
		"large body":        {items + "enamel-mug", `{"quantity":1` + strings.Repeat(" ", 17<<10) + `}`, 413, "body"},
	} {
		t.Run(name, func(t *testing.T) {
			res := want(t, c.status, request(t, "PUT", r.site(t, c.path), c.body))
			problem := decode[struct {
				Status int
				Errors []struct{ Field, Detail string }
			}](t, res)
			if res.Header.Get("Content-Type") != "application/problem+json" || len(problem.Errors) != 1 || problem.Errors[0].Field != c.field {
				t.Errorf("answered %s %s", res.Header.Get("Content-Type"), res.body)
			}
		})
	}
	after := decode[cart](t, want(t, 200, get(t, r.site(t, "/api/cart/"+made.ID))))
	if after.Version != made.Version || len(after.Items) != 0 {
		t.Errorf("the cart is %+v after bad input, was %+v", after, made)
	}
}

func TestTwoTabsCannotLoseEachOthersItems(t *testing.T) {
	r := serve(t, t.TempDir())
	made := decode[cart](t, want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), "")))
	const tabs = 8
	statuses := make([]int, tabs)
	var wait sync.WaitGroup
	for i := range tabs {
		wait.Go(func() {
			statuses[i] = request(t, "PUT", r.site(t, "/api/cart/"+made.ID+"/items/product-"+strconv.Itoa(i)), `{"quantity":1}`).StatusCode
		})
	}
	wait.Wait()
	after := decode[cart](t, want(t, 200, get(t, r.site(t, "/api/cart/"+made.ID))))
	if len(after.Items) != tabs {
		t.Errorf("%d of %d items are in the cart; answers %v", len(after.Items), tabs, statuses)
	}
	stale := request(t, "PUT", r.site(t, "/api/cart/"+made.ID+"/items/late"), `{"quantity":1}`, "If-Match", `"1"`)
	want(t, 412, stale)
}

func TestThePreflightOfThePageIsAnsweredWithItsOwnOrigin(t *testing.T) {
	r := serve(t, t.TempDir())
	origin := strings.TrimSuffix(r.site(t, "/"), "/")
	preflight := request(t, "OPTIONS", r.api(t, "/cart"), "",
		"Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	want(t, 204, preflight)
	if got := preflight.Header.Get("Access-Control-Allow-Origin"); got != origin {
		t.Errorf("the preflight allows %q, want %q", got, origin)
	}
	other := request(t, "OPTIONS", r.api(t, "/cart"), "",
		"Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST")
	if got := other.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("another origin is allowed as %q", got)
	}
	actual := get(t, r.api(t, "/search?q=mug"), "Origin", origin)
	if got := want(t, 200, actual).Header.Get("Access-Control-Allow-Origin"); got != origin {
		t.Errorf("the answer allows %q, want %q", got, origin)
	}
}

func TestDataSurvivesARestart(t *testing.T) {
	state := t.TempDir()
	first := serve(t, state)
	made := decode[cart](t, want(t, 201, request(t, "POST", first.site(t, "/api/cart/"), "")))
	want(t, 200, request(t, "PUT", first.site(t, "/api/cart/"+made.ID+"/items/enamel-mug"), `{"quantity":3}`))
	first.stop(t)

	second := serve(t, state)
	kept := decode[cart](t, want(t, 200, get(t, second.site(t, "/api/cart/"+made.ID))))
	if len(kept.Items) != 1 || kept.Items[0].Quantity != 3 {
		t.Errorf("after a restart the cart is %+v", kept)
	}
}

func TestARealContainerTakesTheStandInsPlace(t *testing.T) {
	seen := make(chan [2]string, 1)
	var elsewhere atomic.Value
	existing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		seen <- [2]string{q.Host, q.Header.Get("Via")}
		w.Header().Set("Location", elsewhere.Load().(string))
		w.WriteHeader(http.StatusFound)
	}))
	r := serve(t, t.TempDir(), "-container", existing.URL)
	elsewhere.Store("https://" + r.name(t, site) + "/shop/elsewhere")
	moved := want(t, 302, get(t, r.site(t, "/shop/products")))
	if got := <-seen; got[0] != r.name(t, container) || !strings.Contains(got[1], "cloudfront.net") {
		t.Errorf("the container saw host %q and Via %q", got[0], got[1])
	}
	if got, wanted := moved.Header.Get("Location"), r.site(t, "/shop/elsewhere"); got != wanted {
		t.Errorf("the browser is sent to %q, want %q", got, wanted)
	}

	// A dead container takes only its own paths with it.
	existing.Close()
	want(t, 502, get(t, r.site(t, "/shop/products")))
	want(t, 200, get(t, r.site(t, "/api/search/?q=mug")))
	want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))
	want(t, 200, get(t, r.site(t, "/")))
}
