package codedeploy

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"annex/local/lambda"
)

// The errors of PutHookStatus, for which CodeDeploy has names.
var (
	ErrNoExecution = errors.New("the deployment has no execution of a hook with this ID")
	ErrCompleted   = errors.New("the hook has been answered")
)

// hookExecution is one run of a hook.
type hookExecution struct {
	status   chan string // takes one
	answered bool
}

// hookError says that a hook did not pass.
type hookError struct{ text string }

func (e *hookError) Error() string { return e.text }

// verdictTimeout is how long a hook's verdict may come after the hook has
// returned. CodeDeploy waits for an hour, in case another function gives it; a
// developer takes that for a hang.
const verdictTimeout = 10 * time.Second

// hook runs a hook and waits for its verdict; no hook passes.
func (d *Deployment) hook(ctx context.Context, event, functionARN string) error {
	if functionARN == "" {
		return nil
	}
	id := rand.Text()
	execution := &hookExecution{status: make(chan string, 1)}
	d.mu.Lock()
	d.hooks[id] = execution
	d.mu.Unlock()
	payload, err := json.Marshal(map[string]string{"DeploymentId": d.ID, "LifecycleEventHookExecutionId": id})
	if err != nil {
		return fmt.Errorf("%s: %w", event, err)
	}
	_, name, _ := strings.Cut(functionARN, ":function:")
	d.report(InProgress, "%s: running %s", event, name)
	returned := make(chan error, 1)
	var invoking sync.WaitGroup
	defer invoking.Wait()
	invoked, leave := context.WithCancel(ctx) // the function runs on when nobody waits for it
	defer leave()
	invoking.Go(func() {
		result, err := d.options.Lambda.Invoke(invoked, functionARN, payload)
		returned <- hookFailure(result, err)
	})
	var late <-chan time.Time
	for {
		select {
		case status := <-execution.status:
			if status != string(Succeeded) {
				return &hookError{fmt.Sprintf("%s: the check says %s, and its log in the terminal of `make run` why", event, status)}
			}
			d.report(InProgress, "%s: %s", event, status)
			return nil
		case err := <-returned:
			if len(execution.status) > 0 {
				continue
			}
			if err != nil {
				return &hookError{fmt.Sprintf("%s: %v", event, err)}
			}
			late = time.After(verdictTimeout)
		case <-late:
			return &hookError{event + ": the check has ended and did not call PutLifecycleEventHookExecutionStatus, for which CodeDeploy would wait an hour"}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// hookFailure is why a hook itself failed.
func hookFailure(result *lambda.Result, err error) error {
	if err == nil && result.FunctionError != "" {
		err = fmt.Errorf("the check failed: %s", result.Payload)
	}
	return err
}

// PutHookStatus takes a hook's verdict: Succeeded or Failed. The error is
// ErrNoExecution or ErrCompleted.
func (d *Deployment) PutHookStatus(executionID, status string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	execution, ok := d.hooks[executionID]
	switch {
	case !ok:
		return ErrNoExecution
	case execution.answered:
		return ErrCompleted
	}
	execution.answered = true
	execution.status <- status
	return nil
}
