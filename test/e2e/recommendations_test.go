package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// bought is an order of these products, by a customer who is signed in.
func bought(t *testing.T, r *runner, customer []string, products ...string) {
	t.Helper()
	path := "/api/cart/" + decode[cart](t, want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))).ID
	for _, product := range products {
		want(t, 200, request(t, "PUT", r.site(t, path+"/items/"+product), `{"quantity":2}`))
	}
	want(t, 201, request(t, "POST", r.site(t, path+"/checkout"), "", customer...))
}

// recommends waits until the shop answers exactly this for a product.
func recommends(t *testing.T, r *runner, product, list string) {
	t.Helper()
	var got response
	expected := `{"product":"` + product + `","recommendations":` + list + `}`
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got = want(t, 200, get(t, r.site(t, "/api/recommendations/"+product))); got.body == expected {
			return
		}
	}
	t.Fatalf("the recommendations are %s, want %s", got.body, expected)
}

func TestTheShopLearnsWhatIsBoughtTogether(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	r := serve(t, state)
	recommends(t, r, "enamel-mug", `[]`)
	ada, grace := signedIn(t, cloud, state, "ada"), signedIn(t, cloud, state, "grace")
	bought(t, r, ada, "enamel-mug", "moka-pot", "linen-napkins")
	bought(t, r, grace, "moka-pot", "enamel-mug")
	bought(t, r, grace, "enamel-mug") // alone
	recommends(t, r, "enamel-mug", `[{"product":"moka-pot","orders":2},{"product":"linen-napkins","orders":1}]`)
	recommends(t, r, "linen-napkins", `[{"product":"enamel-mug","orders":1},{"product":"moka-pot","orders":1}]`)
	want(t, 400, get(t, r.api(t, "/recommendations/enamel-mug?limit=0")))

	// What was bought is counted once, whatever the learner had done of it when everything was killed.
	bought(t, r, ada, "enamel-mug", "moka-pot")
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-r.done
	r = serve(t, state)
	const counted = `[{"product":"moka-pot","orders":3},{"product":"linen-napkins","orders":1}]`
	recommends(t, r, "enamel-mug", counted)

	for name, size := range map[string][2]int64{"desktop": {1280, 800}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			p := openPage(t, r.site(t, "/"), size)
			p.fillCart("enamel-mug")
			p.do(chromedp.Click(chromedp.CSS("#cart-button")))
			p.sees(`#cart[open] #together [data-product="linen-napkins"]`)
			p.picture("recommended")
			// The best first; what is added goes to the cart, and the keyboard to what comes after it.
			p.do(chromedp.Click(chromedp.CSS(`#together li:first-child[data-product="moka-pot"] button`)))
			p.sees(`#cart[open] .line[data-product="moka-pot"]`)
			p.sees(`#together li:first-child[data-product="linen-napkins"] button:focus`)
			p.picture("added")
			p.do(chromedp.Click(chromedp.CSS(`#together [data-product="linen-napkins"] button`)))
			p.sees(`#cart[open] .line[data-product="linen-napkins"]`)
			p.do(chromedp.WaitNotVisible(chromedp.CSS("#together")))
			p.sees(`#cart-title:focus`)
		})
	}
	t.Run("away", func(t *testing.T) {
		p := openPage(t, r.site(t, "/"), [2]int64{1280, 800})
		p.fillCart("enamel-mug")
		p.run(intercept("/recommendations/enamel-mug?limit=10", `() => {
			document.body.dataset.asked = "";
			return Promise.resolve(new Response("Service Unavailable", {status: 503}));
		}`))
		p.do(chromedp.Click(chromedp.CSS("#cart-button")))
		p.sees(`body[data-asked] #cart[open] .line[data-product="enamel-mug"]`)
		p.do(chromedp.WaitNotVisible(chromedp.CSS("#together")), chromedp.WaitNotPresent(chromedp.CSS("[data-notice]")))
		// It is asked again when the shopper looks again.
		p.do(chromedp.Click(chromedp.CSS("#cart [data-testid=cart-close]")), chromedp.Click(chromedp.CSS("#cart-button")))
		p.sees(`#cart[open] #together [data-product="moka-pot"]`)
	})
	// Nothing was counted again meanwhile.
	recommends(t, r, "enamel-mug", counted)
}
