package aws

import (
	"context"
	"errors"
	"net/http"
)

// Functions is Lambda, for those who call it through the endpoint. Each call is
// about the functions that are current. An error that Lambda would answer with
// is a *Refusal.
type Functions interface {
	// Invoke runs a function and waits for what it makes of the event. The ARN
	// may end in a qualifier.
	Invoke(ctx context.Context, functionARN string, event []byte) (Invocation, error)

	// Queue has a function run when it can, without its caller waiting for it.
	Queue(functionARN string, event []byte) error

	// Find says whether there is such a function, with such a qualifier.
	Find(functionARN string) error

	// Alias is an alias of a function, whose ARN has no qualifier.
	Alias(functionARN, name string) (Alias, error)
}

// Invocation is what a function made of an event.
type Invocation struct {
	RequestID     string
	Version       string // that ran
	FunctionError string // empty, or such as Unhandled
	Payload       []byte
}

// Alias is an alias of a function.
type Alias struct {
	FunctionVersion string
	Weights         map[string]float64 // the share, from 0 to 1, of the requests that another version gets; nil for none
}

// CodeDeploy is the deployments of functions, for their hooks.
type CodeDeploy interface {
	// Group is the ARN of the deployment group that a deployment is of.
	Group(deploymentID string) (arn string, found bool)

	// PutHookStatus takes what a hook found: Succeeded or Failed. An error that
	// CodeDeploy would answer with is a *Refusal.
	PutHookStatus(deploymentID, executionID, status string) error
}

// Refusal is an error that a service answers with.
type Refusal struct {
	Status  int    // of the HTTP answer
	Code    string // such as ResourceNotFoundException
	Message string
	Reason  string // of a TooManyRequestsException; empty for others
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// refusal is the Refusal that the error is, and otherwise the one for what
// should not have happened.
func refusal(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return &Refusal{Status: http.StatusInternalServerError, Code: "ServiceException", Message: err.Error()}
}
