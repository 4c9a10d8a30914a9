package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// kind is a kind of client. Each of its connections visits again and again.
type kind struct {
	name        string
	connections int
	visit       func(*caller)
	refused     []int // statuses of refusals that it may get beside its own answer and a killed environment's 500
	redials     bool  // it leaves connections behind
}

// refusals are the only answers that are not the origin's own, with the
// bodies that AWS gives them (http-edge.md §1.6).
var refusals = map[int]string{
	429: `{"message":"Too Many Requests"}`,     // a route over its throttle
	500: `{"message":"Internal Server Error"}`, // an invocation whose environment was killed
	503: `{"message":"Service Unavailable"}`,   // a function over its reserved concurrency
}

const (
	missing  = "/not-a-cart"               // of the cart: answered without the database
	throttle = "/not-a-cart/items/a-thing" // DELETE is throttled, see crowded
	large    = 4 << 20                     // bytes that the container answers
)

// kinds are two hundred connections.
func kinds(t *testing.T, r *runner) []kind {
	cartHere, cartThere := r.site(t, "/api/cart"), r.api(t, "/cart")
	secureHere, secureThere := r.url(t, "https", site, "/api/cart"), r.url(t, "https", api, "/cart")
	found := want(t, 200, get(t, r.site(t, "/api/search/?q=mug"))).body
	none := want(t, 404, get(t, cartHere+missing)).body
	search := answered(200, found)
	noCart := answered(404, none)
	return []kind{
		{name: "cart by the edge", connections: 30, visit: noCart.get(cartHere + missing)},
		{name: "cart by the gateway", connections: 20, visit: noCart.get(cartThere + missing)},
		{name: "cart by the edge, TLS", connections: 10, visit: noCart.get(secureHere + missing)},
		{name: "cart by the gateway, TLS", connections: 10, visit: noCart.get(secureThere + missing)},
		{name: "search by the edge", connections: 20, visit: search.get(r.site(t, "/api/search/?q=mug")), refused: []int{503}},
		{name: "search by the gateway", connections: 20, visit: search.get(r.api(t, "/search/?q=mug")), refused: []int{503}},
		{name: "shopper by the edge", connections: 10, visit: shop(cartHere)},
		{name: "shopper by the gateway", connections: 10, visit: shop(cartThere)},
		{name: "throttled", connections: 10, visit: noCart.send(http.MethodDelete, cartHere+throttle, nothing), refused: []int{429}},
		{
			name: "body over the handler's limit", connections: 5, redials: true,
			visit: answered(413, tooLong(300_000)).send(http.MethodPut, cartHere+throttle, whole(300_000)),
		},
		{
			name: "chunked body over the handler's limit", connections: 5, redials: true,
			visit: answered(413, tooLong(300_000)).send(http.MethodPut, cartThere+throttle, chunked(300_000)),
		},
		{
			name: "body over Lambda's limit", connections: 2, redials: true,
			visit: answered(413, `{"message":"Request Entity Too Large"}`).send(http.MethodPut, cartHere+throttle, whole(7<<20)),
		},
		{
			name: "body over the gateway's limit", connections: 2, redials: true,
			visit: answered(413, `{"message":"Request Entity Too Large"}`).send(http.MethodPut, cartThere+throttle, chunked(11<<20)),
		},
		{name: "slow sender", connections: 10, visit: noCart.send(http.MethodPut, cartHere+"/x/items/a-thing", dribbled(`{"quantity": 1}`))},
		{name: "slow reader", connections: 16, visit: readSlowly(r.site(t, "/shop/large"))},
		{name: "client that hangs up", connections: 10, visit: hangUp(r.site(t, ""), "/api/cart"+missing), redials: true},
		{name: "client that hangs up on the gateway", connections: 10, visit: hangUp(r.api(t, ""), "/search/?q=mug"), redials: true},
	}
}

