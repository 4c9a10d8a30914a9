package e2e

import (
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// console is the address of the runner's own page.
func (r *runner) console(t *testing.T) string {
	t.Helper()
	address := regexp.MustCompile(`http://console\.localhost:\d+`).FindString(r.printed())
	if address == "" {
		t.Fatalf("the runner does not say where its console is:\n%s", r.printed())
	}
	return address
}

func (p *page) click(selector string) {
	p.t.Helper()
	p.sees(selector)
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// shows waits until an expression is true in the page.
func (p *page) shows(what, expression string) {
	p.t.Helper()
	tried := `(() => { try { return Boolean(` + expression + `) } catch { return false } })()`
	for limit := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](tried))
		if holds {
			return
		}
		if err != nil || time.Now().After(limit) {
			p.picture("failed")
			p.t.Fatalf("the page does not show %s: %v", what, err)
		}
	}
}

func TestTheConsoleShowsWhatHappensInside(t *testing.T) {
	assembly := changedAssembly(t, func(resources map[string]map[string]any) { withoutGrants(resources, "Orders") })
	state := t.TempDir()
	r := startIn(t, root, assembly, state).wait(t)
	customer := signedIn(t, assembly, state, "shopper")
	want(t, 200, get(t, r.site(t, "/"))) // of before the page is open
	for name, size := range map[string][2]int64{"desktop": {1280, 800}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			p := openPage(t, r.console(t), size)
			p.sees(`#state[data-state=recording]`)
			p.sees(`#hosts a`)
			p.picture(name + "-empty")

			path := filledCart(t, r) // two requests
			want(t, 401, request(t, "POST", r.site(t, path+"/checkout"), ""))
			want(t, 500, request(t, "POST", r.site(t, path+"/checkout"), "", customer...))
			want(t, 404, get(t, r.api(t, "/cart/nowhere/at/all")))
			p.shows("the five requests, and none of before", `document.querySelectorAll("#list button:not([data-source])").length === 5`)
			p.shows("who refused three of them", `document.querySelector("#refusals").textContent === "3"`)
			p.picture(name + "-requests")

			p.click(`#list button[data-status="500"]`)
			p.sees(`#facts .refusal`)
			p.shows("IAM's reason", `/IAM.*is not authorized to perform: dynamodb:PutItem.*Orders/.test(document.querySelector(".refusal").textContent)`)
			p.shows("the hops", `["CloudFront", "API Gateway", "Authorizer", "Function", "Handler", "TransactWriteItems"].every((hop) => [...document.querySelectorAll(".hop")].some((shown) => shown.textContent.startsWith(hop)))`)
			p.shows("the denied call", `/AccessDeniedException/.test(document.querySelector(".calls .denied").textContent)`)
			p.shows("the log to its end", `/REPORT RequestId/.test(document.querySelector(".logs").textContent)`)
			p.shows("the event, without its token", `((text) => /"routeKey": "POST \/\{cart\}\/checkout"/.test(text) && /Bearer eyJ[\w-]{6}…/.test(text) && !/eyJ[\w-]{20}/.test(text))(document.querySelector("#facts").textContent)`)
			p.picture(name + "-request")

			p.click(`#replay`)
			p.shows("the replay, which had the token", `document.querySelector('#list button[data-status="500"] .replay') && document.querySelector("#facts .replay") && /not authorized/.test(document.querySelector("#facts").textContent)`)
			p.picture(name + "-replay")
			if name == "phone" {
				p.click(`#back`)
			}
			p.do(chromedp.SendKeys(chromedp.CSS("#filter"), "nowhere"))
			p.shows("the filtered list", `[...document.querySelectorAll("#list li")].filter((row) => !row.hidden).length === 1`)

			p.shows("all again", `((filter) => { filter.value = ""; return filter.dispatchEvent(new Event("input")); })(document.querySelector("#filter"))`)
			p.click(`nav a[href="#resources"]`)
			p.sees(`#resources h2`)
			p.shows("the functions' environments", `[...document.querySelectorAll("[data-function]")].some((cell) => /\d idle/.test(cell.textContent))`)
			p.shows("routes, tables, buckets and behaviours", `((text) => ["POST /{cart}/checkout", "JWT SignedIn", "annex-dev-cart-Orders", "annex-dev-search-index", "/api/*", "lambdas/cart", "rate(5 minutes)", "Not served here"].every((part) => text.includes(part)))(document.querySelector("#resources").textContent)`)
			p.picture(name + "-resources")
		})
	}
}

// A page costs nothing that it does not show: whatever is sent, it takes as text.
func TestTheConsoleShowsMarkupAsText(t *testing.T) {
	r := serve(t, t.TempDir())
	p := openPage(t, r.console(t), [2]int64{1280, 800})
	p.sees(`#state[data-state=recording]`)
	const markup = `<img src=x onerror=alert(1)><script>alert(2)</script>`
	want(t, 200, get(t, r.site(t, "/api/search/?q=mug"), "X-Markup", markup))
	p.click(`#list button:not([data-source])`)
	p.shows("the header as it was sent", `[...document.querySelectorAll("dd")].some((value) => value.textContent === "`+markup+`")`)
	p.shows("no element of it", `document.querySelectorAll("#facts :is(img, script)").length === 0`)
}
