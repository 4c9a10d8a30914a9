package lambda

import (
	"errors"
	"fmt"
)

// ErrClosed is the error of an invocation that Close ended or came before.
var ErrClosed = errors.New("lambda: the service is closed")

// ResourceNotFoundError says that there is no such function, version or alias.
type ResourceNotFoundError struct {
	ARN string
}

// Error is Lambda's own message.
func (e *ResourceNotFoundError) Error() string {
	return "ResourceNotFoundException: Function not found: " + e.ARN
}

// RequestTooLargeError says that an event exceeds Lambda's limit for
// synchronous invocations, 6 MB.
type RequestTooLargeError struct {
	Function string
	Size     int // bytes
}

// Error is Lambda's own message, with the size that was found.
func (e *RequestTooLargeError) Error() string {
	return fmt.Sprintf("RequestTooLargeException: Request must be smaller than %d bytes for the InvokeFunction operation: the event for %s has %d",
		requestLimit, e.Function, e.Size)
}

// TooManyRequestsError says that as many invocations of the function are under
// way as its reserved concurrency allows.
type TooManyRequestsError struct {
	Function string
	Limit    int
}

// Error is Lambda's own message and reason, with the limit.
func (e *TooManyRequestsError) Error() string {
	return fmt.Sprintf("TooManyRequestsException: Rate Exceeded. (%s: function %s reserves %d)", e.Reason(), e.Function, e.Limit)
}

// Reason is the exception's Reason member.
func (e *TooManyRequestsError) Reason() string {
	return "ReservedFunctionConcurrentInvocationLimitExceeded"
}

// UnsupportedError says that Lambda would run the function, and local mode
// cannot.
type UnsupportedError struct {
	ARN    string
	Reason string
}

// Error names the function and the reason.
func (e *UnsupportedError) Error() string {
	return "local mode cannot run " + e.ARN + ": " + e.Reason
}
