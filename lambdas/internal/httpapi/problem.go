package httpapi

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// A Problem is an answer that says what went wrong, as application/problem+json (RFC 9457). It is an error, so a
// Route returns it as one.
type Problem struct {
	// Status is the HTTP status, 400 to 599, which also gives the problem its title. With 500 the function fails, and
	// nothing else of the problem is sent. Required.
	Status int

	// Detail is one sentence for whoever reads the answer: what happened, and what to do about it.
	// Default: none.
	Detail string

	// Errors name the fields of the request that are at fault.
	Errors []FieldError

	// RetryAfter says when it is worth asking again, rounded up to whole seconds.
	// Default: the answer does not say.
	RetryAfter time.Duration

	// Cause is logged and never sent.
	Cause error
}

// A FieldError says what is wrong with one field of a request: a field of the body ("quantity"), a path or query
// parameter ("limit"), a header ("If-Match"), or the whole "body".
type FieldError struct {
	Field string `json:"field"`
	// Detail follows the field's name in a sentence: "must be a whole number from 1 to 99, was -1".
	Detail string `json:"detail"`
}

// Invalid is the problem, with status 400, of a request with one bad field.
func Invalid(field, detail string) *Problem {
	return &Problem{
		Status: http.StatusBadRequest,
		Detail: field + " " + detail + ".",
		Errors: []FieldError{{Field: field, Detail: detail}},
	}
}

// Unavailable is the problem, with status 503, of a dependency that is overloaded, down or too slow.
func Unavailable(cause error) *Problem {
	return &Problem{
		Status:     http.StatusServiceUnavailable,
		Detail:     "The service cannot answer at the moment. Try again shortly.",
		RetryAfter: 2 * time.Second,
		Cause:      cause,
	}
}

// Error is the problem for the log.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%d %s", p.Status, http.StatusText(p.Status))
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Cause != nil {
		text += ": " + p.Cause.Error()
	}
	return text
}

// Unwrap is the problem's cause.
func (p *Problem) Unwrap() error { return p.Cause }

func (p *Problem) response() Response {
	body, err := json.Marshal(struct {
		Type   string       `json:"type"`
		Title  string       `json:"title"`
		Status int          `json:"status"`
		Detail string       `json:"detail,omitempty"`
		Errors []FieldError `json:"errors,omitempty"`
	}{"about:blank", http.StatusText(p.Status), p.Status, p.Detail, p.Errors})
	if err != nil {
		panic(err) // strings and a number always marshal
	}

	headers := map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
	if p.RetryAfter > 0 {
		headers["Retry-After"] = strconv.Itoa(int(math.Ceil(p.RetryAfter.Seconds())))
	}
	return Response{StatusCode: p.Status, Headers: headers, Body: string(body)}
}
