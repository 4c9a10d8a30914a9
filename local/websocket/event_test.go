package websocket

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// shape is an event with what differs each time taken out: it says where a text
// or a number is.
func shape(value any) any {
	switch v := value.(type) {
	case map[string]any:
		shaped := map[string]any{}
		for key, inner := range v {
			shaped[key] = shape(inner)
		}
		return shaped
	case []any:
		shaped := make([]any, len(v))
		for i, inner := range v {
			shaped[i] = shape(inner)
		}
		return shaped
	case string:
		return "text"
	case float64:
		return 0.0
	}
	return value
}

func parsed(t *testing.T, text string) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// The events as AWS sent them, with values left out: in aws-lambda-go's
// testdata (apigw-websocket-request-send-message.json and
// -disconnect.json), in typelevel/feral's tests, and in the guide for the
// authorizer. The authorizer's part is in a capture of boto/boto3#3789.
const (
	capturedContext = `"extendedRequestId": "", "requestTime": "", "messageDirection": "IN", "stage": "dev", "connectedAt": 0, "requestTimeEpoch": 0,
		"identity": {"userAgent": "", "sourceIp": ""}, "requestId": "", "domainName": "", "connectionId": "", "apiId": "",
		"authorizer": {"principalId": "page", "topic": "c1", "number": "1", "boolean": "true"}`
	capturedConnect = `{
		"headers": {"Host": "", "Sec-WebSocket-Key": "", "Sec-WebSocket-Version": "13", "User-Agent": "", "Accept-Encoding": "", "Origin": "", "X-Amzn-Trace-Id": "", "X-Forwarded-For": "", "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"},
		"multiValueHeaders": {"Host": [""], "Sec-WebSocket-Key": [""], "Sec-WebSocket-Version": ["13"], "User-Agent": [""], "Accept-Encoding": [""], "Origin": [""], "X-Amzn-Trace-Id": [""], "X-Forwarded-For": [""], "X-Forwarded-Port": ["443"], "X-Forwarded-Proto": ["https"]},
		"queryStringParameters": {"cart": "c1"}, "multiValueQueryStringParameters": {"cart": ["c1"]},
		"requestContext": {"routeKey": "$connect", "eventType": "CONNECT", ` + capturedContext + `}, "isBase64Encoded": false}`
	capturedMessage = `{
		"requestContext": {"routeKey": "$default", "messageId": "", "eventType": "MESSAGE", ` + capturedContext + `}, "body": "", "isBase64Encoded": false}`
	capturedDisconnect = `{
		"headers": {"Host": "", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""},
		"multiValueHeaders": {"Host": [""], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""]},
		"requestContext": {"routeKey": "$disconnect", "disconnectStatusCode": 1001, "eventType": "DISCONNECT", "disconnectReason": "", ` + capturedContext + `}, "isBase64Encoded": false}`
)

func TestEvents(t *testing.T) {
	f := newFunctions(nil)
	s := start(t, config(), f, Options{})
	conn, _, err := s.dial(t, "/updates?cart=c1", http.Header{"Origin": {"https://www.dev.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	say(t, conn, "not JSON")
	hear(t, conn)
	if err := conn.Close(1001, ""); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ fact, captured string }{
		{"4.3 $connect", capturedConnect},
		{"4.3 a message has no headers and no query string", capturedMessage},
		{"4.3 $disconnect", capturedDisconnect},
	} {
		t.Run(c.fact, func(t *testing.T) {
			event := f.event(t, i+1)
			if diff := cmp.Diff(shape(parsed(t, c.captured)), shape(event)); diff != "" {
				t.Errorf("(-captured +got):\n%s", diff)
			}
			strict := json.NewDecoder(strings.NewReader(string(encoded(event))))
			strict.DisallowUnknownFields()
			var typed events.APIGatewayWebsocketProxyRequest
			if err := strict.Decode(&typed); err != nil {
				t.Errorf("aws-lambda-go: %v", err)
			}
			x := typed.RequestContext
			if x.RequestID != x.ExtendedRequestID || !ValidID(x.ConnectionID) || x.MessageDirection != "IN" || x.DomainName != domain || x.APIID != "sock0000" || x.Stage != "dev" || x.RequestTimeEpoch < x.ConnectedAt {
				t.Errorf("requestContext is %+v", x)
			}
		})
	}
	t.Run("4.3 what the authorizer gets", func(t *testing.T) {
		event := f.event(t, 0)
		if event["type"] != "REQUEST" || event["methodArn"] != stageARN+"/$connect" {
			t.Errorf("it gets %v %v", event["type"], event["methodArn"])
		}
		headers, _ := event["headers"].(map[string]any)
		if headers["Connection"] != "upgrade" || headers["Upgrade"] != "websocket" || headers["Origin"] != "https://www.dev.example.com" {
			t.Errorf("it gets the headers %v", headers)
		}
		strict := json.NewDecoder(strings.NewReader(string(encoded(event))))
		var typed events.APIGatewayCustomAuthorizerRequestTypeRequest
		if err := strict.Decode(&typed); err != nil || typed.QueryStringParameters["cart"] != "c1" || typed.RequestContext.Stage != "dev" {
			t.Errorf("aws-lambda-go reads %+v, %v", typed, err)
		}
		for _, absent := range []string{"body", "isBase64Encoded"} {
			if _, there := event[absent]; there {
				t.Errorf("it gets %s", absent)
			}
		}
	})
	t.Run("4.3 stage variables come with each event", func(t *testing.T) {
		changed := config()
		changed.APIs[0].Stages[0].Variables = map[string]string{"colour": "red"}
		f := newFunctions(nil)
		conn := start(t, changed, f, Options{}).connect(t)
		say(t, conn, "hello")
		for n := range 3 {
			if variables, _ := f.event(t, n)["stageVariables"].(map[string]any); variables["colour"] != "red" {
				t.Errorf("event %d has %v", n, variables)
			}
		}
	})
}
