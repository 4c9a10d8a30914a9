package console

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// opened is a page that is connected to a console's server.
type opened struct {
	t        *testing.T
	server   *httptest.Server
	recorder *Recorder
	replayed []Request
	waiting  atomic.Int64 // messages in a queue
	lines    *bufio.Scanner
	leave    func()
}

// open serves a console and connects a page to it.
func open(t *testing.T) *opened {
	t.Helper()
	p := &opened{t: t, recorder: NewRecorder()}
	mux := http.NewServeMux()
	New(p.recorder, Options{
		Resources:    func() Resources { return Resources{Stage: "dev", Hosts: []string{"www.example.com"}} },
		Environments: func() map[string]Environments { return map[string]Environments{"cart": {Idle: 1}} },
		Queues: func() map[string]Messages {
			return map[string]Messages{"arn:dead": {Waiting: int(p.waiting.Load()), Hidden: 1}}
		},
		Peek: func(queue string) ([]json.RawMessage, error) {
			if queue != "arn:dead" {
				return nil, errors.New("there is no such queue")
			}
			return []json.RawMessage{[]byte(`{"body":"poison"}`)}, nil
		},
		Replay: func(_ context.Context, of int64, r Request) (int64, error) {
			p.replayed = append(p.replayed, r)
			again := p.recorder.Begin(Exchange{ReplayOf: of, Time: time.Now(), Request: r})
			again.End(func(e *Exchange) { e.Status = http.StatusOK })
			return again.ID(), nil
		},
	}).Handle(mux)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	p.connect()
	return p
}

func (p *opened) connect() {
	p.t.Helper()
	ctx, leave := context.WithCancel(p.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server.URL+"/events", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r) //nolint:bodyclose // leave closes it
	if err != nil {
		p.t.Fatal(err)
	}
	p.leave = func() { leave(); _ = response.Body.Close() }
	p.t.Cleanup(p.leave)
	p.lines = bufio.NewScanner(response.Body)
	p.lines.Buffer(nil, 1<<20)
	p.next("hello")
}

// next is the data of the next event with the name.
func (p *opened) next(name string) map[string]any {
	p.t.Helper()
	for p.lines.Scan() {
		if p.lines.Text() != "event: "+name {
			continue
		}
		p.lines.Scan()
		data := map[string]any{}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(p.lines.Text(), "data: ")), &data); err != nil {
			p.t.Fatal(err)
		}
		return data
	}
	p.t.Fatalf("the connection ended before an event %s: %v", name, p.lines.Err())
	return nil
}

