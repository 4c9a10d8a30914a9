package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"annex/local/aws"
	"annex/local/lambda"
)

// functions is Lambda for those who call it through the endpoint: the functions
// that are current.
type functions struct{ system *system }

func (f functions) service() *lambda.Service { return f.system.current.Load().functions }

func (f functions) Invoke(ctx context.Context, functionARN string, event []byte) (aws.Invocation, error) {
	result, err := recordedInvoker{f.service(), f.system, "Invoke"}.Invoke(ctx, functionARN, event)
	if err != nil {
		return aws.Invocation{}, refusal(err)
	}
	return aws.Invocation{RequestID: result.RequestID, Version: result.Version, FunctionError: result.FunctionError, Payload: result.Payload}, nil
}

func (f functions) Queue(functionARN string, event []byte) error {
	if err := f.Find(functionARN); err != nil {
		return err
	}
	f.system.queue.Send("", functionARN, event)
	return nil
}

func (f functions) Find(functionARN string) error {
	if err := f.service().Find(functionARN); err != nil {
		return refusal(err)
	}
	return nil
}

func (f functions) Alias(functionARN, name string) (aws.Alias, error) {
	alias, found := f.service().Alias(functionARN, name)
	if !found {
		return aws.Alias{}, &aws.Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: fmt.Sprintf("Cannot find alias arn: %s:%s", functionARN, name)}
	}
	return aws.Alias{FunctionVersion: alias.Version, Weights: alias.Weights}, nil
}

// refusal is what Lambda answers with for an error of an invocation.
func refusal(err error) error {
	if e, ok := errors.AsType[*lambda.ResourceNotFoundError](err); ok {
		return &aws.Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "Function not found: " + e.ARN}
	}
	if e, ok := errors.AsType[*lambda.TooManyRequestsError](err); ok {
		return &aws.Refusal{Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Rate Exceeded.", Reason: e.Reason()}
	}
	if e, ok := errors.AsType[*lambda.UnsupportedError](err); ok {
		return &aws.Refusal{Status: http.StatusNotImplemented, Code: "NotImplementedException", Message: e.Error()}
	}
	return err
}
