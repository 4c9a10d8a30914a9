package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// functionsPath begins the paths of the operations on functions (Lambda API
// reference, "Actions").
const functionsPath = "/2015-03-31/functions/"

// The size of an event in bytes ("Lambda quotas"; until 2025 an asynchronous one
// had 256 KB).
const (
	maxEvent       = 6 << 20
	maxQueuedEvent = 1 << 20
)

// lambdaRequest is one request to Lambda.
type lambdaRequest struct {
	endpoint *Endpoint
	w        http.ResponseWriter
	r        *http.Request
	caller   caller
	region   string
}

// serve answers what there is of Lambda: Invoke and GetAlias. It is false for
// any other operation.
func (l lambdaRequest) serve() bool {
	path, ok := strings.CutPrefix(l.r.URL.Path, functionsPath)
	if !ok {
		return false
	}
	// A function may be named by its ARN, which has no slash.
	name, operation, _ := strings.Cut(path, "/")
	switch alias, isAlias := strings.CutPrefix(operation, "aliases/"); {
	case l.r.Method == http.MethodPost && operation == "invocations":
		l.invoke(name)
	case l.r.Method == http.MethodGet && isAlias && alias != "" && !strings.Contains(alias, "/"):
		l.getAlias(name, alias)
	default:
		return false
	}
	return true
}

// invoke is Invoke (Lambda API reference).
func (l lambdaRequest) invoke(name string) {
	arn, err := l.qualifiedARN(name, l.r.URL.Query().Get("Qualifier"))
	if err != nil {
		l.refuse(err)
		return
	}
	if !l.allowed("lambda:InvokeFunction", arn) {
		return
	}
	for header, what := range map[string]string{
		"X-Amz-Client-Context": "a client context",
		"X-Amz-Tenant-Id":      "a tenant",
	} {
		if l.r.Header.Get(header) != "" {
			l.unavailable("Invoke with " + what)
			return
		}
	}
	if tail := l.r.Header.Get("X-Amz-Log-Type"); tail != "" && tail != "None" {
		l.unavailable("Invoke with the log type " + tail + " (logs are in the terminal)")
		return
	}
	kind := l.r.Header.Get("X-Amz-Invocation-Type")
	event, err := l.event(kind)
	if err != nil {
		l.refuse(err)
		return
	}
	switch kind {
	case "", "RequestResponse":
		result, err := l.endpoint.functions.Invoke(l.r.Context(), arn, event)
		if err != nil {
			l.refuse(err)
			return
		}
		l.answer(result)
	case "Event":
		l.acknowledge(http.StatusAccepted, l.endpoint.functions.Queue(arn, event))
	case "DryRun":
		l.acknowledge(http.StatusNoContent, l.endpoint.functions.Find(arn))
	}
}

// event reads the event of an invocation of the type. No event is an empty one.
func (l lambdaRequest) event(kind string) ([]byte, error) {
	limit := int64(maxEvent)
	switch kind {
	case "", "RequestResponse", "DryRun":
	case "Event":
		limit = maxQueuedEvent
	default:
		return nil, &Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterValueException", Message: fmt.Sprintf(
			"1 validation error detected: Value '%s' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]", kind)}
	}
	event, err := io.ReadAll(http.MaxBytesReader(l.w, l.r.Body, limit))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &Refusal{Status: http.StatusRequestEntityTooLarge, Code: "RequestTooLargeException", Message: fmt.Sprintf(
			"Request must be smaller than %d bytes for the InvokeFunction operation", limit)}
	}
	if err != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Code: "InvalidRequestContentException", Message: "the request broke off: " + err.Error()}
	}
	if len(event) == 0 {
		return []byte("{}"), nil
	}
	var anything json.RawMessage
	if err := json.Unmarshal(event, &anything); err != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Code: "InvalidRequestContentException", Message: "Could not parse request body into json: " + err.Error()}
	}
	return event, nil
}

// answer gives the caller what the function made of its event. That the function
// failed is in a header, and no error.
func (l lambdaRequest) answer(result Invocation) {
	header := l.w.Header()
	header.Set("X-Amzn-Requestid", result.RequestID)
	header.Set("X-Amz-Executed-Version", result.Version)
	if result.FunctionError != "" {
		header.Set("X-Amz-Function-Error", result.FunctionError)
	}
	header.Set("Content-Type", "application/json")
	write(l.w, http.StatusOK, result.Payload)
}

