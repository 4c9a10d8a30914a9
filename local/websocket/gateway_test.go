package websocket

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"annex/local/apigateway"
	"annex/local/lambda"
)

const (
	live       = "arn:aws:lambda:eu-west-1:111111111111:function:updates:live"
	authorizer = "arn:aws:lambda:eu-west-1:111111111111:function:updatesauthorizer:live"
	stageARN   = "arn:aws:execute-api:eu-west-1:111111111111:sock0000/dev"
	domain     = "ws.dev.example.com"
)

// config is an API as the stack has it: an authorizer on $connect, a two-way
// ping and $default, and one route whose function's answer nobody gets.
func config() Config {
	route := func(key string, twoWay bool) Route {
		return Route{Key: key, FunctionARN: live, TwoWay: twoWay, Authorization: apigateway.None}
	}
	connect := route("$connect", false)
	connect.Authorization = apigateway.Custom
	connect.Authorizer = &Authorizer{ID: "auth00", Name: "Pages", FunctionARN: authorizer, Sources: []Source{{fromQuery, "cart"}}}
	selection, err := ParseExpression("$request.body.action")
	if err != nil {
		panic(err)
	}
	return Config{
		APIs: []API{{
			ID: "sock0000", Name: "updates", Account: "111111111111", Region: "eu-west-1",
			Endpoint: "sock0000.execute-api.eu-west-1.amazonaws.com", EndpointDisabled: true, Selection: selection,
			Stages: []Stage{{Name: "dev", Deployed: true}},
			Routes: []Route{connect, route("$disconnect", false), route("$default", true), route("ping", true), route("oneway", false)},
		}},
		Domains: []apigateway.Domain{{Name: domain, Mappings: []apigateway.Mapping{{Key: "updates", API: "sock0000", Stage: "dev"}}}},
		Permissions: []apigateway.Permission{
			{FunctionARN: live, SourceARN: stageARN + "/*"},
			{FunctionARN: authorizer, SourceARN: "arn:aws:execute-api:eu-west-1:111111111111:sock0000/authorizers/*"},
		},
	}
}

const allow = `{"principalId":"page","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]},"context":{"topic":"c1","number":1,"boolean":true}}`

// functions stand in for Lambda: each event's answer is that of its route, and
// the authorizer's its own.
type functions struct {
	answers map[string]string // by route key, or "authorizer"
	act     func(ctx context.Context, key string, event map[string]any) (string, error)

	mu     sync.Mutex
	events []map[string]any
	came   chan struct{} // that there is another
}

func newFunctions(answers map[string]string) *functions {
	return &functions{answers: answers, came: make(chan struct{}, 1)}
}

func (f *functions) Invoke(ctx context.Context, arn string, payload []byte) (*lambda.Result, error) {
	var event map[string]any
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.events = append(f.events, event)
	f.mu.Unlock()
	select {
	case f.came <- struct{}{}:
	default: // nobody waits
	}
	key, _ := event["requestContext"].(map[string]any)["routeKey"].(string)
	answer := `{"statusCode":200,"body":"answered"}`
	if arn == authorizer {
		key, answer = "authorizer", allow
	}
	if given, ok := f.answers[key]; ok {
		answer = given
	}
	if f.act != nil {
		given, err := f.act(ctx, key, event)
		if err != nil {
			return nil, err
		}
		if given != "" {
			answer = given
		}
	}
	result := &lambda.Result{Payload: []byte(answer), RequestID: "6bc28136"}
	if strings.Contains(answer, "errorMessage") {
		result.FunctionError = "Unhandled"
	}
	return result, nil
}

// event waits for the next event, which is the nth.
func (f *functions) event(t *testing.T, n int) map[string]any {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		f.mu.Lock()
		if len(f.events) > n {
			defer f.mu.Unlock()
			return f.events[n]
		}
		f.mu.Unlock()
		select {
		case <-f.came:
		case <-deadline:
			t.Fatalf("there is no event %d", n)
		}
	}
}

// started is a gateway with a server before it.
type started struct {
	*Gateway

	server *httptest.Server
	told   chan Exchange
}

func start(t testing.TB, c Config, f *functions, o Options) *started {
	t.Helper()
	s := &started{told: make(chan Exchange, 10_000)}
	o.Invoker, o.Done = f, func(_ context.Context, x Exchange) { s.told <- x }
	s.Gateway = New(o)
	s.Update(c)
	s.server = httptest.NewServer(s.SentTo(""))
	t.Cleanup(func() {
		s.stopNow()
		s.server.Close()
	})
	return s
}

