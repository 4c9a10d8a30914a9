package websocket

import (
	"context"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestASlowReaderHoldsNobodyUp: of 500 clients one does not read. All others
// have each message in no time, the senders of its are told when it has no room,
// and when all is closed nothing is left.
func TestASlowReaderHoldsNobodyUp(t *testing.T) {
	const clients, rounds = 500, 20
	before, files := runtime.NumGoroutine(), descriptors(t)
	f := newFunctions(nil)
	s := start(t, config(), f, Options{})
	dialer := narrow()
	conns := make([]*websocket.Conn, clients)
	var dialing sync.WaitGroup
	for i := range conns {
		dialing.Go(func() {
			var err error
			if conns[i], err = dialed(t, s, dialer); err != nil {
				t.Error(err)
			}
		})
	}
	dialing.Wait()
	if t.Failed() {
		return
	}
	ids := map[string]bool{}
	for range clients {
		ids[(<-s.told).ConnectionID] = true
	}
	slow := slowest(t, s, conns[0], ids)

	var reading sync.WaitGroup
	for _, conn := range conns[1:] {
		reading.Go(func() {
			for range rounds {
				if _, message, err := conn.Read(t.Context()); err != nil || len(message) != 1<<10 {
					t.Errorf("got %d bytes, %v", len(message), err)
					return
				}
			}
		})
	}
	message := []byte(strings.Repeat("x", 1<<10))
	started := time.Now()
	for range rounds {
		for id := range ids {
			if id == slow {
				continue
			}
			if got := s.Post("sock0000", "dev", id, message); got != Done {
				t.Errorf("a message to one that reads is %v", got)
			}
		}
		if got := s.Post("sock0000", "dev", slow, message); got != Full {
			t.Errorf("a message to the one that does not is %v, want Full", got)
		}
	}
	reading.Wait()
	t.Logf("%d messages in %v", rounds*(clients-1), time.Since(started))

	s.stopNow()
	for _, conn := range conns {
		_ = conn.CloseNow()
	}
	s.server.Close()
	dialer.CloseIdleConnections()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left, open := runtime.NumGoroutine(), descriptors(t)
		if left <= before+2 && open <= files+2 { // the runtime's own come and go
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines of before are %d, %d descriptors are %d\n%s", before, left, files, open, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// TestWhoAsksAndDoesNotReadIsClosed: the answers to a client that only writes
// have no room, so no more of its messages are read, and yet its connection ends.
func TestWhoAsksAndDoesNotReadIsClosed(t *testing.T) {
	s := start(t, config(), newFunctions(nil), Options{})
	conn, err := dialed(t, s, narrow())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow() //nolint:errcheck // it is gone by then
	id := (<-s.told).ConnectionID
	slowest(t, s, conn, map[string]bool{id: true})
	for range atOnce + 1 {
		say(t, conn, `{"action":"ping"}`)
	}
	for range atOnce { // the next one has no room
		<-s.told
	}
	s.stopNow() // returns when nothing is left
	if end := <-s.told; end.Closed == 0 {
		t.Errorf("got %+v, want its end", end)
	}
}

// buffer is what connections of these tests take that is not read: less than a
// message, and less than the system would give them.
const buffer = 4 << 10

// narrow dials connections whose clients take no more than that.
func narrow() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(buffer)
		}
		return conn, err
	}}}
}

func dialed(t *testing.T, s *started, dialer *http.Client) (*websocket.Conn, error) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), s.server.URL+"/updates?cart=c1", &websocket.DialOptions{Host: domain, HTTPClient: dialer}) //nolint:bodyclose // Dial says that it need not be
	return conn, err
}

// slowest fills what a client that does not read, and is narrow, may have waiting,
// and gives its ID: that of the connection that a message of its own comes by.
func slowest(t *testing.T, s *started, conn *websocket.Conn, ids map[string]bool) string {
	t.Helper()
	say(t, conn, `{"action":"oneway"}`)
	id := (<-s.told).ConnectionID
	if !ids[id] {
		t.Fatalf("nobody has the connection %s", id)
	}
	s.mu.Lock()
	c := s.connections[id]
	s.mu.Unlock()
	if err := c.tap.Conn.(*net.TCPConn).SetWriteBuffer(buffer); err != nil {
		t.Fatal(err)
	}
	large := []byte(strings.Repeat("x", maxMessage))
	deadline := time.Now().Add(20 * time.Second)
	for have := 0; have <= queued; { // what waits, and the one that is being written
		if s.Post("sock0000", "dev", id, large) == Done {
			have++
			continue
		}
		if time.Now().After(deadline) {
			t.Fatalf("a client that does not read has room for %d messages", have)
		}
		time.Sleep(time.Millisecond) // none is being written yet
	}
	return id
}

// descriptors is how many files this process has open; 0 where that is not told.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
