package release

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"annex/lambdas/internal/httpapi"
)

// API is the new version of the service, called as the service's API calls it, but for its authorizers.
type API struct {
	client            *lambda.Client
	function, version string
	qualifier         string // what is invoked: the version, or the alias where that has nothing else

	mu       sync.Mutex // for a check that goes on after its end
	calls    int
	cleanups []func(context.Context) error
}

// Do sends a request to the new version and gives its answer. The error is a *Failure where the function failed, another
// version answered, or the answer is not one with the status that the request wants. The last two come with the answer,
// for what it may have made to be removed.
func (a *API) Do(ctx context.Context, r Request) (Answer, error) {
	call := a.count()
	event, err := r.event(a.function)
	if err != nil {
		return Answer{}, fmt.Errorf("call %d: %w", call, err)
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return Answer{}, fmt.Errorf("call %d, %s: write the event: %w", call, r.Route, err)
	}
	answer := Answer{exchange: exchange{call: call, request: event}}
	output, err := a.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &a.function, Qualifier: &a.qualifier, Payload: payload})
	if err != nil {
		return Answer{}, answer.failed(err)
	}
	answer.body = string(output.Payload)
	if output.FunctionError != nil {
		return Answer{}, answer.Wrong("the function failed (%s)", *output.FunctionError)
	}
	unreadable := answer.read(output.Payload)
	if executed := aws.ToString(output.ExecutedVersion); executed != a.version {
		return answer, answer.failed(otherVersion{executed, a.version})
	}
	if unreadable != nil {
		return Answer{}, answer.Wrong("this is no answer of an HTTP API: %v", unreadable)
	}
	if want := r.want(); answer.Status != want {
		return answer, answer.Wrong("answered %d, want %d", answer.Status, want)
	}
	return answer, nil
}

// otherVersion is that another version answered, so that this was no check of the new one.
type otherVersion struct{ executed, want string }

func (e otherVersion) Error() string {
	return fmt.Sprintf("version %q answered, want %s", e.executed, e.want)
}

func (a *API) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	return a.calls
}

// Cleanup has f run once the check has ended, however it ended, and with time of its own; the last is run first. Where f
// fails, so does the check.
func (a *API) Cleanup(f func(context.Context) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cleanups = append(a.cleanups, f)
}

func (a *API) clean(ctx context.Context) error {
	a.mu.Lock()
	cleanups := slices.Clone(a.cleanups)
	a.mu.Unlock()
	var left []error
	for _, f := range slices.Backward(cleanups) {
		if err := f(ctx); err != nil {
			left = append(left, fmt.Errorf("clean up: %w", err))
		}
	}
	return errors.Join(left...)
}

// An Answer is what the service answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string

	exchange
}

// read reads a response in payload format 2.0.
func (a *Answer) read(payload []byte) error {
	var response httpapi.Response
	if err := json.Unmarshal(payload, &response); err != nil {
		return err
	}
	if response.StatusCode < 100 || response.StatusCode > 599 {
		return fmt.Errorf("statusCode is %d", response.StatusCode)
	}
	a.Status, a.Body, a.Header = response.StatusCode, response.Body, http.Header{}
	if response.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(response.Body)
		if err != nil {
			return fmt.Errorf("the body is not the base64 that it is said to be: %w", err)
		}
		a.Body = string(body)
	}
	for name, value := range maps.All(response.Headers) {
		a.Header.Set(name, value)
	}
	for _, cookie := range response.Cookies {
		a.Header.Add("Set-Cookie", cookie)
	}
	a.status, a.header, a.body = a.Status, a.Header, a.Body
	return nil
}

// JSON reads the answer's body into v. The answer must be JSON, or a problem; fields that v does not have are left out.
func (a Answer) JSON(v any) error {
	if !isJSON(a.Header.Get("Content-Type")) {
		return a.Wrong("Content-Type is %q, want that of JSON", a.Header.Get("Content-Type"))
	}
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		return a.Wrong("the body is not the JSON that is wanted: %v", err)
	}
	return nil
}
