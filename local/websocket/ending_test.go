package websocket

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestLimits holds how API Gateway ends connections.
func TestLimits(t *testing.T) {
	frame := strings.Repeat("x", maxFrame)
	for _, c := range []struct {
		fact    string
		options Options
		do      func(t *testing.T, s *started, conn *websocket.Conn, id string)
		code    websocket.StatusCode
		reason  string
	}{
		{"4.4 a binary frame ends it with 1003", Options{}, func(t *testing.T, _ *started, conn *websocket.Conn, _ string) {
			if err := conn.Write(t.Context(), websocket.MessageBinary, []byte("x")); err != nil {
				t.Fatal(err)
			}
		}, 1003, ""},
		{"4.4 a frame of more than 32 KB ends it with 1009", Options{}, func(t *testing.T, _ *started, conn *websocket.Conn, _ string) {
			say(t, conn, frame+"x")
		}, 1009, ""},
		{"4.4 a message of more than 128 KB ends it with 1009", Options{}, func(t *testing.T, _ *started, conn *websocket.Conn, _ string) {
			inFrames(t, conn, frame, frame, frame, frame, "x")
		}, 1009, ""},
		{"4.4 so does a much larger one, all of which the client is let send", Options{}, func(t *testing.T, _ *started, conn *websocket.Conn, _ string) {
			say(t, conn, strings.Repeat("x", 1<<20))
		}, 1009, ""},
		{"4.4 ten minutes without a message end it with 1001", Options{Idle: 20 * time.Millisecond}, nil, 1001, "Going away"},
		{"4.4 two hours end it with 1001", Options{Lifetime: 20 * time.Millisecond}, nil, 1001, "Going away"},
		{"4.5 DELETE ends it with 1000", Options{}, func(t *testing.T, s *started, _ *websocket.Conn, id string) {
			if !s.Delete("sock0000", "dev", id) || s.Delete("sock0000", "dev", id) {
				t.Error("it is not deleted, or twice")
			}
		}, 1000, "Connection Closed Normally"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			f := newFunctions(nil)
			s := start(t, config(), f, c.options)
			conn := s.connect(t)
			if c.do != nil {
				c.do(t, s, conn, (<-s.told).ConnectionID)
			}
			_, _, err := conn.Read(t.Context())
			if learned, ok := errors.AsType[websocket.CloseError](err); !ok || learned.Code != c.code || learned.Reason != c.reason {
				t.Errorf("the client learns %v, want %d %q", err, c.code, c.reason)
			}
			end := f.event(t, 2)["requestContext"].(map[string]any)
			if end["routeKey"] != "$disconnect" || end["disconnectStatusCode"] != float64(c.code) || end["disconnectReason"] != c.reason {
				t.Errorf("$disconnect is told %v, want %d %q", end, c.code, c.reason)
			}
			endsOnce(t, s, f)
		})
	}
	t.Run("4.4 a message of 128 KB in frames of 32 KB is taken", func(t *testing.T) {
		f := newFunctions(nil)
		conn := start(t, config(), f, Options{}).connect(t)
		inFrames(t, conn, frame, frame, frame, frame)
		if hear(t, conn) != "answered" || f.event(t, 2)["body"] != strings.Repeat(frame, 4) {
			t.Error("it did not come to the function")
		}
	})
	t.Run("4.4 messages keep a connection from idling", func(t *testing.T) {
		s := start(t, config(), newFunctions(nil), Options{Idle: time.Second})
		conn := s.connect(t)
		for range 7 { // longer than that, in all
			time.Sleep(200 * time.Millisecond)
			say(t, conn, `{"action":"oneway"}`)
		}
		say(t, conn, `{"action":"ping"}`)
		hear(t, conn)
	})
}

func TestWhatWasSentBeforeTheEndComesBeforeIt(t *testing.T) {
	t.Run("4.5 a client that is deleted gets what was posted before", func(t *testing.T) {
		s := start(t, config(), newFunctions(nil), Options{})
		conn := s.connect(t)
		id := (<-s.told).ConnectionID
		for range queued {
			if got := s.Post("sock0000", "dev", id, []byte("last words")); got != Done {
				t.Fatalf("a message is %v", got)
			}
		}
		s.Delete("sock0000", "dev", id)
		for range queued {
			hear(t, conn)
		}
		if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
			t.Errorf("and then it learns %v, want 1000", err)
		}
	})
}

