package console

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestNothingIsRecordedWhileNoPageIsOpen(t *testing.T) {
	p := open(t)
	p.recorder.Begin(put("x")).End(func(*Exchange) {})
	p.next("exchange")
	p.leave()
	for p.recorder.Watched() {
		time.Sleep(time.Millisecond)
	}
	p.recorder.Log("1", Line{Text: "a line"})
	p.recorder.Call(Call{Service: "s3"})
	p.recorder.Begin(put("x")).End(func(e *Exchange) { e.Invocations = []Invocation{{RequestID: "2"}} })
	p.recorder.mu.Lock()
	if r := p.recorder; len(r.ring.kept) > 0 || r.ring.bytes > 0 || len(r.details.byKey) > 0 {
		t.Errorf("%d exchanges of %d bytes, and %d logs are kept", len(r.ring.kept), r.ring.bytes, len(r.details.byKey))
	}
	p.recorder.mu.Unlock()
	p.connect()
	if status, body := p.ask(http.MethodGet, "/requests/1", ""); status != http.StatusNotFound || !strings.Contains(body, "not kept any more") {
		t.Errorf("an exchange of before: %d %s", status, body)
	}
	p.recorder.Begin(put("x"))
	if got := p.next("exchange"); got["id"] != 3.0 || got["ended"] != false {
		t.Errorf("the first exchange after that: %v", got)
	}
}

// Logs and calls come before, during and after what they belong to.
func TestLogsAndCallsFindTheirInvocation(t *testing.T) {
	p := open(t)
	trace := "Root=1-a-b;Parent=c;Sampled=0"
	get := Call{Time: began, Duration: time.Millisecond, Service: "dynamodb", Operation: "GetItem", Resources: []string{"arn:table"}, Trace: trace, Status: 200}
	deleted := Call{Time: began, Service: "dynamodb", Operation: "DeleteItem", Trace: trace, Status: 400, Denied: true, Reason: "User: cart is not authorized to perform: dynamodb:DeleteItem", Error: "AccessDeniedException"}
	other := get
	other.Trace, other.Operation = "Root=1-other", "Scan"

	p.recorder.Log("i1", Line{"before", false})
	p.recorder.Log("i2", Line{"another's", false})
	p.recorder.Call(get)
	p.recorder.Call(other)
	p.recorder.Begin(put("x")).End(func(e *Exchange) {
		e.Status = http.StatusInternalServerError
		e.Invocations = append(e.Invocations, Invocation{Function: "cart", RequestID: "i1", Trace: trace, Start: began, Started: began, End: began, Event: Keep([]byte(`{"a":1}`))})
	})
	p.recorder.Log("i1", Line{"REPORT", true})
	p.recorder.Call(deleted)

	shown := p.detail()
	i := shown.Invocations[0]
	if diff := cmp.Diff([]Line{{"before", false}, {"REPORT", true}}, i.Logs); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
	var operations []string
	for _, c := range i.Calls {
		operations = append(operations, c.Operation)
	}
	if diff := cmp.Diff([]string{"GetItem", "DeleteItem"}, operations); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Refusal{{"IAM", deleted.Reason}}, shown.Refusals); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if i.Event.Text != "{\n  \"a\": 1\n}" {
		t.Errorf("the event is shown as %q", i.Event.Text)
	}
	for {
		refusal, _ := p.next("exchange")["refusal"].(map[string]any)
		if refusal["by"] == "IAM" {
			break // the list knows of the late call
		}
	}
}

