package apigateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"time"
)

// Exchange is what became of a request, as an access log would have it.
type Exchange struct {
	Time     time.Time
	Host     string // without a port
	Method   string
	Path     string // as the client sent it, escaped
	API      string // its name; empty when no API was found
	RouteKey string // empty when no route was found, and for a preflight
	Function string // ARN
	Version  string // of the function that ran, such as 2; empty when none did
	Status   int    // 0 when the request ended early

	Cold     bool          // a new execution environment was started
	Init     time.Duration // of that environment, as Lambda reports it
	Duration time.Duration // of the invocation, as Lambda reports it
	Latency  time.Duration // of the whole request

	Authorizer        string        // its name, or AWS_IAM; empty where none was asked
	AuthorizerTime    time.Time     // when it was asked
	AuthorizerLatency time.Duration // until it answered

	RequestID    string // of the request: Apigw-Requestid and requestContext.requestId
	InvocationID string // Lambda's, as in the function's log

	// Err says why the answer is not the function's own; nil when it is.
	Err error
}

// NewRequestID is a request ID in API Gateway's form, such as
// LV7fzho-PHcEJPw= (§1.4).
func NewRequestID() string {
	var id [11]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.URLEncoding.EncodeToString(id[:])
}

// NewTraceID is an X-Amzn-Trace-Id, such as
// Root=1-5e9f0c65-1de4d666d4dd26aced652b6c: the time in seconds and 96
// random bits.
func NewTraceID(now time.Time) string {
	var id [12]byte
	_, _ = rand.Read(id[:]) // never fails
	return fmt.Sprintf("Root=1-%08x-%s", now.Unix(), hex.EncodeToString(id[:]))
}

// SourceIP is the address of whoever connected: CloudFront's for a request
// through the distribution. One that was handed over in this process has no
// address of its own, so it comes from loopback.
func SourceIP(remote string) string {
	address, _, err := net.SplitHostPort(remote)
	if err != nil || address == "" {
		return "127.0.0.1"
	}
	address, _, _ = strings.Cut(address, "%") // the zone
	return address
}