func (s *started) stopNow() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	s.Close(ctx)
}

// answered is what a handshake was answered.
type answered struct {
	status int
	header http.Header
	body   string
}

// dial connects, and fails where the answer is another than 101.
func (s *started) dial(t testing.TB, path string, header http.Header, subprotocols ...string) (*websocket.Conn, answered, error) {
	t.Helper()
	if header == nil {
		header = http.Header{}
	}
	conn, response, err := websocket.Dial(t.Context(), s.server.URL+path, &websocket.DialOptions{Host: domain, HTTPHeader: header, Subprotocols: subprotocols})
	if response == nil {
		return conn, answered{}, err
	}
	got := answered{status: response.StatusCode, header: response.Header}
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
		return conn, got, nil
	}
	defer response.Body.Close() //nolint:errcheck // only read from
	body, _ := io.ReadAll(response.Body)
	got.body = string(body)
	return nil, got, err
}

func (s *started) connect(t testing.TB) *websocket.Conn {
	t.Helper()
	conn, _, err := s.dial(t, "/updates?cart=c1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func say(t testing.TB, conn *websocket.Conn, text string) {
	t.Helper()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func hear(t testing.TB, conn *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, message, err := conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return string(message)
}

func TestAConnectionLives(t *testing.T) {
	f := newFunctions(map[string]string{"ping": `{"statusCode":200,"body":"{\"pong\":true}"}`})
	s := start(t, config(), f, Options{})
	conn := s.connect(t)
	say(t, conn, `{"action":"ping"}`)
	if got := hear(t, conn); got != `{"pong":true}` {
		t.Errorf("a two-way route answers %q", got)
	}
	id, _ := f.event(t, 1)["requestContext"].(map[string]any)["connectionId"].(string)
	if got := s.Post("sock0000", "dev", id, []byte("pushed")); got != Done || hear(t, conn) != "pushed" {
		t.Errorf("a message that is posted to it comes to %v", got)
	}
	if err := conn.Close(websocket.StatusNormalClosure, "bye"); err != nil {
		t.Fatal(err)
	}
	end := f.event(t, 3)["requestContext"].(map[string]any)
	if end["eventType"] != "DISCONNECT" || end["disconnectStatusCode"] != float64(1000) || end["disconnectReason"] != "bye" || end["authorizer"].(map[string]any)["topic"] != "c1" {
		t.Errorf("$disconnect is told %v", end)
	}
	if got := s.Post("sock0000", "dev", id, nil); got != Gone {
		t.Errorf("a message to one that is gone is %v, want Gone", got)
	}
}

func TestConnectionsOutliveAnUpdate(t *testing.T) {
	f := newFunctions(map[string]string{"dance": `{"statusCode":200,"body":"danced"}`})
	s := start(t, config(), f, Options{})
	conn := s.connect(t)
	changed := config()
	changed.APIs[0].Routes = append(changed.APIs[0].Routes, Route{Key: "dance", FunctionARN: live, TwoWay: true})
	s.Update(changed)
	say(t, conn, `{"action":"dance"}`)
	if got := hear(t, conn); got != "danced" {
		t.Errorf("a route that was added answers %q", got)
	}
	s.Update(Config{})
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("when its API is gone a client learns %v, want 1001", err)
	}
}

// TestClosingTellsClientsAndNobodyElse: also one that does not listen holds it
// up no longer than its context has time.
func TestClosingTellsClientsAndNobodyElse(t *testing.T) {
	f := newFunctions(nil)
	s := start(t, config(), f, Options{})
	listening, deaf := s.connect(t), s.connect(t)
	told := make(chan error, 1)
	go func() {
		_, _, err := listening.Read(context.Background())
		told <- err
	}()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	s.Close(ctx)
	if took := time.Since(began); took > 4*time.Second { // of five that an answer would be waited for
		t.Errorf("it took %v", took)
	}
	if err := <-told; websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the client learns %v, want 1001", err)
	}
	_ = deaf
	f.mu.Lock()
	if n := len(f.events); n != 4 { // two of each connection
		t.Errorf("there are %d events, want none of $disconnect", n)
	}
	f.mu.Unlock()
	if _, got, _ := s.dial(t, "/updates?cart=c1", nil); got.status != http.StatusServiceUnavailable {
		t.Errorf("whoever comes later gets %v", got)
	}
}
