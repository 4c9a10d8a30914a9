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
	done []string
	err  error
}

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