func (p *opened) ask(method, path, body string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.server.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

// detail is what the page shows of exchange 1.
func (p *opened) detail() shownExchange {
	p.t.Helper()
	status, body := p.ask(http.MethodGet, "/requests/1", "")
	if status != http.StatusOK {
		p.t.Fatalf("%d: %s", status, body)
	}
	var shown shownExchange
	if err := json.Unmarshal([]byte(body), &shown); err != nil {
		p.t.Fatal(err)
	}
	return shown
}

var began = time.Now()

// put is a request that a test records.
func put(body string) Exchange {
	return Exchange{Time: began, Request: Request{
		Scheme: "http", Method: http.MethodPut, Host: "api.example.com.localhost:8080", URI: "/cart/1", Proto: "HTTP/1.1", Header: http.Header{"Content-Length": {"1"}},
		Body: []byte(body), Size: int64(len(body)), Whole: true,
	}}
}

func TestAnEditThatIsNotServedIsShown(t *testing.T) {
	p := open(t)
	p.recorder.Served("cart.go:7: undefined: x")
	if got := p.next("served"); got["trouble"] != "cart.go:7: undefined: x" {
		t.Errorf("told of %v", got)
	}
	// And to a page that opens later.
	late := p.recorder.connect()
	defer p.recorder.leave(late)
	if hello := string(<-late.events); !strings.Contains(hello, "undefined: x") {
		t.Errorf("a page that opens is told %s", hello)
	}
}

func TestReplay(t *testing.T) {
	p := open(t)
	record := func(e Exchange) { p.recorder.Begin(e).End(func(*Exchange) {}) }
	record(put("original"))
	cut, unread, event := put("x"), put("x"), Exchange{Source: "Event", Time: began}
	cut.Request.Size, cut.Request.Whole = 2, true
	unread.Request.Whole = false
	record(cut)
	record(unread)
	record(event)
	for _, c := range []struct {
		name, body string
		status     int
		want       string // in the answer
		sent       string // the body that is sent
		length     string // the Content-Length that is sent
	}{
		{"as it was", `{"id":1}`, 200, `{"id":5}`, "original", "1"},
		{"with another body", `{"id":1,"body":"another"}`, 200, `{"id":6}`, "another", "7"},
		{"at another address", `{"id":1,"uri":"/cart/2"}`, 200, `{"id":7}`, "original", "1"},
		{"a body that was cut", `{"id":2}`, 409, "only the beginning", "", ""},
		{"a cut body that is replaced", `{"id":2,"body":"whole"}`, 200, `{"id":8}`, "whole", "5"},
		{"a body that was not read", `{"id":3}`, 409, "not read to its end", "", ""},
		{"an event", `{"id":4,"body":"x"}`, 409, "no client sent this", "", ""},
		{"one that is not kept", `{"id":99}`, 404, "not kept any more", "", ""},
		{"nonsense", `[`, 400, `want {"id"`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.replayed = nil
			status, body := p.ask(http.MethodPost, "/replay", c.body)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("%d %s, want %d %s", status, body, c.status, c.want)
			}
			if c.sent == "" {
				return
			}
			if len(p.replayed) != 1 || string(p.replayed[0].Body) != c.sent || p.replayed[0].Header.Get("Content-Length") != c.length || p.replayed[0].Host != "api.example.com.localhost:8080" {
				t.Errorf("sent %+v", p.replayed)
			}
		})
	}
	p.recorder.mu.Lock()
	defer p.recorder.mu.Unlock()
	if got := p.recorder.ring.find(1).exchange.Request.Header.Get("Content-Length"); got != "1" {
		t.Errorf("a replay changed the recorded request: Content-Length %s", got)
	}
}

// No request waits for a page that takes nothing.
func TestAPageThatDoesNotKeepUpIsToldWhatItMissed(t *testing.T) {
	r := NewRecorder()
	page := r.connect()
	defer r.leave(page)
	for range queued {
		r.Begin(put("x")) // "hello" is there already
	}
	if got := r.missed(page); got != 1 {
		t.Errorf("missed %d, want 1", got)
	}
	if got := r.missed(page); got != 0 {
		t.Errorf("told twice, of %d", got)
	}
}

func TestARunnerThatEndsDoesNotWaitForPages(t *testing.T) {
	p := open(t)
	p.recorder.Close()
	for p.lines.Scan() {
	}
	if err := p.lines.Err(); err != nil {
		t.Errorf("the connection broke: %v", err)
	}
}

func TestThePageMayDoNothingButAskItsServer(t *testing.T) {
	p := open(t)
	for _, path := range []string{"/", "/console.js", "/detail.js", "/console.css", "/icon.svg"} {
		response, err := http.Get(p.server.URL + path) //nolint:noctx // a test's own server
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		h := response.Header
		if response.StatusCode != http.StatusOK || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self';") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d with %v", path, response.StatusCode, h)
		}
	}
	if status, _ := p.ask(http.MethodGet, "/console.go", ""); status != http.StatusNotFound {
		t.Errorf("a file that is no page's: status %d", status)
	}
}

func TestThePageSeesWhatQueuesHold(t *testing.T) {
	p := open(t)
	p.waiting.Store(2)
	if got := p.next("queues")["arn:dead"]; !reflect.DeepEqual(got, map[string]any{"waiting": 2.0, "hidden": 1.0}) {
		t.Errorf("the queue has %v", got)
	}
	if status, body := p.ask(http.MethodGet, "/messages/arn:dead", ""); status != http.StatusOK || strings.TrimSpace(body) != `[{"body":"poison"}]` {
		t.Errorf("%d: %s", status, body)
	}
	if status, _ := p.ask(http.MethodGet, "/messages/other", ""); status != http.StatusNotFound {
		t.Errorf("%d for no queue", status)
	}
}
