package warm

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// refusing is a handler that must not see the call.
func refusing(t *testing.T) lambda.Handler {
	return Handler(func(context.Context, json.RawMessage) error {
		t.Error("the handler saw the call")
		return nil
	})
}

func TestCallHoldsTheEnvironmentAndReachesNoHandler(t *testing.T) {
	for name, payload := range map[string]string{
		"as the warmer sends it": `{"annexWarm":{"holdMilliseconds":200}}`,
		"as somebody writes it":  "\n{ \"annexWarm\": {\n\t\"holdMilliseconds\": 200 } }",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				output, err := refusing(t).Invoke(t.Context(), []byte(payload))
				if err != nil || string(output) != "{}" {
					t.Errorf("answered %s, error %v", output, err)
				}
				if held := time.Since(started); held != 200*time.Millisecond {
					t.Errorf("held for %v", held)
				}
			})
		})
	}
}

func TestCallEndsWithTheFunctionsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		started := time.Now()
		if _, err := refusing(t).Invoke(ctx, []byte(`{"annexWarm":{"holdMilliseconds":60000}}`)); err != nil {
			t.Error(err)
		}
		if held := time.Since(started); held != 3*time.Second {
			t.Errorf("held for %v", held)
		}
	})
}

func TestCallThatIsNoneIsRefused(t *testing.T) {
	for _, payload := range []string{`{"annexWarm":null}`, `{"annexWarm":{"holdMilliseconds":"long"}}`, `{"annexWarm"`} {
		if output, err := refusing(t).Invoke(t.Context(), []byte(payload)); err == nil {
			t.Errorf("%s: answered %s", payload, output)
		}
	}
}

func TestEventsReachTheHandlerAsTheyAre(t *testing.T) {
	echo := Handler(func(_ context.Context, event json.RawMessage) (json.RawMessage, error) { return event, nil })
	for _, payload := range []string{
		`{"version":"2.0","routeKey":"GET /","body":"{\"annexWarm\":{\"holdMilliseconds\":200}}"}`,
		`{"Records":[{"annexWarm":{}}]}`, `{"annexWarmed":{}}`, `"annexWarm"`, `["annexWarm"]`, `{}`, `null`,
	} {
		output, err := echo.Invoke(t.Context(), []byte(payload))
		if err != nil || string(output) != payload {
			t.Errorf("%s: answered %s, error %v", payload, output, err)
		}
	}
}

// BenchmarkEvent is what an event of a request costs with the wrapper, beside what it costs without.
func BenchmarkEvent(b *testing.B) {
	event, err := os.ReadFile("../../cart/testdata/put-item.json")
	if err != nil {
		b.Fatal(err)
	}
	handler := func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{StatusCode: 200}, nil
	}
	for name, handler := range map[string]lambda.Handler{"wrapped": Handler(handler), "bare": lambda.NewHandler(handler)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := handler.Invoke(b.Context(), event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