// container is the container's service: it answers the same large body always.
func containerService(t *testing.T) (url string) {
	t.Helper()
	body := largeBody()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(body) // the client may have gone away
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func largeBody() []byte {
	body := make([]byte, large)
	for i := range body {
		body[i] = byte(i * i >> 8 & 0xff)
	}
	return body
}

// answer is the origin's own.
type answer struct {
	status int
	body   string
}

func answered(status int, body string) answer { return answer{status, body} }

func (a answer) get(url string) func(*caller) { return a.send(http.MethodGet, url, nothing) }

// send sends the request with a body that is made for each.
func (a answer) send(method, url string, body func() io.Reader) func(*caller) {
	return func(c *caller) { c.expect(a, c.send(method, url, body())) }
}

func nothing() io.Reader { return nil }

func whole(size int) func() io.Reader {
	return func() io.Reader { return strings.NewReader(strings.Repeat("x", size)) }
}

// chunked is a body whose length is not told, so that it comes in chunks.
func chunked(size int) func() io.Reader {
	return func() io.Reader { return io.MultiReader(whole(size)()) }
}

func dribbled(text string) func() io.Reader {
	return func() io.Reader { return &dribble{text: text} }
}

// dribble gives a byte at a time.
type dribble struct{ text string }

func (d *dribble) Read(p []byte) (int, error) {
	if d.text == "" {
		return 0, io.EOF
	}
	time.Sleep(10 * time.Millisecond) // what it is for
	p[0], d.text = d.text[0], d.text[1:]
	return 1, nil
}

// tooLong is the handler's answer to a body over its limit.
func tooLong(size int) string {
	detail := fmt.Sprintf("must be no larger than 16384 bytes, was %d", size)
	return `{"type":"about:blank","title":"Request Entity Too Large","status":413,"detail":"The body ` + detail + `.",` +
		`"errors":[{"field":"body","detail":"` + detail + `"}]}`
}

// shop makes a cart, puts something into it and looks at it: what was put by a
// request that was answered is there.
func shop(carts string) func(*caller) {
	return func(c *caller) {
		created := c.send(http.MethodPost, carts+"/", nil)
		var made struct{ ID string }
		_ = json.Unmarshal([]byte(created.body), &made) // what it is not, is told next
		if !c.expect(answered(201, fmt.Sprintf(`{"id":%q,"version":1,"items":[]}`, made.ID)), created) {
			return
		}
		full := answered(200, fmt.Sprintf(`{"id":%q,"version":2,"items":[{"product":"enamel-mug","quantity":7}]}`, made.ID))
		put := c.send(http.MethodPut, carts+"/"+made.ID+"/items/enamel-mug", io.MultiReader(strings.NewReader(`{"quantity": 7}`)))
		if !c.expect(full, put) {
			return
		}
		c.expect(full, c.send(http.MethodGet, carts+"/"+made.ID, nil))
	}
}

// readSlowly takes a body a little at a time, with pauses.
func readSlowly(url string) func(*caller) {
	sum := sha256.Sum256(largeBody())
	return func(c *caller) {
		request, err := http.NewRequestWithContext(c.ctx, http.MethodGet, url, nil)
		if err != nil {
			c.fail("%v", err)
			return
		}
		response, err := c.client.Do(request)
		if err != nil {
			c.fail("%v", err)
			return
		}
		defer response.Body.Close() //nolint:errcheck // read to its end, or failed
		hash := sha256.New()
		for {
			if _, err = io.CopyN(hash, response.Body, 64<<10); err != nil {
				break
			}
			time.Sleep(5 * time.Millisecond) // what it is for
		}
		if err != io.EOF || response.StatusCode != 200 || !bytes.Equal(hash.Sum(nil), sum[:]) { //nolint:errorlint // CopyN's own
			c.fail("the large body came as %d with %v", response.StatusCode, err)
			return
		}
		c.count(200)
	}
}

// hangUp sends a request, or a part of one, and closes the connection at some
// moment of its way.
func hangUp(base, path string) func(*caller) {
	host := strings.TrimPrefix(base, "http://")
	text := "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
	return func(c *caller) {
		connection, err := (&net.Dialer{}).DialContext(c.ctx, "tcp", loopback(host))
		if err != nil {
			c.fail("%v", err)
			return
		}
		defer connection.Close()                                                             //nolint:errcheck // what it is for
		if _, err := io.WriteString(connection, text[:1+rand.IntN(len(text))]); err != nil { //nolint:gosec // no secret
			c.fail("%v", err)
			return
		}
		time.Sleep(rand.N(20 * time.Millisecond)) //nolint:gosec // no secret; the moment is what it is for
		c.count(0)
	}
}
