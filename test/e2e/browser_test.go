package e2e

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screenshots is a folder to write pictures of the page to.
var screenshots = flag.String("screenshots", "", "write pictures of the page to this `folder`")

func TestAShopperFindsAProductAndKeepsItInTheCart(t *testing.T) {
	r := serve(t, t.TempDir())
	for name, size := range map[string][2]int64{"desktop": {1280, 800}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			p := openPage(t, r.site(t, "/"), size)
			p.sees(`.card[data-product="enamel-mug"]`)
			p.picture(name + "-products")

			p.do(chromedp.SendKeys(chromedp.CSS("#query"), "enamell mug")) // a near miss
			p.sees(`#results .card[data-product="enamel-mug"] [data-testid=add]`)
			p.do(chromedp.Click(chromedp.CSS(`#results .card[data-product="enamel-mug"] [data-testid=add]`)))
			p.sees(`#cart-button[data-count="1"][data-saved="true"]`)
			p.picture(name + "-search")

			p.do(chromedp.Reload())
			p.sees(`#cart-button[data-count="1"]`)
			p.do(chromedp.Click(chromedp.CSS("#cart-button")))
			p.sees(`#cart[open] [data-product="enamel-mug"]`)
			p.picture(name + "-cart")
		})
	}
}

func TestThePageSaysWhatIsMissing(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	t.Run("without the container", func(t *testing.T) {
		r := serve(t, t.TempDir(), "-container", dead.URL)
		p := openPage(t, r.site(t, "/"), [2]int64{1280, 800})
		p.sees(`#notices [data-notice=products]`)
		p.do(chromedp.SendKeys(chromedp.CSS("#query"), "mug"))
		p.sees(`#results .card[data-product="enamel-mug"] [data-testid=add]`)
		p.do(chromedp.Click(chromedp.CSS(`#results .card[data-product="enamel-mug"] [data-testid=add]`)))
		p.sees(`#cart-button[data-count="1"][data-saved="true"]`)
		p.picture("without-the-container")
	})
	t.Run("without the API", func(t *testing.T) {
		state := t.TempDir()
		r := serve(t, state)
		for _, handler := range []string{"cart", "search"} {
			files, err := filepath.Glob(filepath.Join(state, "tmp", "code", "*", handler, "bootstrap"))
			if err != nil || len(files) != 1 {
				t.Fatalf("the compiled handler %s is %q, %v", handler, files, err)
			}
			if err := os.Remove(files[0]); err != nil { // no handler: every call fails at the gateway
				t.Fatal(err)
			}
		}
		killing(t, r).all() // those that are warm
		p := openPage(t, r.site(t, "/"), [2]int64{1280, 800})
		p.sees(`.card[data-product="enamel-mug"]`)
		p.do(chromedp.Click(chromedp.CSS(`.card[data-product="enamel-mug"] [data-testid=add]`)))
		p.sees(`#notices [data-notice=cart]`)
		p.do(chromedp.SendKeys(chromedp.CSS("#query"), "mug"))
		p.sees(`#notices [data-notice=search]`)
		p.picture("without-the-api")
	})
}

// page is a page in headless Chromium. An exception or a violation of the
// content security policy in it fails the test.
type page struct {
	t   *testing.T
	ctx context.Context
}

func openPage(t *testing.T, url string, size [2]int64) *page {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("REQUIRE_BROWSER") != "" {
			t.Fatal("Chromium is not installed, and REQUIRE_BROWSER forbids to skip this test")
		}
		t.Skip("SKIPPED: THE PAGE WAS NOT TRIED IN A BROWSER: install Chromium as `chromium` on the PATH")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-prefers-reduced-motion", true)) // nothing is clicked at where it was a moment ago
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(cancel)
	return openTab(t, ctx, url, size)
}

// openTab opens a page in a browser of its own, or beside the page whose context
// it is given.
func openTab(t *testing.T, browser context.Context, url string, size [2]int64) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*patience)
	t.Cleanup(cancel)

	p := &page{t: t, ctx: ctx}
	p.do(chromedp.Navigate("about:blank"))
	if err := chromedp.Listen(ctx, p.watch); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, runtime.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(url))
	return p
}

func (p *page) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.t.Errorf("an exception in the page: %s", e.ExceptionDetails.Text)
	case *cdplog.EventEntryAdded:
		if e.Entry.Source == "security" || e.Entry.Source == "violation" {
			p.t.Errorf("the browser says: %s", e.Entry.Text)
		}
	}
}

func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits until something that the selector matches is visible.
func (p *page) sees(selector string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.WaitVisible(chromedp.CSS(selector))); err != nil {
		p.picture("failed")
		p.t.Fatalf("the page does not show %s: %v", selector, err)
	}
}

func (p *page) picture(name string) {
	p.t.Helper()
	if *screenshots == "" {
		return
	}
	const loaded = `[...document.images].every((image) => image.complete || !image.checkVisibility() || image.getBoundingClientRect().top > innerHeight)`
	for range 50 { // for a picture's sake: nothing depends on it
		if all, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](loaded)); all || err != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	image, err := chromedp.Run(context.WithoutCancel(p.ctx), chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("taking a picture: %v", err)
		return
	}
	name = strings.ReplaceAll(p.t.Name(), "/", "-") + "-" + name
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), image, 0o600); err != nil {
		p.t.Fatal(err)
	}
}
