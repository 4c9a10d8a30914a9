package websocket

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"annex/local/lambda"
)

// Exchange is what became of a handshake, a message or the end of a connection.
type Exchange struct {
	Time         time.Time
	Host         string // the custom domain, or the endpoint
	API          string // its name; empty where none was found
	RouteKey     string // empty where a message found no route
	ConnectionID string
	RequestID    string // of the event
	Bytes        int    // of a message

	Function     string        // ARN
	Version      string        // that ran; empty where none did
	InvocationID string        // Lambda's, as in the function's log
	Cold         bool          // a new execution environment was started
	Init         time.Duration // of that environment
	Duration     time.Duration // of the invocation
	Latency      time.Duration // of the whole

	Authorizer        string        // its name, or AWS_IAM; empty where none was asked
	AuthorizerTime    time.Time     // when it was asked
	AuthorizerLatency time.Duration // until it answered

	Status    int    // of a handshake's answer, 101 for one that connects; 0 for others
	Closed    int    // the code that a connection was closed with; 0 while it is open
	WhyClosed string // and the reason

	// Err says why the client does not get what the function returned; nil when
	// it does, or gets nothing as it should.
	Err error
}

// ran notes what Lambda did.
func (x *Exchange) ran(result *lambda.Result) {
	if result == nil {
		return
	}
	x.Version, x.InvocationID, x.Cold, x.Init, x.Duration = result.Version, result.RequestID, result.Cold, result.Init, result.Duration
}

// refusal is what API Gateway says itself, in place of a function.
type refusal struct {
	status  int    // of a handshake's answer
	message string // what the client is told
	cause   error  // what the developer is told
}

func (r *refusal) Error() string { return r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

// body is how clients get it, after the handshake and as the answer to one:
// {"message": "Internal server error", "connectionId": "…", "requestId": "…"}
// (captures in aws/aws-cdk#18208 and Kludex/mangum#128).
func (r *refusal) body(connectionID, requestID string) []byte {
	return fmt.Appendf(nil, `{"message": %s, "connectionId":%s, "requestId":%s}`, quoted(r.message), quoted(connectionID), quoted(requestID))
}

func quoted(text string) string {
	data, _ := json.Marshal(text) // a string has no error
	return string(data)
}

// forbidden is the answer to who may not connect, and to a message that finds no
// route (aws-samples/simple-websockets-chat-app#24).
func forbidden(format string, args ...any) *refusal {
	return &refusal{http.StatusForbidden, "Forbidden", fmt.Errorf(format, args...)}
}

// unauthorized is the answer to who does not say who it is.
func unauthorized(format string, args ...any) *refusal {
	return &refusal{http.StatusUnauthorized, "Unauthorized", fmt.Errorf(format, args...)}
}

// failed is the answer where a function could not be asked, or failed. Clients
// report 502 for a $connect that fails, and 500 for an authorizer.
func failed(status int, format string, args ...any) *refusal {
	return &refusal{status, "Internal server error", fmt.Errorf(format, args...)}
}

// throttled has the status of HTTP APIs, and the words [?].
func throttled(key string) *refusal {
	return &refusal{http.StatusTooManyRequests, "Too Many Requests", fmt.Errorf("route %q is over the throttle of its stage", key)}
}

// timedOut has its words from Kludex/mangum#128.
func timedOut(function string, timeout time.Duration) *refusal {
	return &refusal{http.StatusGatewayTimeout, "Endpoint request timed out", fmt.Errorf("function %s did not answer within the integration's %s; it may run on", function, timeout)}
}

// unsupported answers what this gateway cannot do. AWS would not: it says so.
func unsupported(reason string) *refusal {
	return &refusal{http.StatusNotImplemented, "local mode cannot serve this: " + reason, errors.New(reason)}
}
