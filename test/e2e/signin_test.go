package e2e

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAShopperSignsInAndChecksOut(t *testing.T) {
	r := serve(t, t.TempDir())
	for name, size := range map[string][2]int64{"desktop": {1280, 800}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			p := openPage(t, r.site(t, "/"), size)
			p.sees("#sign-in")
			p.fillCart("enamel-mug")
			p.do(chromedp.Click(chromedp.CSS("#cart-button")))
			p.sees("#cart[open] #checkout")
			p.picture("1-cart")

			p.do(chromedp.Click(chromedp.CSS("#checkout")))
			p.sees("#username")
			p.picture("2-sign-in-page")
			p.do(chromedp.SendKeys(chromedp.CSS("#username"), "ada\r"))

			p.sees(`#cart[open] #order [data-testid=order-number]`)
			p.sees(`#order [data-product="enamel-mug"]`)
			p.picture("3-order")
			if at := p.address(); at.RawQuery != "" || at.Path != "/" {
				t.Errorf("the page's address is %s, and may hold the code", at)
			}
			p.do(chromedp.Click(chromedp.CSS("#order [data-close]")))
			p.sees(`#cart-button[data-count="0"][data-saved="true"]`)

			p.do(chromedp.Reload())
			p.do(chromedp.Click(chromedp.CSS("#account-button")))
			p.sees("#account-menu")
			if got := p.text("[data-testid=customer]"); got != "ada@example.com" {
				t.Errorf("the page says that %q is signed in", got)
			}
			p.picture("4-account")

			p.fillCart("chopping-board")
			p.do(chromedp.Click(chromedp.CSS("#cart-button")))
			p.sees("#cart[open] #checkout")
			if got := p.text("#checkout"); got != "Check out" {
				t.Errorf("the button says %q", got)
			}
			p.picture("5-cart-signed-in")
			p.do(chromedp.Click(chromedp.CSS("#checkout")))
			p.sees(`#order [data-product="chopping-board"]`)
			p.do(chromedp.Click(chromedp.CSS("#order [data-close]")))

			p.run(`document.body.dataset.before = "signing out"`)
			p.do(chromedp.Click(chromedp.CSS("#account-button")), chromedp.Click(chromedp.CSS("#sign-out")))
			p.sees("body:not([data-before]) .card[data-product]") // by the script that the button needs, too
			p.do(chromedp.Click(chromedp.CSS("#sign-in")))
			p.sees("#username") // the issuer has forgotten the browser, too
		})
	}
}

func TestASearchIsThereAgainAfterSigningIn(t *testing.T) {
	r := serve(t, t.TempDir())
	p := openPage(t, r.site(t, "/?q=mug"), [2]int64{1280, 800})
	p.sees(`#results .card[data-product="enamel-mug"]`)
	p.do(chromedp.Click(chromedp.CSS("#sign-in")))
	p.do(chromedp.SendKeys(chromedp.CSS("#username"), "ada\r"))
	p.sees("#account-button")
	p.sees(`#results .card[data-product="enamel-mug"]`)
	if at := p.address(); at.RawQuery != "q=mug" {
		t.Errorf("the page's address is %s", at)
	}
}

