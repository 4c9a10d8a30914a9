package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"
)

// desktop is the size of the pages here: what they show does not depend on it.
var desktop = [2]int64{1280, 800}

// TestCartsStayInStepByTheSocket: a page that has a socket does not look at its
// cart by itself, so what it shows of another's change it was told of.
func TestCartsStayInStepByTheSocket(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	r := serve(t, state)
	first := openPage(t, r.site(t, "/"), desktop)
	first.adds("enamel-mug")
	first.sees(`#cart-button[data-count="1"]`)
	r.connected(t, 1)

	t.Run("two tabs", func(t *testing.T) {
		second := openTab(t, first.ctx, r.site(t, "/"), desktop)
		second.sees(`#cart-button[data-count="1"]`)
		r.connected(t, 2)
		second.adds("wool-blanket")
		first.sees(`#cart-button[data-count="2"]`)
	})
	t.Run("two browsers", func(t *testing.T) {
		other := openPage(t, r.site(t, "/"), desktop)
		other.takeCart(first)
		r.connected(t, 3)
		other.sees(`#cart-button[data-count="2"]`)
		other.adds("birdhouse")
		first.sees(`#cart-button[data-count="3"]`)
		first.adds("secateurs")
		other.sees(`#cart-button[data-count="4"]`)
		other.picture("told")
	})
	t.Run("another network", func(t *testing.T) {
		before := strings.Count(r.printed(), "$connect → ")
		first.run(`dispatchEvent(new Event("online")); undefined`)
		r.connected(t, before+1)
	})
	t.Run("a page that was left and is gone back to", func(t *testing.T) {
		before := strings.Count(r.printed(), "$connect → ")
		first.do(chromedp.Navigate("about:blank"))
		first.run("setTimeout(() => history.back()); undefined") // the browser shows the page as it was, so none is loaded
		r.connected(t, before+1)
		first.shows("the cart", `document.querySelector('#cart-button[data-count="4"]')`)
	})
	t.Run("a change that is told before the cart has come", func(t *testing.T) {
		// What is read of the cart, when the page opens and when its socket does, is held until a change of it was told.
		const holding = `let told, untold = new Promise((then) => told = then);
			window.held = 0;
			const fetched = fetch; window.fetch = async (...of) => {
				const response = await fetched(...of);
				if (String(of[0]).includes("/cart/")) { window.held++; await untold; }
				return response;
			};
			window.WebSocket = class extends WebSocket {
				constructor(...of) { super(...of); this.addEventListener("message", () => setTimeout(told)); }
			};`
		other := openPage(t, r.site(t, "/"), desktop)
		other.adds("enamel-mug")
		other.sees(`#cart-button[data-count="1"]`)
		late := openPage(t, r.site(t, "/"), desktop)
		late.before(holding)
		late.takeCart(other)
		late.shows("both times that it reads", "held === 2")
		other.adds("wool-blanket")
		late.sees(`#cart-button[data-count="2"]`)
	})
	t.Run("a cart that does not answer for a while", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(state, "tmp", "code", "*", "cart", "bootstrap"))
		if err != nil || len(files) != 1 {
			t.Fatalf("the compiled handler is %q, %v", files, err)
		}
		before := strings.Count(r.printed(), "$connect → ")
		shopper := openPage(t, "about:blank", desktop)
		shopper.before(`const every = setInterval; window.setInterval = (then, after, ...of) => every(then, after / 30, ...of)`)
		shopper.do(chromedp.Navigate(r.site(t, "/")))
		shopper.adds("enamel-mug")
		r.connected(t, before+1)
		aside := files[0] + ".aside"
		if err := os.Rename(files[0], aside); err != nil {
			t.Fatal(err)
		}
		killing(t, r).all() // those that are warm
		shopper.do(chromedp.Click(chromedp.CSS(`.card[data-product="wool-blanket"] [data-testid=add]`)))
		shopper.sees("#notices [data-notice=cart]")
		if err := os.Rename(aside, files[0]); err != nil {
			t.Fatal(err)
		}
		shopper.sees(`#cart-button[data-count="2"][data-saved="true"]`)
	})
}

