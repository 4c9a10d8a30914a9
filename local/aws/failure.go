package aws

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
)

// jsonFailure answers in the form of AWS's JSON protocols, as DynamoDB.
func jsonFailure(w http.ResponseWriter, status int, code, message string) {
	body, _ := json.Marshal(map[string]string{"__type": code, "message": message}) // strings always marshal
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	// For protocols that name the error in a header.
	name := code[strings.IndexByte(code, '#')+1:]
	w.Header().Set("X-Amzn-Errortype", name)
	write(w, status, body)
}

// s3Failure answers in S3's form. HEAD gets no body.
func s3Failure(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	type failure struct {
		XMLName                 xml.Name `xml:"Error"`
		Code, Message, Resource string
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return
	}
	body, _ := xml.Marshal(failure{Code: code, Message: message, Resource: r.URL.Path}) // strings always marshal
	w.Header().Set("Content-Type", "application/xml")
	write(w, status, append([]byte(xml.Header), body...))
}

// queryFailure answers in the form of AWS's query protocol, as STS and SNS.
func queryFailure(w http.ResponseWriter, status int, code, message string) {
	type detail struct{ Type, Code, Message string }
	type failure struct {
		XMLName xml.Name `xml:"ErrorResponse"`
		Error   detail
	}
	body, _ := xml.Marshal(failure{Error: detail{"Sender", code, message}}) // strings always marshal
	w.Header().Set("Content-Type", "text/xml")
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}
