package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crowd is many clients at once, and what they were answered.
type crowd struct {
	busy atomic.Int64 // connections with a request under way

	mu      sync.Mutex
	answers map[string]map[int]int // how many, by kind and status; of a client that hangs up, none has a status
	dials   map[string]int         // by kind
	wrong   []string
}

// enough is how many mistakes are told.
const enough = 20

// gather starts the kinds' connections. They end after the requests that are
// under way when the context ends.
func gather(ctx context.Context, kinds []kind, trusted *tls.Config) (_ *crowd, wait func()) {
	c := &crowd{answers: map[string]map[int]int{}, dials: map[string]int{}}
	var visiting sync.WaitGroup
	for _, k := range kinds {
		for range k.connections {
			visiting.Go(func() {
				one := c.caller(k, trusted)
				defer one.client.CloseIdleConnections()
				for ctx.Err() == nil {
					c.busy.Add(1)
					k.visit(one)
					c.busy.Add(-1)
				}
			})
		}
	}
	return c, visiting.Wait
}

// caller is one client, with a connection of its own.
type caller struct {
	*crowd
	kind   kind
	ctx    context.Context //nolint:containedctx // of the requests: they are not ended with the crowd
	client *http.Client
}

func (c *crowd) caller(k kind, trusted *tls.Config) *caller {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		c.mu.Lock()
		c.dials[k.name]++
		c.mu.Unlock()
		return dialLoopback(ctx, network, address)
	}
	return &caller{crowd: c, kind: k, ctx: context.Background(), client: &http.Client{
		Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: trusted.Clone(), ForceAttemptHTTP2: true, // as browsers do
			MaxConnsPerHost: 1, DisableCompression: true,
		},
		Timeout: 2 * patience, // the integration's own thirty seconds, and what a busy machine adds
	}}
}

// reply is what a caller was answered.
type reply struct {
	answer

	what string // the request
	id   string // the gateway's
	err  error
}

func (c *caller) send(method, url string, body io.Reader) reply {
	r := reply{what: method + " " + url}
	request, err := http.NewRequestWithContext(c.ctx, method, url, body)
	if err != nil {
		r.err = err
		return r
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.client.Do(request)
	if err != nil {
		r.err = err
		return r
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	r.status, r.body, r.id, r.err = response.StatusCode, string(text), response.Header.Get("Apigw-Requestid"), err
	return r
}

// expect counts the reply, and says whether it is the answer. It fails the
// test where it is neither that nor what AWS would answer in its place.
func (c *caller) expect(own answer, got reply) bool {
	c.count(got.status)
	switch {
	case got.err != nil:
		c.fail("%s: %v", got.what, got.err)
	case got.id == "":
		c.fail("%s was answered %d %.200q, not by the gateway", got.what, got.status, got.body)
	case got.answer == own:
		return true
	case got.status != 500 && !slices.Contains(c.kind.refused, got.status) || got.body != refusals[got.status]:
		c.fail("%s was answered %d %.200q, want %d %.200q", got.what, got.status, got.body, own.status, own.body)
	}
	return false
}

func (c *caller) count(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers[c.kind.name] == nil {
		c.answers[c.kind.name] = map[int]int{}
	}
	c.answers[c.kind.name][status]++
}

func (c *caller) fail(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) < enough {
		c.wrong = append(c.wrong, c.kind.name+": "+fmt.Sprintf(format, args...))
	}
}

// verify fails the test for what was wrong, for a kind that was not answered
// at all, and for connections that were not used again.
func (c *crowd) verify(t *testing.T, kinds []kind) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, wrong := range c.wrong {
		t.Error(wrong)
	}
	for _, k := range kinds {
		t.Logf("%3d connections, %s: %v", k.connections, k.name, c.answers[k.name])
		if own := c.own(k); own < k.connections {
			t.Errorf("%s: %d connections had only %d answers of their own", k.name, k.connections, own)
		}
		// Go's client drops a connection now and then that it is too busy to find sent
		// on when the answer is there.
		if dials := c.dials[k.name]; dials > 2*k.connections && !k.redials {
			t.Errorf("%s: %d connections were dialled, want the %d to be used again and again", k.name, dials, k.connections)
		}
	}
}

// own is how many answers a kind had that were no refusals.
func (c *crowd) own(k kind) (n int) {
	for status, count := range c.answers[k.name] {
		if _, refused := refusals[status]; !refused {
			n += count
		}
	}
	return n
}

// warm waits until each kind has been answered as often as it has connections:
// until the environments that it needs have started.
func (c *crowd) warm(t *testing.T, kinds []kind) {
	t.Helper()
	started := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !slices.ContainsFunc(kinds, func(k kind) bool { return c.own(k) < k.connections })
	}
	for limit := time.Now().Add(3 * patience); !started(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("not every kind of client is answered")
		}
	}
}

// of is how many answers had a status.
func (c *crowd) of(status int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for answers := range maps.Values(c.answers) {
		n += answers[status]
	}
	return n
}

// interrupted is verify for a crowd whose server ended under it: a connection
// may break off, and no answer may be another than AWS's.
func (c *crowd) interrupted(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, wrong := range c.wrong {
		if strings.Contains(wrong, "was answered") {
			t.Error(wrong)
		}
	}
}
