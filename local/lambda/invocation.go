package lambda

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"annex/local/uuid"
)

// invocation is one event on its way through an execution environment. Until
// done is closed it belongs to the environment and its mutex.
type invocation struct {
	id      string // the request ID, a UUID
	trace   string // the X-Ray header
	arn     string // as the caller wrote it
	payload []byte

	cold     bool          // a process was started for it
	init     time.Duration // of the init phase that came before it, if one did
	started  time.Time     // when its time began to count
	timer    *time.Timer   // ends it at its deadline; nil until its time counts
	deadline time.Time
	timedOut bool

	done   chan struct{}
	result *Result
	err    error
}

func newInvocation(arn string, payload []byte) *invocation {
	return &invocation{
		id:      uuid.New(),
		trace:   fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", time.Now().Unix(), random(12), random(8)),
		arn:     arn,
		payload: payload,
		done:    make(chan struct{}),
	}
}

func random(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // crypto/rand never fails
	return b
}

// answer is what a runtime posted for an event.
type answer struct {
	payload       []byte
	functionError string
}

// failed is the answer for a function that could not give its own.
func failed(payload []byte) answer {
	return answer{payload: payload, functionError: "Unhandled"}
}

// failure is why a process could not answer an event (http-edge.md §2.2).
type failure struct {
	kind    string // such as Runtime.ExitError
	message string // without the request ID that Lambda puts before it
	posted  []byte // what the runtime posted about it, which then is the answer
}

// timedOut is the error type of what took too long.
const timedOut = "Sandbox.Timedout"

// timeout is the failure of an invocation that took longer than its function
// may.
func timeout(limit time.Duration) failure {
	return failure{kind: timedOut, message: fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds())}
}

// initError is the failure that a runtime posted about its init.
func initError(posted []byte) *failure {
	var described struct {
		ErrorType string `json:"errorType"`
	}
	if err := json.Unmarshal(posted, &described); err != nil || described.ErrorType == "" {
		described.ErrorType = "Runtime.Unknown"
	}
	return &failure{kind: described.ErrorType, posted: posted}
}

// text is the failure as Lambda logs it.
func (f failure) text(requestID string) string {
	return "RequestId: " + requestID + " Error: " + f.message
}

func (f failure) answer(requestID string) answer {
	if f.posted != nil {
		return failed(f.posted)
	}
	return failed(errorPayload(f.kind, f.text(requestID)))
}

// errorPayload describes an error as Lambda itself does.
func errorPayload(kind, message string) []byte {
	payload, err := json.Marshal(struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}{kind, message})
	if err != nil {
		panic(err) // two strings always marshal
	}
	return payload
}