// A function that writes without end does not fill the memory.
func TestLogsWithoutEndAreCut(t *testing.T) {
	p := open(t)
	p.recorder.Begin(put("x")).End(func(e *Exchange) { e.Invocations = []Invocation{{RequestID: "i1"}} })
	for range maxAdded + 10 {
		p.recorder.Log("i1", Line{"again", false})
		p.recorder.Log("nobody's", Line{"again", false})
	}
	if kept := len(p.detail().Invocations[0].Logs); kept != maxAdded {
		t.Errorf("%d lines are kept", kept)
	}
	p.recorder.mu.Lock() // a page's leaving may be under way
	kept := len(p.recorder.details.byKey["nobody's"].early)
	p.recorder.mu.Unlock()
	if kept != maxAdded {
		t.Errorf("%d lines of nobody's are kept", kept)
	}
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

func TestACallOfNobodyIsShownByItself(t *testing.T) {
	p := open(t)
	p.recorder.Call(Call{Time: began, Service: "s3", Operation: "ListBuckets", Caller: "root", Status: 200})
	if got := p.next("exchange"); got["source"] != "AWS call" || got["function"] != "root" {
		t.Errorf("shown as %v", got)
	}
	if shown := p.detail(); len(shown.Calls) != 1 || shown.Calls[0].Operation != "ListBuckets" {
		t.Errorf("its calls are %v", shown.Calls)
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

func TestTokensAreShortened(t *testing.T) {
	p := open(t)
	const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"
	e := put(`{"token":"` + jwt + `"}`)
	e.Request.Header = http.Header{"Authorization": {"Bearer " + jwt}, "Cookie": {"id=" + jwt + "; theme=dark"}, "X-Other": {"Basic dXNlcjpwYXNzd29yZC10aGF0LWlzLWxvbmc="}}
	recording := p.recorder.Begin(e)
	recording.End(func(e *Exchange) {
		e.Invocations = append(e.Invocations, Invocation{RequestID: "i1", Event: Keep([]byte(`{"headers":{"authorization":"Bearer ` + jwt + `"}}`))})
	})
	p.recorder.Log("i1", Line{Text: "token " + jwt})
	_, body := p.ask(http.MethodGet, "/requests/1", "")
	if strings.Contains(body, "c2lnbmF0dXJl") || strings.Contains(body, "cGFzc3dvcmQ") {
		t.Errorf("a token is shown: %s", body)
	}
	for _, part := range []string{"Bearer eyJhbGciO", "theme=dark"} {
		if !strings.Contains(body, part) {
			t.Errorf("%q is not shown: %s", part, body)
		}
	}
	if sent := recording.exchange.Request.Header.Get("Authorization"); sent != "Bearer "+jwt {
		t.Errorf("a replay would send %s", sent)
	}
}

func TestBodies(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte("hello"))
	_ = w.Close()
	long := strings.Repeat("ä", maxBody) // two bytes each
	cut := Capture{}
	_, _ = cut.Write([]byte("a"))
	_, _ = cut.Write([]byte(long))
	for _, c := range []struct {
		name string
		body Body
		want shownBody
	}{
		{"text", Keep([]byte("hello")), shownBody{Text: "hello", Size: 5}},
		{"none", Body{}, shownBody{}},
		{"JSON", Keep([]byte(`{"n":12345678901234567890}`)), shownBody{Text: "{\n  \"n\": 12345678901234567890\n}", Size: 26}},
		{"almost JSON", Keep([]byte(`{"n":`)), shownBody{Text: `{"n":`, Size: 5}},
		{"binary", Keep([]byte{0x89, 'P', 'N', 'G', 0}), shownBody{Size: 5, Binary: true}},
		{"gzip", Body{zipped.Bytes(), int64(zipped.Len()), "gzip"}, shownBody{Text: "hello", Size: int64(zipped.Len())}},
		{"cut within a character", cut.Body, shownBody{Text: "a" + long[:maxBody-2], Size: 1 + int64(len(long)), Cut: true}},
	} {
		if diff := cmp.Diff(c.want, c.body.show()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestTheOldestGoFirst(t *testing.T) {
	p := open(t)
	for range maxExchanges + 10 {
		p.recorder.Begin(put("x")).End(func(*Exchange) {})
	}
	kept := func() []*Recording {
		p.recorder.mu.Lock()
		defer p.recorder.mu.Unlock()
		return p.recorder.ring.kept
	}
	if kept := kept(); len(kept) != maxExchanges || kept[0].ID() != 11 {
		t.Errorf("%d are kept, from %d on", len(kept), kept[0].ID())
	}
	// What is gone is kept for nobody's logs, either.
	for i := range 2 * maxExchanges {
		p.recorder.Begin(put("x")).End(func(e *Exchange) {
			e.Invocations = []Invocation{{RequestID: strconv.Itoa(i), Trace: "Root=" + strconv.Itoa(i)}}
		})
	}
	owners := map[*Recording]bool{}
	p.recorder.mu.Lock()
	for _, d := range p.recorder.details.byKey {
		owners[d.owner] = true
	}
	p.recorder.mu.Unlock()
	if len(owners) != maxExchanges {
		t.Errorf("%d exchanges are kept for the logs that may come", len(owners))
	}
	large := make([]byte, maxBody)
	for range 2 * maxBytes / maxBody {
		p.recorder.Begin(put("x")).End(func(e *Exchange) { e.Body = Keep(large) })
	}
	p.recorder.mu.Lock()
	defer p.recorder.mu.Unlock()
	sum := 0
	for _, recording := range p.recorder.ring.kept {
		sum += recording.exchange.bytes()
	}
	if r := p.recorder.ring; sum > maxBytes || r.bytes != sum || len(r.kept) < maxBytes/maxBody/2 {
		t.Errorf("%d exchanges of %d bytes are kept, counted as %d", len(r.kept), sum, r.bytes)
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
