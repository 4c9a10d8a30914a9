package fakeaws

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// operation does what an operation does. It gives an answer that the protocol
// can write, or a *failure.
type operation func(*Account, *request) (any, error)

// protocol is how a service is spoken to.
type protocol interface {
	find(*request) (name string, _ operation)
	succeed(w http.ResponseWriter, name string, answer any)
	fail(http.ResponseWriter, *failure)
}

// protocols are the services, by what a signature names them.
var protocols = map[string]protocol{
	"sts":            query{"https://sts.amazonaws.com/doc/2011-06-15/", stsOperations},
	"cloudformation": query{"http://cloudformation.amazonaws.com/doc/2010-05-15/", cloudformationOperations},
	"ssm":            jsonRPC{ssmOperations},
	"logs":           jsonRPC{logsOperations},
	"dynamodb":       jsonRPC{dynamodbOperations},
	"secretsmanager": jsonRPC{secretsmanagerOperations},
	"cognito-idp":    jsonRPC{cognitoOperations},
	"route53":        rest{route53Operations, xmlBody},
	"cloudfront":     rest{cloudfrontOperations, xmlBody},
	"lambda":         rest{lambdaOperations, jsonBody},
	"acm":            jsonRPC{acmOperations},
	"s3":             rest{s3Operations, xmlBody},
	"apigateway":     rest{apigatewayOperations, jsonBody},
}

// jsonRPC is awsJson1.0 and 1.1: the operation is in a header, and the input
// and the answer are JSON.
type jsonRPC struct{ operations map[string]operation }

func (p jsonRPC) find(req *request) (string, operation) {
	_, name, _ := strings.Cut(req.http.Header.Get("X-Amz-Target"), ".")
	return name, p.operations[name]
}

func (p jsonRPC) succeed(w http.ResponseWriter, _ string, answer any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	writeJSON(w, answer)
}

func (p jsonRPC) fail(w http.ResponseWriter, f *failure) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(f.status)
	writeJSON(w, map[string]string{"__type": f.code, "message": f.message})
}

// query is the query protocol: the input is a form, the answer XML.
type query struct {
	namespace  string
	operations map[string]operation
}

func (p query) find(req *request) (string, operation) {
	name := req.form().Get("Action")
	return name, p.operations[name]
}

func (p query) succeed(w http.ResponseWriter, name string, answer any) {
	w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprintf(w, `<%sResponse xmlns=%q>%s</%[1]sResponse>`, name, p.namespace, element(name+"Result", answer)) // the client will say
}

func (p query) fail(w http.ResponseWriter, f *failure) { failXML(w, f) }

// form is the body of a query.
func (r *request) form() url.Values {
	form, err := url.ParseQuery(string(r.body))
	if err != nil {
		panic(err) // the SDK wrote it
	}
	return form
}

// rest is REST-XML and REST-JSON: the operation is the method and the path.
type rest struct {
	operations []route
	body       body
}

type body int

const (
	xmlBody body = iota
	jsonBody
)

type route struct {
	method string
	path   *regexp.Regexp
	query  string // a name that the query has to have; empty for any
	name   string
	do     operation
}

func at(method, path, query, name string, do operation) route {
	return route{method, regexp.MustCompile("^" + path + "$"), query, name, do}
}

func (p rest) find(req *request) (string, operation) {
	for _, o := range p.operations {
		match := o.path.FindStringSubmatch(req.http.URL.EscapedPath())
		if match == nil || o.method != req.http.Method || o.query != "" && !req.http.URL.Query().Has(o.query) {
			continue
		}
		for _, part := range match[1:] {
			text, err := url.PathUnescape(part)
			if err != nil {
				return o.name, nil
			}
			req.path = append(req.path, text)
		}
		return o.name, o.do
	}
	return "", nil
}

// raw is an answer whose body is no document: an object's content. A header may
// come with any answer.
type raw struct {
	header map[string]string
	body   []byte
}

func (p rest) succeed(w http.ResponseWriter, name string, answer any) {
	if r, ok := answer.(raw); ok {
		for name, value := range r.header {
			w.Header().Set(name, value)
		}
		_, _ = w.Write(r.body) // the client will say
		return
	}
	if p.body == jsonBody {
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, answer)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write([]byte(element(name+"Result", answer)))
}

func (p rest) fail(w http.ResponseWriter, f *failure) {
	if p.body == xmlBody {
		failXML(w, f)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", f.code)
	w.WriteHeader(f.status)
	writeJSON(w, map[string]string{"message": f.message})
}

// failXML is an error of S3's and of everybody else's who speaks XML: the
// former looks for the code at the top, the latter in the element Error.
func failXML(w http.ResponseWriter, f *failure) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(f.status)
	text := "<Error>" + element("Code", f.code) + element("Message", f.message) + "</Error>"
	if !f.bare {
		text = "<ErrorResponse>" + text + "</ErrorResponse>"
	}
	_, _ = w.Write([]byte(text)) // the client will say
}

func writeJSON(w http.ResponseWriter, answer any) {
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err) // an answer of this package
	}
}

// element is the value as an XML element of that name.
func element(name string, value any) string {
	var text strings.Builder
	encoder := xml.NewEncoder(&text)
	if value == nil {
		value = struct{}{}
	}
	if err := encoder.EncodeElement(value, xml.StartElement{Name: xml.Name{Local: name}}); err != nil {
		panic(err) // an answer of this package
	}
	return text.String()
}

// input reads a JSON body.
func input[T any](r *request) T {
	var v T
	if err := json.Unmarshal(r.body, &v); err != nil {
		panic(fmt.Sprintf("fakeaws: %s: %v", r.body, err)) // the SDK wrote it
	}
	return v
}