// TestAMessageIsAFrame: clients that are no browsers may not put frames together.
func TestAMessageIsAFrame(t *testing.T) {
	s := start(t, config(), newFunctions(nil), Options{})
	conn := connectRaw(t, s)
	s.Post("sock0000", "dev", (<-s.told).ConnectionID, []byte("pushed"))
	got := make([]byte, 8)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "\x81\x06pushed" {
		t.Errorf("it is %q, %v, want a text frame that is the last of its message", got, err)
	}
}

// TestAClientThatStopsInTheMiddleOfAMessage does not hold up its end: this one
// says that it sends a megabyte.
func TestAClientThatStopsInTheMiddleOfAMessage(t *testing.T) {
	s := start(t, config(), newFunctions(nil), Options{})
	s.lastReads = 50 * time.Millisecond
	conn := connectRaw(t, s)
	const header = "\x81\xff\x00\x00\x00\x00\x00\x10\x00\x00" + "mask"
	if _, err := io.WriteString(conn, header+strings.Repeat("x", maxMessage+1)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); string(got) != "\x88\x02\x03\xf1" || errors.Is(err, os.ErrDeadlineExceeded) { // 1009, and the end
		t.Errorf("it is told %q, %v", got, err)
	}
}

// TestClosingWaitsForNoAnswer: not even for that of a client whose connection is
// at its end.
func TestClosingWaitsForNoAnswer(t *testing.T) {
	s := start(t, config(), newFunctions(nil), Options{})
	conn := connectRaw(t, s)
	if _, err := io.WriteString(conn, "\x82\x80mask"); err != nil { // a binary frame
		t.Fatal(err)
	}
	<-s.told
	<-s.told // of $disconnect
	began := time.Now()
	s.stopNow()
	if took := time.Since(began); took > 4*time.Second { // of five
		t.Errorf("it took %v", took)
	}
}

// connectRaw gives a connection whose frames are the test's own.
func connectRaw(t *testing.T, s *started) io.ReadWriter {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(t.Context(), "tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "GET /updates?cart=c1 HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", domain)
	if err != nil {
		t.Fatal(err)
	}
	read := bufio.NewReader(conn)
	response, err := http.ReadResponse(read, nil) //nolint:bodyclose // it is upgraded, and has none
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %v, %v", response, err)
	}
	return struct {
		io.Reader
		io.Writer
	}{read, conn}
}

// endsOnce wants $disconnect to have been told once, and to be told nothing more.
func endsOnce(t *testing.T, s *started, f *functions) {
	t.Helper()
	s.stopNow() // returns when nothing is left
	f.mu.Lock()
	defer f.mu.Unlock()
	ends := 0
	for _, event := range f.events {
		if event["requestContext"].(map[string]any)["routeKey"] == disconnectKey {
			ends++
		}
	}
	if ends != 1 {
		t.Errorf("$disconnect is told %d times, want 1", ends)
	}
}

// inFrames says one message in several frames, the last of which is empty.
func inFrames(t *testing.T, conn *websocket.Conn, frames ...string) {
	t.Helper()
	w, err := conn.Writer(t.Context(), websocket.MessageText)
	for _, frame := range frames {
		if err == nil {
			_, err = w.Write([]byte(frame))
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestEndings holds what $disconnect is told of how a client went away.
func TestEndings(t *testing.T) {
	for _, c := range []struct {
		fact   string
		end    func(conn *websocket.Conn) error
		code   float64
		reason string
	}{
		{"4.4 a client's own code and reason", func(conn *websocket.Conn) error { return conn.Close(4000, "done") }, 4000, "done"},
		{"4.4 a close frame without a code is 1005", func(conn *websocket.Conn) error { return conn.Close(websocket.StatusNoStatusRcvd, "") }, 1005, "Client-side close frame status not set"},
		{"4.4 a connection that breaks is 1006 [?]", (*websocket.Conn).CloseNow, 1006, "Connection Closed Abnormally"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			f := newFunctions(nil)
			s := start(t, config(), f, Options{})
			conn := s.connect(t)
			id := (<-s.told).ConnectionID
			if err := c.end(conn); err != nil {
				t.Fatal(err)
			}
			end := f.event(t, 2)["requestContext"].(map[string]any)
			if end["disconnectStatusCode"] != c.code || end["disconnectReason"] != c.reason {
				t.Errorf("$disconnect is told %v, want %v %q", end, c.code, c.reason)
			}
			if _, found := s.Get("sock0000", "dev", id); found {
				t.Error("it is there still")
			}
			endsOnce(t, s, f)
		})
	}
}
