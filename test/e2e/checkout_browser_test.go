package e2e

import (
	"strconv"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

func TestACheckoutThatFailsIsSaidAndOrdersNothingTwice(t *testing.T) {
	r := serve(t, t.TempDir())
	problem := func(status int, detail string) string {
		return `() => Promise.resolve(new Response(JSON.stringify({detail: "` + detail + `"}), {status: ` + strconv.Itoa(status) +
			`, headers: {"content-type": "application/problem+json"}}))`
	}
	for name, c := range map[string]struct {
		first  string // what becomes of the first request
		notice string
		button string // what the shopper presses then
	}{
		"changed":      {problem(412, "The cart has changed."), "checkout-changed", "#checkout"},
		"in conflict":  {problem(409, "The cart is being changed."), "checkout-changed", "#checkout"},
		"refused":      {problem(422, "Nobody may order that."), "checkout-refused", "#checkout"},
		"unavailable":  {problem(503, "Later."), "checkout-unavailable", "[data-notice=checkout-unavailable] button"},
		"offline":      {`() => Promise.reject(new TypeError("offline"))`, "checkout-unavailable", "[data-notice=checkout-unavailable] button"},
		"answer lost":  {`(send) => send().then(() => { throw new TypeError("lost"); })`, "checkout-unavailable", "[data-notice=checkout-unavailable] button"},
		"not for them": {problem(401, ""), "checkout-signed-out", "[data-notice=checkout-signed-out] button"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPage(t, r.site(t, "/"), [2]int64{1280, 800})
			p.sees(`.card[data-product]`)
			p.do(chromedp.Click(chromedp.CSS("#sign-in")))
			p.do(chromedp.SendKeys(chromedp.CSS("#username"), "ada\r"))
			p.sees("#account-button")
			p.fillCart("enamel-mug")
			p.run(intercept("/checkout", c.first))
			p.do(chromedp.Click(chromedp.CSS("#cart-button")), chromedp.Click(chromedp.CSS("#checkout")))
			p.sees(`#cart[open] [data-notice=` + c.notice + `]`)
			p.picture("notice")
			p.do(chromedp.Click(chromedp.CSS(c.button)))
			p.sees(`#order [data-product="enamel-mug"]`)
			p.do(chromedp.Click(chromedp.CSS("#order [data-close]")))
			p.sees(`#cart-button[data-count="0"][data-saved="true"]`)
		})
	}
}

func TestAShopWithoutSignInHasNoButtonForIt(t *testing.T) {
	r := serve(t, t.TempDir())
	p := openPage(t, "about:blank", [2]int64{1280, 800})
	without := intercept("/config.json", `() => Promise.resolve(Response.json({api: "/api", container: "/shop"}))`)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: without}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(r.site(t, "/")))
	p.fillCart("enamel-mug")
	p.do(chromedp.Click(chromedp.CSS("#cart-button")))
	p.sees("#cart[open] .cart-total")
	p.do(chromedp.WaitNotVisible(chromedp.CSS("#checkout")), chromedp.WaitNotVisible(chromedp.CSS("#sign-in")))
	p.picture("cart")
}

func TestASignInServiceThatDoesNotAnswerCostsNothingElse(t *testing.T) {
	r := serve(t, t.TempDir())
	p := openPage(t, r.site(t, "/"), [2]int64{390, 844})
	p.fillCart("enamel-mug")
	// Signed in for too long, and the service that renews it is away.
	p.run(`sessionStorage.setItem("tilde.tokens", JSON.stringify({access: "a", refresh: "b", name: "ada@example.com", expires: 0}));`)
	p.do(chromedp.Reload())
	p.sees(`#cart-button[data-count="1"][data-saved="true"]`)
	p.run(intercept("/oauth2/token", `() => Promise.reject(new TypeError("away"))`))
	p.do(chromedp.Click(chromedp.CSS("#cart-button")), chromedp.Click(chromedp.CSS("#checkout")))
	p.sees(`#cart[open] [data-notice=checkout-unavailable]`)
	p.sees(`#cart[open] .line[data-product="enamel-mug"]`)
}

// intercept is a script that answers a page's first request for an address
// with this ending by what a function gives, which may send the request.
func intercept(ending, answer string) string {
	return `{
		const send = window.fetch;
		let first = true;
		window.fetch = (url, init) => {
			if (!first || !String(url).endsWith("` + ending + `")) {
				return send(url, init);
			}
			first = false;
			return (` + answer + `)(() => send(url, init));
		};
	}`
}
