// Package releasetest stands in for Lambda and CodeDeploy, over HTTP, so that release checks are tried as they are run,
// against versions that are good and versions that are not. Only tests import it.
package releasetest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/release"
)

// Function is the ARN of the function that is released, from version 1 to version 2.
const Function = "arn:aws:lambda:eu-west-1:123456789012:function:annex-test-service"

// A Version is what a version of the function does with an event, until ctx ends, for then nobody waits any more.
type Version func(ctx context.Context, event []byte) Output

// An Output is what Lambda answers an invocation.
type Output struct {
	Payload []byte
	// FunctionError is set where the function failed: "Unhandled".
	FunctionError string
	// ExecutedVersion is which version that was.
	// Default: 2.
	ExecutedVersion string
	// Refused is a status and the code of an error with which Lambda does not invoke the function at all.
	Refused int
	Code    string
}

// A Release is the time at which the check is run.
type Release struct {
	// New is version 2. Required.
	New Version
	// Shifted says that the alias names version 2 by now, to which all requests go.
	Shifted bool
	// Weighted says that the alias has a weight for version 1 beside.
	Weighted bool
	// Timeout is how much time the check's function has.
	// Default: no limit.
	Timeout time.Duration
	// Reported gives CodeDeploy's answer to a report, from the first: a status, and an error's code.
	// Default: 200.
	Reported func(attempt int) (status int, code string)
	// Edit changes the check's environment.
	Edit func(environment map[string]string)
}

// An Outcome is what became of the check.
type Outcome struct {
	Status     string   // what CodeDeploy was told and took: Succeeded or Failed, or nothing
	Reports    int      // how often it was told
	Qualifiers []string // which were invoked
	Logs       string
	Err        error // of the check's function
}

// Try runs the check once, as CodeDeploy does.
func (r Release) Try(t *testing.T, check release.Check) Outcome {
	t.Helper()
	aws := &services{release: r}
	server := httptest.NewServer(aws)
	defer server.Close()
	environment := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": server.URL,
		"FUNCTION_ARN": Function, "VERSION": "2",
	}
	if r.Edit != nil {
		r.Edit(environment)
	}
	logs := &logs{}
	handler, err := release.Handler(slog.New(slog.NewTextHandler(logs, nil)), func(name string) string { return environment[name] }, check)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if r.Timeout != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	err = handler(ctx, release.Event{DeploymentID: "d-EXAMPLE", ExecutionID: "execution"})
	aws.mu.Lock()
	defer aws.mu.Unlock()
	outcome := aws.outcome
	outcome.Logs, outcome.Err = logs.String(), err
	return outcome
}

type services struct {
	release Release

	mu      sync.Mutex
	outcome Outcome
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	switch {
	case r.Header.Get("X-Amz-Target") == "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus":
		s.report(w, body)
	case r.URL.Path == "/2015-03-31/functions/"+Function+"/aliases/live":
		alias := map[string]any{"Name": "live", "FunctionVersion": "1"}
		if s.release.Shifted {
			alias["FunctionVersion"] = "2"
		}
		if s.release.Weighted {
			alias["RoutingConfig"] = map[string]any{"AdditionalVersionWeights": map[string]float64{"1": 1}}
		}
		_ = json.NewEncoder(w).Encode(alias)
	case r.URL.Path == "/2015-03-31/functions/"+Function+"/invocations":
		s.invoke(r.Context(), w, r.URL.Query().Get("Qualifier"), body)
	default:
		refuse(w, http.StatusForbidden, "AccessDeniedException")
	}
}

func (s *services) report(w http.ResponseWriter, body []byte) {
	var report struct{ DeploymentID, LifecycleEventHookExecutionID, Status string }
	if err := json.Unmarshal(body, &report); err != nil || report.DeploymentID != "d-EXAMPLE" || report.LifecycleEventHookExecutionID != "execution" {
		refuse(w, http.StatusBadRequest, "InvalidLifecycleEventHookExecutionIdException")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcome.Reports++
	if s.release.Reported != nil {
		if status, code := s.release.Reported(s.outcome.Reports); status != http.StatusOK {
			refuse(w, status, code)
			return
		}
	}
	s.outcome.Status = report.Status
	_, _ = io.WriteString(w, `{"lifecycleEventHookExecutionId":"execution"}`)
}

func (s *services) invoke(ctx context.Context, w http.ResponseWriter, qualifier string, event []byte) {
	s.mu.Lock()
	s.outcome.Qualifiers = append(s.outcome.Qualifiers, qualifier)
	s.mu.Unlock()
	output := s.release.New(ctx, event)
	if output.Refused != 0 {
		refuse(w, output.Refused, output.Code)
		return
	}
	w.Header().Set("X-Amz-Executed-Version", "2")
	if output.ExecutedVersion != "" {
		w.Header().Set("X-Amz-Executed-Version", output.ExecutedVersion)
	}
	if output.FunctionError != "" {
		w.Header().Set("X-Amz-Function-Error", output.FunctionError)
	}
	_, _ = w.Write(output.Payload)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": "refused by the test"})
}

// logs may be written to by a check that goes on after its end.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Changed is a version that answers as another does, but for what change does to its answers.
func Changed(t *testing.T, version Version, change func(request httpapi.Request, response *httpapi.Response)) Version {
	return func(ctx context.Context, event []byte) Output {
		output := version(ctx, event)
		var request httpapi.Request
		var response httpapi.Response
		for document, v := range map[*[]byte]any{&event: &request, &output.Payload: &response} {
			if err := json.Unmarshal(*document, v); err != nil {
				t.Errorf("%s: %v", *document, err)
			}
		}
		change(request, &response)
		payload, err := json.Marshal(response)
		if err != nil {
			t.Error(err)
		}
		output.Payload = payload
		return output
	}
}
