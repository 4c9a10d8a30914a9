package apigateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// event is a request in payload format 2.0 (§1.4). What a request does not
// have is absent, never null.
type event struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID    string      `json:"accountId"`
	APIID        string      `json:"apiId"`
	Authorizer   *authorizer `json:"authorizer,omitempty"`
	DomainName   string      `json:"domainName"`
	DomainPrefix string      `json:"domainPrefix"`
	HTTP         httpContext `json:"http"`
	RequestID    string      `json:"requestId"`
	RouteKey     string      `json:"routeKey"`
	Stage        string      `json:"stage"`
	Time         string      `json:"time"`
	TimeEpoch    int64       `json:"timeEpoch"` // milliseconds
}

// authorizer is what the authorizer of a route found out about the caller.
type authorizer struct {
	JWT    *jwtContext    `json:"jwt,omitempty"`
	Lambda *lambdaContext `json:"lambda,omitempty"`
	IAM    *iamContext    `json:"iam,omitempty"`
}

type httpContext struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// request is what a client sent, as far as events are made of it.
type request struct {
	ID       string
	Time     time.Time
	Trace    string // X-Amzn-Trace-Id, for a client that sent none
	SourceIP string
	Host     string // without a port
	Method   string
	Path     string // decoded, below the mapping key
	RawQuery string // without the question mark
	Header   http.Header
	Body     []byte
}

// newEvent makes the event of a request to a route of the API's stage.
func newEvent(api *API, stage string, key RouteKey, r *request) *event {
	prefix, _, _ := strings.Cut(r.Host, ".")
	e := &event{
		Version:               "2.0",
		RouteKey:              key.String(),
		RawPath:               r.Path,
		RawQueryString:        r.RawQuery,
		Cookies:               cookies(r.Header["Cookie"]),
		Headers:               eventHeaders(r),
		QueryStringParameters: queryParameters(r.RawQuery),
		PathParameters:        key.parameters(r.Path),
		RequestContext: requestContext{
			AccountID:    api.Account,
			APIID:        api.ID,
			DomainName:   r.Host,
			DomainPrefix: prefix,
			HTTP: httpContext{
				Method:    r.Method,
				Path:      r.Path,
				Protocol:  "HTTP/1.1", // for an HTTP/2 client too
				SourceIP:  r.SourceIP,
				UserAgent: r.Header.Get("User-Agent"),
			},
			RequestID: r.ID,
			RouteKey:  key.String(),
			Stage:     stage,
			Time:      r.Time.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			TimeEpoch: r.Time.UnixMilli(),
		},
	}
	e.Body, e.IsBase64Encoded = eventBody(r.Header.Get("Content-Type"), r.Body)
	return e
}

// marshal is the event as the function gets it. Characters such as < stay as
// they are: escapes would count against the 6 MB that an event may have.
func (e *event) marshal() ([]byte, error) {
	var b bytes.Buffer
	b.Grow(2048 + len(e.Body))
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return nil, fmt.Errorf("encoding the event: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// eventHeaders are the request's headers: names in lower case, values of a
// repeated one joined by commas, cookies left to the event's own field, and
// the ones that the gateway adds (§1.4, §1.5).
func eventHeaders(r *request) map[string]string {
	headers := make(map[string]string, len(r.Header)+6)
	for name, values := range r.Header {
		switch name {
		case "Connection", "Cookie", "Expect", "Proxy-Authenticate", "Te", "Transfer-Encoding", "Upgrade":
		default:
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	headers["host"] = r.Host
	headers["content-length"] = strconv.Itoa(len(r.Body))
	headers["x-forwarded-port"] = "443"
	headers["x-forwarded-proto"] = "https"
	if earlier := headers["x-forwarded-for"]; earlier != "" {
		headers["x-forwarded-for"] = earlier + ", " + r.SourceIP
	} else {
		headers["x-forwarded-for"] = r.SourceIP
	}
	if headers["x-amzn-trace-id"] == "" {
		headers["x-amzn-trace-id"] = r.Trace
	}
	return headers
}

// eventBody is the event's body and whether it is in base64 (§1.4).
func eventBody(contentType string, body []byte) (text string, isBase64 bool) {
	switch {
	case len(body) == 0:
		return "", false
	case isText(contentType):
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

// isText is measured: what looks like text by any other name, a form or
// application/problem+json say, goes as base64 (§1.4).
func isText(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch media {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(media, "text/")
}
