package events

import (
	"fmt"
	"time"

	"annex/local/assembly"
	"annex/local/lambda"
)

// readRetries reads what becomes of asynchronous invocations of an alias or a
// version, whose ARN it gives.
func readRetries(r *assembly.Resource, functions []lambda.Function) (arn string, retries Retries, notices []assembly.Notice, err error) {
	type destination struct{ Destination string }
	var p struct {
		FunctionName             string
		Qualifier                string
		MaximumRetryAttempts     *int
		MaximumEventAgeInSeconds *int
		DestinationConfig        struct{ OnSuccess, OnFailure destination }
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return "", retries, nil, err
	}
	notices = assembly.Unknown(r, unknown)
	retries = usual
	if p.MaximumRetryAttempts != nil {
		retries.Attempts = *p.MaximumRetryAttempts
	}
	if p.MaximumEventAgeInSeconds != nil {
		retries.Age = time.Duration(*p.MaximumEventAgeInSeconds) * time.Second
	}
	for _, d := range []struct {
		property, arn string
		into          *string
	}{
		{"OnSuccess", p.DestinationConfig.OnSuccess.Destination, &retries.OnSuccess},
		{"OnFailure", p.DestinationConfig.OnFailure.Destination, &retries.OnFailure},
	} {
		switch {
		case d.arn == "" || isQueueARN(d.arn) || isFunctionARN(d.arn):
			*d.into = d.arn
		default:
			notices = append(notices, assembly.Notice{Resource: r, Property: "DestinationConfig." + d.property, Reason: fmt.Sprintf("%s is no queue and no function: local mode tells no other destinations", d.arn)})
		}
	}
	f, _, found := findFunction(functions, r, p.FunctionName)
	if !found {
		return "", retries, append(notices, assembly.Notice{Resource: r, Property: "FunctionName", Reason: p.FunctionName + " is no function of the templates"}), nil
	}
	arn = f.ARN
	if p.Qualifier != "" && p.Qualifier != "$LATEST" {
		arn += ":" + p.Qualifier
	}
	return arn, retries, notices, nil
}

// readDeadLetters finds the dead-letter queue of a function.
func readDeadLetters(r *assembly.Resource) (functionARN, queueARN string, notices []assembly.Notice, err error) {
	var p struct {
		DeadLetterConfig struct {
			TargetARN string `json:"TargetArn"`
		}
	}
	if _, err := r.Decode(&p); err != nil {
		return "", "", nil, err
	}
	target := p.DeadLetterConfig.TargetARN
	if target != "" && !isQueueARN(target) {
		return "", "", []assembly.Notice{{Resource: r, Property: "DeadLetterConfig", Reason: target + " is no queue: local mode has no other dead letters"}}, nil
	}
	functionARN, err = r.Att("Arn")
	return functionARN, target, nil, err
}
