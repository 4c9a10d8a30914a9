package websocket

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"annex/local/apigateway"
)

// TestMessages holds what a client is answered to a message.
func TestMessages(t *testing.T) {
	const nothing = "" // and then the answer to a ping
	for _, c := range []struct {
		fact    string
		change  func(*Config)
		answers map[string]string
		message string
		want    string // the body, or the message of an error where why is given
		why     string
	}{
		{"4.2 a two-way route answers with the function's body", nil, map[string]string{"ping": `{"statusCode":200,"body":"pong"}`}, `{"action":"ping"}`, "pong", ""},
		{"4.2 so does one whose status is an error", nil, map[string]string{"ping": `{"statusCode":500,"body":"sorry"}`}, `{"action":"ping"}`, "sorry", ""},
		{"4.2 a route without a response answers nothing", nil, nil, `{"action":"oneway"}`, nothing, ""},
		{"4.2 a key that no route has goes to $default", nil, map[string]string{"$default": `{"statusCode":200,"body":"what?"}`}, `{"action":"dance"}`, "what?", ""},
		{"4.2 what is no JSON goes to $default", nil, map[string]string{"$default": `{"statusCode":200,"body":"what?"}`}, `ping`, "what?", ""},
		{"4.2 a message cannot choose $connect [?]", nil, map[string]string{"$default": `{"statusCode":200,"body":"what?"}`}, `{"action":"$connect"}`, "what?", ""},
		{"4.2 without $default it is Forbidden", func(c *Config) { c.APIs[0].Routes = slices.Delete(c.APIs[0].Routes, 2, 3) }, nil, `{"action":"dance"}`, "Forbidden", `no route "dance"`},
		{"4.2 a function that fails is Internal server error", nil, map[string]string{"ping": `{"errorMessage":"boom"}`}, `{"action":"ping"}`, "Internal server error", "boom"},
		{"4.2 so is one of a route without a response", nil, map[string]string{"oneway": `{"errorMessage":"boom"}`}, `{"action":"oneway"}`, "Internal server error", "boom"},
		{"4.2 a result without a status is Internal server error", nil, map[string]string{"oneway": `null`}, `{"action":"oneway"}`, "Internal server error", "statusCode is missing"},
		{"4.4 so is a body of more than 128 KB [?]", nil, map[string]string{"ping": `{"statusCode":200,"body":"` + strings.Repeat("x", maxMessage+1) + `"}`}, `{"action":"ping"}`, "Internal server error", "131073 bytes"},
		{"4.2 a function without a permission is Internal server error", func(c *Config) { c.Permissions[0].SourceARN = stageARN + "/$*" }, nil, `{"action":"ping"}`, "Internal server error", "SourceArn that covers " + stageARN + "/ping"},
		{"4.2 a timeout is Endpoint request timed out", func(c *Config) { c.APIs[0].Routes[3].Timeout = time.Millisecond }, map[string]string{"ping": "late"}, `{"action":"ping"}`, "Endpoint request timed out", "did not answer within"},
		{"4.2 over a route's throttle is Too Many Requests [?]", func(c *Config) { c.APIs[0].Stages[0].RouteThrottles = map[string]apigateway.Throttle{"ping": {}} }, nil, `{"action":"ping"}`, "Too Many Requests", "throttle"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			changed := config()
			if c.change != nil {
				c.change(&changed)
			}
			f := newFunctions(c.answers)
			f.act = func(ctx context.Context, key string, _ map[string]any) (string, error) {
				if c.answers[key] == "late" {
					<-ctx.Done()
					return "", ctx.Err()
				}
				return "", nil
			}
			s := start(t, changed, f, Options{})
			conn := s.connect(t)
			<-s.told
			say(t, conn, c.message)
			told := <-s.told
			want := c.want
			if c.why != "" {
				want = fmt.Sprintf(`{"message": %q, "connectionId":%q, "requestId":%q}`, c.want, told.ConnectionID, told.RequestID)
			}
			if (c.why != "") != (told.Err != nil) || c.why != "" && !strings.Contains(told.Err.Error(), c.why) {
				t.Errorf("the developer is told %v, want %q", told.Err, c.why)
			}
			if c.want == nothing {
				say(t, conn, `{"action":"ping"}`)
				want = "answered"
			}
			if got := hear(t, conn); got != want {
				t.Errorf("the client is told %s, want %s", got, want)
			}
		})
	}
}

func TestMessagesOfOneConnectionAreWorkedOnAtOnce(t *testing.T) {
	t.Run("4.2 messages of one connection do not wait for each other [?]", func(t *testing.T) {
		f := newFunctions(nil)
		both := make(chan struct{}, 2)
		f.act = func(ctx context.Context, key string, _ map[string]any) (string, error) {
			if key == "ping" {
				both <- struct{}{}
				for len(both) < 2 && ctx.Err() == nil {
					time.Sleep(time.Millisecond)
				}
			}
			return "", nil
		}
		conn := start(t, config(), f, Options{}).connect(t)
		say(t, conn, `{"action":"ping"}`)
		say(t, conn, `{"action":"ping"}`)
		hear(t, conn)
		hear(t, conn)
	})
}
