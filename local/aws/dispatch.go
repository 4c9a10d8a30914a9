package aws

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// ServeHTTP tells the services' requests apart, and who makes them.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !loopback(r.Host) || fromPage(r.Header) {
		http.Error(w, "the local AWS endpoint answers programs, on loopback only: web pages may not call it", http.StatusForbidden)
		return
	}
	target := r.Header.Get("X-Amz-Target")
	s := readScope(r)
	isDynamoDB := strings.HasPrefix(target, dynamoDBTarget) || strings.HasPrefix(target, streamsTarget) || s.service == "dynamodb"
	_, _, _, isCommand := commanded(r.URL.Path)
	isConnections := target == "" && e.connections != nil && (s.service == "execute-api" || s.service == "" && isCommand)
	isS3 := !isDynamoDB && !isConnections && target == "" && (s.service == "s3" || s.service == "")
	isValues := strings.HasPrefix(target, secretsManagerTarget) || strings.HasPrefix(target, ssmTarget)
	isLambda := target == "" && s.service == "lambda" && e.functions != nil
	isSQS := strings.HasPrefix(target, sqsTarget)
	isHookStatus := target == putHookStatus && e.codeDeploy != nil
	if !isDynamoDB && !isS3 && !isValues && !isLambda && !isConnections && !isSQS && !isHookStatus {
		e.otherService(w, r, s)
		return
	}
	c, known := e.caller(s.accessKeyID)
	c.call = callOf(r)
	signed := s.accessKeyID != ""
	switch {
	case signed && !known:
		e.log.Printf("nobody here has the access key %s: functions get theirs from local mode, and your own tools use %s with the secret %s", s.accessKeyID, RootAccessKeyID, RootSecretAccessKey)
		unknownCaller(w, r, isS3, isConnections)
	case isS3:
		e.s3.serve(w, r, c, s.region)
	case !signed && isConnections:
		refuseConnection(w, &Refusal{Status: http.StatusForbidden, Code: "MissingAuthenticationTokenException", Message: "Missing Authentication Token"})
	case !signed:
		jsonFailure(w, http.StatusBadRequest, "com.amazon.coral.service#MissingAuthenticationTokenException", "Request is missing Authentication Token")
	case isValues:
		e.values.serve(w, r, c, s)
	case isLambda:
		if !(lambdaRequest{e, w, r, c, s.region}).serve() {
			e.otherService(w, r, s)
		}
	case isConnections:
		if !e.serveConnections(w, r, c, s) {
			e.otherService(w, r, s)
		}
	case isSQS:
		e.serveSQS(w, r, c, s)
	case isHookStatus:
		e.serveHookStatus(w, r, c, s)
	default:
		e.dynamoDB.serve(w, r, c, s)
	}
}

// fromPage says whether a web page made the request. Keys keep nobody out
// here, so any page could read and delete as root, with a form or with an
// address that looks presigned. Browsers send Origin with all that is not GET
// or HEAD and with what other origins' scripts may read (Fetch, "Origin
// header"), and Sec-Fetch-Site with the rest, where none is an address that a
// person typed (Fetch Metadata, "Sec-Fetch-Site"). SDKs send neither.
func fromPage(header http.Header) bool {
	sites := header.Values("Sec-Fetch-Site")
	return len(header.Values("Origin")) > 0 || len(sites) > 0 && !slices.Equal(sites, []string{"none"})
}

// loopback says whether a Host is this machine's own name, and not one from
// elsewhere that resolves to it: a page of that name is of the same origin,
// and when it only reads, browsers send neither of fromPage's headers.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// unknownCaller answers who signs with a key that nobody has, as the service does.
func unknownCaller(w http.ResponseWriter, r *http.Request, isS3, isConnections bool) {
	const unrecognized = "The security token included in the request is invalid."
	switch {
	case isS3:
		s3Failure(w, r, http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	case isConnections:
		refuseConnection(w, &Refusal{Status: http.StatusForbidden, Code: "UnrecognizedClientException", Message: unrecognized})
	default:
		jsonFailure(w, http.StatusBadRequest, "com.amazon.coral.service#UnrecognizedClientException", unrecognized)
	}
}

// otherService answers a request for a service that is not here, in the form
// in which its SDK expects failures, so that the message is shown.
func (e *Endpoint) otherService(w http.ResponseWriter, r *http.Request, s scope) {
	operation := r.Method + " " + r.URL.Path
	target := r.Header.Get("X-Amz-Target")
	query := target == "" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	service := s.service
	if target != "" {
		service, operation, _ = strings.Cut(target, ".")
		if s.service != "" {
			service = s.service
		}
	} else if query {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		operation = r.PostFormValue("Action")
	}
	if query && service == "sqs" {
		e.refuseQuery(w)
		return
	}
	message := fmt.Sprintf("%s: %s is not available locally: local mode has DynamoDB, S3 and SQS, reads values of Secrets Manager and Parameter Store, invokes functions and reads their aliases, sends to the connections of WebSocket APIs, and takes the verdicts of CodeDeploy's hooks", service, operation)
	e.log.Print(message)
	if query {
		queryFailure(w, http.StatusNotImplemented, "NotImplemented", message)
		return
	}
	jsonFailure(w, http.StatusNotImplemented, "NotImplementedException", message)
}
