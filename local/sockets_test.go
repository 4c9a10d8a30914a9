package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"annex/local/apigateway"
	"annex/local/aws"
	"annex/local/lambda"
	"annex/local/websocket"
)

func TestAMessageOfASocketIsALine(t *testing.T) {
	out := &strings.Builder{}
	s := &system{terminal: &terminal{out: out}}
	x := websocket.Exchange{
		Host: "ws.dev.example.com", RouteKey: "ping", ConnectionID: "R1kmxc2VNjMCFIA=", Bytes: 17, Latency: 2400 * time.Microsecond,
		Function: "arn:aws:lambda:eu-west-1:111111111111:function:updates:live", Version: "1", InvocationID: "6bc28136",
	}
	s.recordSocket(t.Context(), x)
	x.RouteKey, x.Closed, x.WhyClosed = "$disconnect", 1006, "Connection Closed Abnormally"
	s.recordSocket(t.Context(), x)
	s.recordSocket(t.Context(), websocket.Exchange{Host: "ws.dev.example.com", ConnectionID: "R1kmxc2VNjMCFIA=", Err: errors.New(`API "updates" has no route "dance"`)})
	s.terminal.json = true
	s.recordSocket(t.Context(), x)
	want := []string{
		"socket         2.4 ms  ws.dev.example.com R1kmxc2VNjMCFIA=           ping → updates, warm",
		"socket         2.4 ms  ws.dev.example.com R1kmxc2VNjMCFIA=           $disconnect (1006) → updates, warm",
		`socket         0.0 ms  ws.dev.example.com R1kmxc2VNjMCFIA=           no route: API "updates" has no route "dance"`,
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, line := range want {
		if lines[i] != line {
			t.Errorf("line %d is\n%s\nwant\n%s", i, lines[i], line)
		}
	}
	const object = `"type":"socket","host":"ws.dev.example.com","connection":"R1kmxc2VNjMCFIA=","durationMs":2.4,"route":"$disconnect","bytes":17,"closed":1006,"reason":"Connection Closed Abnormally","function":"updates","version":"1","requestId":"6bc28136","cold":false}`
	if !strings.HasSuffix(lines[len(lines)-1], object) {
		t.Errorf("in JSON it is %s", lines[len(lines)-1])
	}
}

func TestFunctionsAreLedToTheConnections(t *testing.T) {
	p := plan{sockets: websocket.Config{
		APIs:    []websocket.API{{ID: "sock0000", Endpoint: "sock0000.execute-api.eu-west-1.amazonaws.com", Stages: []websocket.Stage{{Name: "live"}}}},
		Domains: []apigateway.Domain{{Name: "ws.dev.example.com", Mappings: []apigateway.Mapping{{Key: "updates", API: "sock0000", Stage: "live"}}}},
	}}
	const here = "http://127.0.0.1:4566"
	for value, want := range map[string]string{
		"https://ws.dev.example.com/updates":                        here + "/execute-api/sock0000/live",
		"https://ws.dev.example.com/updates/":                       here + "/execute-api/sock0000/live",
		"https://sock0000.execute-api.eu-west-1.amazonaws.com/live": here + "/execute-api/sock0000/live",
		"wss://ws.dev.example.com/updates":                          "wss://ws.dev.example.com/updates", // for a client
		"https://ws.dev.example.com/other":                          "https://ws.dev.example.com/other",
		"see https://ws.dev.example.com/updates":                    "see https://ws.dev.example.com/updates",
		"https://www.dev.example.com":                               "https://www.dev.example.com",
	} {
		got := p.connectable([]lambda.Function{{Environment: map[string]string{"URL": value}}}, here)[0].Environment["URL"]
		if got != want {
			t.Errorf("%s becomes %s, want %s", value, got, want)
		}
	}
}

// TestCommandsForConnectionsThatAreNotThere are refused as AWS does.
func TestCommandsForConnectionsThatAreNotThere(t *testing.T) {
	c := connections{&system{sockets: websocket.New(websocket.Options{})}}
	for id, status := range map[string]int{"R1kmxc2VNjMCFIA=": http.StatusGone, "nonsense": http.StatusBadRequest, "": http.StatusBadRequest} {
		_, got := c.Get("sock0000", "live", id)
		for name, err := range map[string]error{"GET": got, "POST": c.Post("sock0000", "live", id, []byte("x")), "DELETE": c.Delete("sock0000", "live", id)} {
			if refused, ok := errors.AsType[*aws.Refusal](err); !ok || refused.Status != status {
				t.Errorf("%s of %q is %v, want %d", name, id, err, status)
			}
		}
	}
}

func TestTheConsoleNamesAMessagesRoute(t *testing.T) {
	const event = `{"requestContext":{"routeKey":"ping","domainName":"ws.dev.example.com"},"body":"{\"routeKey\":\"other\"}"}`
	if got := messageSource([]byte(event)); got != "socket ws.dev.example.com ping" {
		t.Errorf("got %q", got)
	}
}
