package main

import (
	"errors"
	"io"
	"testing"

	"annex/local/aws"
	"annex/local/lambda"

	"github.com/google/go-cmp/cmp"
)

func TestTheEndpointAnswersAsLambdaWould(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want *aws.Refusal
	}{
		"not there": {&lambda.ResourceNotFoundError{ARN: "arn"}, &aws.Refusal{Status: 404, Code: "ResourceNotFoundException", Message: "Function not found: arn"}},
		"throttled": {
			&lambda.TooManyRequestsError{Function: "cart", Limit: 5},
			&aws.Refusal{Status: 429, Code: "TooManyRequestsException", Message: "Rate Exceeded.", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded"},
		},
		"not here": {
			&lambda.UnsupportedError{ARN: "arn", Reason: "its runtime is python3.13"},
			&aws.Refusal{Status: 501, Code: "NotImplementedException", Message: "local mode cannot run arn: its runtime is python3.13"},
		},
		"any other": {io.EOF, nil},
	} {
		got, _ := errors.AsType[*aws.Refusal](refusal(c.err))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestFunctionsAreTheCurrentOnes asks for the functions before and after others
// take their place.
func TestFunctionsAreTheCurrentOnes(t *testing.T) {
	const arn = "arn:aws:lambda:eu-west-1:111122223333:function:cart"
	of := func(version string) []lambda.Function {
		return []lambda.Function{{Name: "cart", ARN: arn, Aliases: map[string]lambda.Alias{"live": {Version: version, Weights: map[string]float64{"9": 0.5}}}}}
	}
	s := &system{}
	first := lambda.New(of("1"), lambda.Options{})
	defer first.Close()
	s.current.Store(&served{functions: first})
	f := functions{s}
	if err := f.Find(arn + ":live"); err != nil {
		t.Error(err)
	}
	for _, version := range []string{"1", "2"} {
		got, err := f.Alias(arn, "live")
		if err != nil || got.FunctionVersion != version || got.Weights["9"] != 0.5 {
			t.Errorf("live is %+v, %v, want version %s", got, err, version)
		}
		s.current.Store(&served{functions: first.Next(of("2"))})
	}
	if _, err := f.Alias(arn, "gone"); refusedWith(err) != "Cannot find alias arn: "+arn+":gone" {
		t.Errorf("an alias that is not there: %v", err)
	}
	if err := f.Queue(arn+":gone", nil); refusedWith(err) != "Function not found: "+arn+":gone" {
		t.Errorf("queueing for what is not there: %v", err)
	}
}

// refusedWith is the message of a refusal; empty for another error.
func refusedWith(err error) string {
	r, ok := errors.AsType[*aws.Refusal](err)
	if !ok {
		return ""
	}
	return r.Message
}