func (l lambdaRequest) acknowledge(status int, err error) {
	if err != nil {
		l.refuse(err)
		return
	}
	l.w.WriteHeader(status)
}

// getAlias is GetAlias (Lambda API reference). Its permission is about the
// function (Service Authorization Reference, "Actions, resources, and condition
// keys for AWS Lambda").
func (l lambdaRequest) getAlias(name, alias string) {
	arn, err := l.qualifiedARN(name, "")
	if err != nil {
		l.refuse(err)
		return
	}
	if !l.allowed("lambda:GetAlias", arn) {
		return
	}
	found, err := l.endpoint.functions.Alias(arn, alias)
	if err != nil {
		l.refuse(err)
		return
	}
	answer := map[string]any{"AliasArn": arn + ":" + alias, "Name": alias, "FunctionVersion": found.FunctionVersion, "Description": ""}
	if len(found.Weights) > 0 {
		answer["RoutingConfig"] = map[string]any{"AdditionalVersionWeights": found.Weights}
	}
	l.w.Header().Set("Content-Type", "application/json")
	write(l.w, http.StatusOK, encoded(answer))
}

// qualifiedARN is the ARN of what a request names: a function's name, its ARN or
// a part of that (account:function:name), with a qualifier at its end or beside
// it.
func (l lambdaRequest) qualifiedARN(name, qualifier string) (string, error) {
	arn, unqualified := name, 6 // colons of an ARN without qualifier
	switch {
	case strings.HasPrefix(name, "arn:"):
	case strings.Contains(name, ":function:"):
		account, rest, _ := strings.Cut(name, ":function:")
		owner := strings.Split(l.endpoint.arn(l.caller, l.region, "lambda", "function:"+rest), ":")
		owner[4] = account
		arn = strings.Join(owner, ":")
	default:
		arn = l.endpoint.arn(l.caller, l.region, "lambda", "function:"+name)
	}
	parts := strings.Split(arn, ":")
	if len(parts) <= unqualified || len(parts) > unqualified+2 || parts[2] != "lambda" || parts[5] != "function" || parts[6] == "" {
		return "", &Refusal{Status: http.StatusBadRequest, Code: "ValidationException", Message: fmt.Sprintf("1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: want a function's name or ARN", name)}
	}
	if parts[3] != l.region {
		return "", &Refusal{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: fmt.Sprintf("Functions from '%s' are not reachable in this region ('%s')", parts[3], l.region)}
	}
	if len(parts) == unqualified+1 {
		if qualifier != "" {
			arn += ":" + qualifier
		}
		return arn, nil
	}
	if own := parts[unqualified+1]; qualifier != "" && qualifier != own {
		return "", &Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterValueException", Message: "The derived qualifier from the function name does not match the specified qualifier."}
	}
	return arn, nil
}

// allowed says whether the caller may do it; where not, that has been answered.
func (l lambdaRequest) allowed(action, arn string) bool {
	denied := l.endpoint.authorize(l.caller, permission{action: action, resource: arn}, l.region, nil, nil)
	if denied != "" {
		l.refuse(&Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: string(denied)})
	}
	return denied == ""
}

func (l lambdaRequest) unavailable(what string) {
	message := "lambda: " + what + " is not available locally"
	l.endpoint.log.Print(message)
	l.refuse(&Refusal{Status: http.StatusNotImplemented, Code: "NotImplementedException", Message: message})
}

// refuse answers in the form of AWS's REST protocol. Lambda writes Message in
// some errors and message in others; SDKs read either.
func (l lambdaRequest) refuse(err error) {
	r := refusal(err)
	body := map[string]string{"Type": "User", "Message": r.Message, "message": r.Message}
	if r.Reason != "" {
		body["Reason"] = r.Reason
	}
	l.w.Header().Set("X-Amzn-Errortype", r.Code)
	l.w.Header().Set("Content-Type", "application/json")
	write(l.w, r.Status, encoded(body))
}
