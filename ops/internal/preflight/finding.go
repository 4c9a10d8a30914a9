// Package preflight looks at the account and at DNS for what a deployment of
// the cloud assembly would trip over, and changes nothing. Only ops/preflight
// may import it.
//
// A check is a function that reads by narrow interfaces of the SDK's clients,
// and leaves the judgement to a pure function of what it has read.
package preflight

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"

	"annex/ops/internal/account"
)

// Severity says what a finding means to a deployment.
type Severity int

// The severities, the gravest first.
const (
	// Stops is what a deployment fails at, or what does not work after it.
	Stops Severity = iota
	// Unknown is what could not be looked at, and may be anything.
	Unknown
	// Surprises is what a deployment gets over, and somebody would not expect.
	Surprises
	// Fine is what was looked at and is as it has to be.
	Fine
)

// String is the word for it in the report.
func (s Severity) String() string {
	return [...]string{"stop", "unknown", "surprise", "fine"}[s]
}

// Finding is what a check has to say of one thing.
type Finding struct {
	Severity Severity
	Resource string // what it is about: "www.example.com A", a construct's path
	Found    string
	Do       string // empty where nothing has to be done
}

func stops(resource, do, found string, arguments ...any) Finding {
	return Finding{Stops, resource, fmt.Sprintf(found, arguments...), do}
}

func surprises(resource, do, found string, arguments ...any) Finding {
	return Finding{Surprises, resource, fmt.Sprintf(found, arguments...), do}
}

func fine(resource, found string, arguments ...any) Finding {
	return Finding{Fine, resource, fmt.Sprintf(found, arguments...), ""}
}

// unknown says why something could not be looked at: which permission is
// missing, or what went wrong.
func unknown(resource string, err error) Finding {
	if action := missingPermission(err); action != "" {
		return Finding{Unknown, resource, "could not look: needs " + action, "run it as somebody who has that permission"}
	}
	return Finding{Unknown, resource, fmt.Sprintf("could not look: %v", err), ""}
}

// missingPermission is the IAM action that the caller lacks, empty if the error
// is of another kind.
func missingPermission(err error) string {
	var operation *smithy.OperationError
	if !errors.As(err, &operation) {
		return ""
	}
	switch account.ErrorCode(err) {
	case "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation", "AuthorizationError", "UnauthorizedException":
		return action(operation.Service(), operation.Operation())
	}
	return ""
}

// action is the IAM action that allows an operation (service authorization
// reference). Most have its name.
func action(service, operation string) string {
	switch {
	case service == "ApiGatewayV2" || service == "API Gateway":
		return "apigateway:GET"
	case service == "S3" && operation == "HeadBucket":
		return "s3:ListBucket"
	case service == "S3" && operation == "HeadObject":
		return "s3:GetObjectVersion"
	}
	prefix := map[string]string{"CloudWatch Logs": "logs", "Secrets Manager": "secretsmanager", "Cognito Identity Provider": "cognito-idp", "Route 53": "route53"}[service]
	if prefix == "" {
		prefix = strings.ToLower(service)
	}
	return prefix + ":" + operation
}
