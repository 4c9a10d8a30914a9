package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// table keeps what was done to it.
type table struct {
	count int // of each topic's connections
	done  []string
	err   error // of what changes it
}

func (t *table) Count(context.Context, string) (int, error) { return t.count, nil }

func (t *table) Add(_ context.Context, topic, connection string) error {
	t.done = append(t.done, "add "+connection+" to "+topic)
	return t.err
}

func (t *table) Remove(_ context.Context, topic, connection string) error {
	t.done = append(t.done, "remove "+connection+" from "+topic)
	return t.err
}

func event(t *testing.T, name string) (event events.APIGatewayWebsocketProxyRequest) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

// handle gives what the table was asked, what was answered and what was logged.
func handle(t *testing.T, failure error, event events.APIGatewayWebsocketProxyRequest) (done string, answer events.APIGatewayProxyResponse, log string, err error) {
	t.Helper()
	var logged strings.Builder
	connections := &table{err: failure}
	answer, err = handler{connections, slog.New(slog.NewTextHandler(&logged, nil))}.handle(t.Context(), event)
	return strings.Join(connections.done, ", "), answer, logged.String(), err
}

func TestConnectionIsKnownFromConnectToDisconnect(t *testing.T) {
	for name, want := range map[string]string{
		"connect":    "add R1kmxc2VNjMCFIA= to JBSWY3DPEHPK3PXPJBSWY3DPEH",
		"disconnect": "remove R1kmxc2VNjMCFIA= from JBSWY3DPEHPK3PXPJBSWY3DPEH",
	} {
		done, answer, log, err := handle(t, nil, event(t, name))
		if err != nil || done != want || answer.StatusCode != http.StatusOK || answer.Body != "" || log != "" {
			t.Errorf("%s: %s, want %s; answer %+v, %v, log %s", name, done, want, answer, err, log)
		}
	}
}

func TestACartHasNoMoreThanSoManyConnections(t *testing.T) {
	for count, want := range map[int]int{most - 1: http.StatusOK, most: http.StatusTooManyRequests, most + 3: http.StatusTooManyRequests} {
		connections := &table{count: count}
		h := handler{connections, slog.New(slog.DiscardHandler)}
		answer, err := h.handle(t.Context(), event(t, "connect"))
		if err != nil || answer.StatusCode != want || answer.Body != "" || (len(connections.done) > 0) != (want == http.StatusOK) {
			t.Errorf("with %d it is answered %+v, %v, want %d; %q", count, answer, err, want, connections.done)
		}
		if answer, err := h.handle(t.Context(), event(t, "disconnect")); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("with %d, one that ends is answered %+v, %v", count, answer, err)
		}
	}
}

func TestConnectionThatCannotBeCountedIsNotOpened(t *testing.T) {
	connections := &uncountable{}
	answer, err := handler{connections, slog.New(slog.DiscardHandler)}.handle(t.Context(), event(t, "connect"))
	if err == nil || answer.StatusCode != 0 || len(connections.done) > 0 {
		t.Errorf("answer %+v, %v, %q", answer, err, connections.done)
	}
}

// uncountable is a table that cannot be read.
type uncountable struct{ table }

func (*uncountable) Count(context.Context, string) (int, error) { return 0, errors.New("no grant") }

func TestConnectionThatIsNotKnownIsNotOpened(t *testing.T) {
	_, answer, log, err := handle(t, errors.New("no grant"), event(t, "connect"))
	if err == nil || answer.StatusCode != 0 || !strings.Contains(log, "no grant") || !strings.Contains(log, "R1kmxEd3tjMFbRw=") {
		t.Errorf("answer %+v, %v, log %s", answer, err, log)
	}
	if strings.Contains(err.Error(), "no grant") || strings.Contains(log, "JBSWY3DPEHPK3PXPJBSWY3DPEH") {
		t.Errorf("error %q says why, or the log has the cart's id: %s", err, log)
	}
}

func TestConnectionWithoutTopicIsNotOpened(t *testing.T) {
	for name, authorizer := range map[string]any{"no authorizer": nil, "no topic": map[string]any{"principalId": "page"}} {
		connect := event(t, "connect")
		connect.RequestContext.Authorizer = authorizer
		done, _, log, err := handle(t, nil, connect)
		if err == nil || done != "" || !strings.Contains(log, "updatesauthorizer") {
			t.Errorf("%s: %v, %s, log %s", name, err, done, log)
		}
	}
}

func TestMessagesAreAnswered(t *testing.T) {
	message := event(t, "message")
	for key, want := range map[string]string{"ping": `{"pong":true}`, "$default": `"error"`} {
		message.RequestContext.RouteKey = key
		done, answer, _, err := handle(t, nil, message)
		if err != nil || done != "" || !json.Valid([]byte(answer.Body)) || !strings.Contains(answer.Body, want) {
			t.Errorf("%s: %+v, %v, want %s", key, answer, err, want)
		}
	}
	message.RequestContext.RouteKey = "order"
	if _, _, log, err := handle(t, nil, message); err == nil || !strings.Contains(log, `route key \"order\"`) {
		t.Errorf("a route that it does not have: %v, log %s", err, log)
	}
}