func TestThePageSaysWhyNobodyIsSignedIn(t *testing.T) {
	r := serve(t, t.TempDir())
	t.Run("a code that is somebody else's", func(t *testing.T) {
		p := openPage(t, r.site(t, "/?code=stolen&state=guessed"), [2]int64{390, 844})
		p.sees(`#notices [data-notice=sign-in]`)
		if at := p.address(); at.RawQuery != "" {
			t.Errorf("the page's address is still %s", at)
		}
		p.picture("refused")
	})
	t.Run("an end of the session", func(t *testing.T) {
		p := openPage(t, r.site(t, "/"), [2]int64{1280, 800})
		p.fillCart("enamel-mug")
		// Such as those of a pool that was replaced.
		p.run(`sessionStorage.setItem("tilde.tokens", JSON.stringify({access: "e30.e30.e30", name: "ada@example.com", expires: Date.now() + 900000}))`)
		p.do(chromedp.Reload())
		p.sees(`#cart-button[data-count="1"][data-saved="true"]`)
		p.do(chromedp.Click(chromedp.CSS("#cart-button")), chromedp.Click(chromedp.CSS("#checkout")))
		p.sees(`#cart[open] [data-notice=checkout-signed-out]`)
		p.sees(`#cart[open] .line[data-product="enamel-mug"]`)
		p.picture("signed-out")
		p.do(chromedp.Click(chromedp.CSS(`[data-notice=checkout-signed-out] button`)))
		p.do(chromedp.SendKeys(chromedp.CSS("#username"), "ada\r"))
		p.sees(`#order [data-product="enamel-mug"]`)
	})
	t.Run("a refresh token that is good no more", func(t *testing.T) {
		p := openPage(t, r.site(t, "/"), [2]int64{1280, 800})
		p.fillCart("enamel-mug")
		p.run(`sessionStorage.setItem("tilde.tokens", JSON.stringify({access: "a", refresh: "b", name: "ada@example.com", expires: 0}))`)
		p.do(chromedp.Reload())
		p.sees(`#cart-button[data-count="1"][data-saved="true"]`)
		p.do(chromedp.Click(chromedp.CSS("#cart-button")), chromedp.Click(chromedp.CSS("#checkout")))
		p.sees(`#cart[open] [data-notice=checkout-signed-out]`)
	})
}

// fillCart puts a product into the cart, and waits until it is saved there.
func (p *page) fillCart(product string) {
	p.t.Helper()
	p.sees(`.card[data-product="` + product + `"] [data-testid=add]`)
	p.do(chromedp.Click(chromedp.CSS(`.card[data-product="` + product + `"] [data-testid=add]`)))
	p.sees(`#cart-button[data-count="1"][data-saved="true"]`)
}

// run evaluates a script in the page.
func (p *page) run(script string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[any](script)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.querySelector("`+selector+`").textContent`))
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

func (p *page) address() *url.URL {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Location())
	if err != nil {
		p.t.Fatal(err)
	}
	at, err := url.Parse(text)
	if err != nil {
		p.t.Fatal(err)
	}
	return at
}

// TestATokenForCurlIsGoodForTheAPI is `make token`, before and while the runner
// runs.
func TestATokenForCurlIsGoodForTheAPI(t *testing.T) {
	state := t.TempDir()
	bin := filepath.Join(t.TempDir(), "token")
	build := exec.Command("go", "build", "-o", bin, "./local/token")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	token := func() string {
		out, err := exec.Command(bin, "-assembly", cloud, "-state", state, "-subject", "shopper").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	before := token()
	r := serve(t, state)
	for _, token := range []string{before, token()} {
		made := decode[cart](t, want(t, 201, request(t, "POST", r.api(t, "/cart/"), "")))
		want(t, 200, request(t, "PUT", r.api(t, "/cart/"+made.ID+"/items/enamel-mug"), `{"quantity":1}`))
		want(t, 401, request(t, "POST", r.api(t, "/cart/"+made.ID+"/checkout"), ""))
		want(t, 401, request(t, "POST", r.api(t, "/cart/"+made.ID+"/checkout"), "", "Authorization", "Bearer "+token+"x"))
		placed := decode[struct{ Order string }](t, want(t, 201, request(t, "POST", r.api(t, "/cart/"+made.ID+"/checkout"), "", "Authorization", "Bearer "+token)))
		if placed.Order == "" {
			t.Error("the answer has no order")
		}
	}
	if files, err := os.ReadDir(filepath.Join(state, "cognito")); err != nil || len(files) != 1 {
		t.Errorf("the state folder's keys are %v: %v", files, err)
	}
}