// TestCartsStayInStepWithoutASocket: pages look by themselves.
func TestCartsStayInStepWithoutASocket(t *testing.T) {
	t.Parallel()
	inStep := func(t *testing.T, first, other *page) {
		t.Helper()
		first.adds("enamel-mug")
		first.sees(`#cart-button[data-count="1"]`)
		other.takeCart(first)
		other.sees(`#cart-button[data-count="1"]`)
		first.adds("wool-blanket")
		other.sees(`#cart-button[data-count="2"]`)
	}
	t.Run("that the configuration names", func(t *testing.T) {
		r := serve(t, t.TempDir())
		const unnamed = `const fetched = fetch; window.fetch = async (...of) => {
			const response = await fetched(...of);
			if (!String(of[0]).endsWith("/config.json")) return response;
			const { socket, ...rest } = await response.json();
			return Response.json(rest);
		}`
		first, other := openPage(t, "about:blank", desktop), openPage(t, "about:blank", desktop)
		for _, p := range []*page{first, other} {
			p.before(unnamed)
			p.do(chromedp.Navigate(r.site(t, "/")))
		}
		inStep(t, first, other)
		if strings.Contains(r.printed(), "$connect") {
			t.Error("a page connected all the same")
		}
	})
	t.Run("that takes connections", func(t *testing.T) {
		state := t.TempDir()
		r := serve(t, state)
		files, err := filepath.Glob(filepath.Join(state, "tmp", "code", "*", "updatesauthorizer", "bootstrap"))
		if err != nil || len(files) != 1 {
			t.Fatalf("the compiled handler is %q, %v", files, err)
		}
		if err := os.Remove(files[0]); err != nil {
			t.Fatal(err)
		}
		inStep(t, openPage(t, r.site(t, "/"), desktop), openPage(t, r.site(t, "/"), desktop))
		if strings.Contains(r.printed(), "$connect → ") || !strings.Contains(r.printed(), "$connect") {
			t.Error("no page tried to connect, or one did")
		}
	})
}

// TestTheSocketByBothDoors: over plain HTTP and TLS, for pages of the site alone,
// for no more of a cart than are told of it, until the runner ends.
func TestTheSocketByBothDoors(t *testing.T) {
	t.Parallel()
	r := serve(t, t.TempDir())
	cart := decode[cart](t, want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))).ID
	dialer := &http.Client{Transport: &http.Transport{DialContext: dialLoopback, TLSClientConfig: trusting(t, r)}}
	dial := func(scheme, origin string) (conn *websocket.Conn, status int) {
		address := strings.Replace(r.url(t, scheme, site, "/updates?cart="+cart), "www.", "ws.", 1)
		conn, response, err := websocket.Dial(t.Context(), address, &websocket.DialOptions{HTTPClient: dialer, HTTPHeader: http.Header{"Origin": {origin}}})
		if response == nil {
			t.Fatal(err)
		}
		if err != nil {
			_ = response.Body.Close() // one that was not upgraded
		}
		return conn, response.StatusCode
	}
	var open []*websocket.Conn
	for _, scheme := range []string{"http", "https"} {
		conn, status := dial(scheme, r.url(t, scheme, site, ""))
		if conn == nil {
			t.Fatalf("%s: a page of the site gets %d, want 101", scheme, status)
		}
		open = append(open, conn)
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"ping"}`)); err != nil {
			t.Fatal(err)
		}
		if _, pong, err := conn.Read(t.Context()); string(pong) != `{"pong":true}` {
			t.Errorf("%s: got %s, %v", scheme, pong, err)
		}
		if _, status := dial(scheme, "https://elsewhere.example"); status != http.StatusForbidden {
			t.Errorf("%s: another's page gets %d, want 403", scheme, status)
		}
	}
	const most = 50 // of a cart, in lambdas/updates
	for len(open) < most {
		conn, status := dial("http", r.url(t, "http", site, ""))
		if conn == nil {
			t.Fatalf("with %d connections the next gets %d, want 101", len(open), status)
		}
		open = append(open, conn)
	}
	if _, status := dial("http", r.url(t, "http", site, "")); status != http.StatusTooManyRequests {
		t.Errorf("with %d connections the next gets %d, want 429", most, status)
	}
	ended := make(chan error, len(open))
	for _, conn := range open {
		go func() {
			_, _, err := conn.Read(context.Background())
			ended <- err
		}()
	}
	r.stop(t)
	for range open {
		if err := <-ended; websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("when the runner ends a client learns %v, want 1001", err)
		}
	}
}

// connected waits until so many pages have connected to the updates since the
// runner started.
func (r *runner) connected(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); strings.Count(r.printed(), "$connect → ") < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d pages have connected, want %d", strings.Count(r.printed(), "$connect → "), n)
		}
	}
}

// adds puts another product into the cart.
func (p *page) adds(product string) {
	p.t.Helper()
	add := `.card[data-product="` + product + `"] [data-testid=add]`
	p.sees(add)
	p.do(chromedp.Click(chromedp.CSS(add)))
	p.sees(`#cart-button[data-saved="true"]`)
}

// before has a script run in each document before its own.
func (p *page) before(script string) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		p.t.Fatal(err)
	}
}

// takeCart has the page show another browser's cart.
func (p *page) takeCart(of *page) {
	p.t.Helper()
	cart, err := chromedp.Run(of.ctx, chromedp.Evaluate[string](`localStorage["tilde.cart"]`))
	if err != nil {
		p.t.Fatal(err)
	}
	p.run(fmt.Sprintf("localStorage[%q] = %q; undefined", "tilde.cart", cart))
	p.do(chromedp.Reload())
}
