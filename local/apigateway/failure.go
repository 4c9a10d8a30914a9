package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"annex/local/lambda"
)

// failure is an answer that the gateway makes itself (§1.6). It is an error,
// so that the decisions on the way to a function can return it.
type failure struct {
	status  int
	message string // what the client is told
	cause   error  // what the developer is told

	challenge string // WWW-Authenticate, for a token that is not accepted
}

func (f *failure) Error() string { return f.cause.Error() }
func (f *failure) Unwrap() error { return f.cause }

// Status is that of the answer.
func (f *failure) Status() int { return f.status }

func (f *failure) response() response {
	body, _ := json.Marshal(map[string]string{"message": f.message}) // a map of strings has no error
	r := jsonResponse(f.status, body)
	if f.challenge != "" {
		r.header.Set("WWW-Authenticate", f.challenge)
	}
	return r
}

func notFound(cause error) *failure {
	return &failure{status: http.StatusNotFound, message: "Not Found", cause: cause}
}

func internalError(cause error) *failure {
	return &failure{status: http.StatusInternalServerError, message: "Internal Server Error", cause: cause}
}

// unsupported answers what this gateway cannot do. AWS would not: it says so.
func unsupported(reason string) *failure {
	return &failure{status: http.StatusNotImplemented, message: "local mode cannot serve this: " + reason, cause: errors.New(reason)}
}

// unknownHost is the answer to a Host that no domain or endpoint has (§3.4).
func unknownHost(host string) *failure {
	return &failure{status: http.StatusForbidden, message: "Forbidden", cause: fmt.Errorf("no custom domain name and no API endpoint is called %q", host)}
}

// noCertificate is the answer of a domain with mutual TLS to who shows no
// certificate. At AWS such a client may be turned away in the handshake
// already; what comes in here has had none that could, so it gets the 403 of a
// certificate that is not trusted.
func noCertificate(d *Domain) *failure {
	return &failure{status: http.StatusForbidden, message: "Forbidden", cause: fmt.Errorf("%s takes none but clients with a trusted certificate (MutualTlsAuthentication), as the site's distribution is: call the API below the site instead", d.Name)}
}

// unauthorized is the answer to who does not say who it is.
func unauthorized(cause error) *failure {
	return &failure{status: http.StatusUnauthorized, message: "Unauthorized", cause: cause}
}

// forbidden is the answer to who may not do what it asks for.
func forbidden(cause error) *failure {
	return &failure{status: http.StatusForbidden, message: "Forbidden", cause: cause}
}

// endpointDisabled answers on the generated host of an API that has it
// disabled. Reports differ between 403 and 404 (§1.1); 404 is what the HTTP
// API answers wherever no stage is found.
func endpointDisabled(api *API) *failure {
	return notFound(fmt.Errorf("API %q has DisableExecuteApiEndpoint: use its custom domain name", api.Name))
}

// badPath refuses a path that cannot be decoded; see decodePath.
func badPath(cause error) *failure {
	return &failure{status: http.StatusBadRequest, message: "Bad Request", cause: cause}
}

// throttled is certain in its status alone (§1.6).
func throttled(key RouteKey) *failure {
	return &failure{status: http.StatusTooManyRequests, message: "Too Many Requests", cause: fmt.Errorf("route %q is over the throttle of its stage", key)}
}

// headersTooLarge: AWS rejects them, and reports of how name 431, 414 and 400
// (§1.6). 431 is what HTTP has for it.
func headersTooLarge(size int) *failure {
	return &failure{status: http.StatusRequestHeaderFieldsTooLarge, message: "Request Header Fields Too Large", cause: fmt.Errorf("request line and header values have %d bytes, API Gateway takes %d", size, maxHeaderBytes)}
}

// bodyTooLarge has its wording from AWS's own emulator (aws-lambda-dotnet,
// LargePayloadTests), which uses it for an event over Lambda's 6 MB; the same
// is answered over the gateway's own 10 MB (§1.6).
func bodyTooLarge(cause error) *failure {
	return &failure{status: http.StatusRequestEntityTooLarge, message: "Request Entity Too Large", cause: cause}
}

// timedOut was observed as 503 by several people, where one page of AWS says
// 504 (§1.6).
func timedOut(t *target) *failure {
	return &failure{status: http.StatusServiceUnavailable, message: "Service Unavailable", cause: fmt.Errorf("function %s did not answer within the integration's %s; it may run on", t.route.FunctionARN, t.timeout)}
}

// invocationFailed answers for an Invoke that gave an error. Lambda's
// throttling is documented as 500 for REST APIs and reported as 503 for HTTP
// APIs (§1.6), which also tells a client to come back.
func invocationFailed(function string, err error) *failure {
	var (
		tooMany   *lambda.TooManyRequestsError
		tooLarge  *lambda.RequestTooLargeError
		missing   *lambda.ResourceNotFoundError
		notServed *lambda.UnsupportedError
	)
	err = fmt.Errorf("invoking %s: %w", function, err)
	switch {
	case errors.As(err, &tooMany):
		return &failure{status: http.StatusServiceUnavailable, message: "Service Unavailable", cause: err}
	case errors.As(err, &tooLarge):
		return bodyTooLarge(err)
	case errors.As(err, &notServed):
		return unsupported(notServed.Error())
	case errors.As(err, &missing):
		return internalError(fmt.Errorf("%w: no function of this app has that ARN", err))
	}
	return internalError(err)
}
