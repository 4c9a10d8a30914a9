package websocket

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"annex/local/apigateway"
)

// event is what a function gets. Whether a field is there is as captures have
// it: headers and the query string come with $connect, and never with a message
// ([A], [C]).
type event struct {
	Headers                         map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders,omitempty"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters,omitempty"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters,omitempty"`
	StageVariables                  map[string]string   `json:"stageVariables,omitempty"`
	RequestContext                  requestContext      `json:"requestContext"`
	Body                            *string             `json:"body,omitempty"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type requestContext struct {
	RouteKey             string         `json:"routeKey"`
	Authorizer           map[string]any `json:"authorizer,omitempty"`
	MessageID            string         `json:"messageId,omitempty"`
	DisconnectStatusCode int            `json:"disconnectStatusCode,omitempty"`
	EventType            string         `json:"eventType"`
	ExtendedRequestID    string         `json:"extendedRequestId"` // the same as RequestID
	RequestTime          string         `json:"requestTime"`
	MessageDirection     string         `json:"messageDirection"`
	DisconnectReason     *string        `json:"disconnectReason,omitempty"`
	Stage                string         `json:"stage"`
	ConnectedAt          int64          `json:"connectedAt"` // milliseconds, as RequestTimeEpoch
	RequestTimeEpoch     int64          `json:"requestTimeEpoch"`
	Identity             identity       `json:"identity"`
	RequestID            string         `json:"requestId"`
	DomainName           string         `json:"domainName"`
	ConnectionID         string         `json:"connectionId"`
	APIID                string         `json:"apiId"`
}

// identity is who connected. The fields of IAM are there for who signed.
type identity struct {
	UserAgent string `json:"userAgent,omitempty"`
	SourceIP  string `json:"sourceIp"`

	AccessKey string `json:"accessKey,omitempty"`
	AccountID string `json:"accountId,omitempty"`
	Caller    string `json:"caller,omitempty"`
	User      string `json:"user,omitempty"`
	UserARN   string `json:"userArn,omitempty"`
}

// authorizerEvent is what a Lambda authorizer gets ("Control access with AWS
// Lambda REQUEST authorizers", whose example has no body).
type authorizerEvent struct {
	Type                            string              `json:"type"`
	MethodARN                       string              `json:"methodArn"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  requestContext      `json:"requestContext"`
}

// newContext is what all events of a connection say.
func (c *connection) newContext(routeKey, eventType, requestID string, now time.Time) requestContext {
	return requestContext{
		RouteKey: routeKey, Authorizer: c.authorizer, EventType: eventType,
		RequestID: requestID, ExtendedRequestID: requestID, MessageDirection: "IN",
		RequestTime: now.UTC().Format("02/Jan/2006:15:04:05 +0000"), RequestTimeEpoch: now.UnixMilli(),
		Stage: c.at.stage.Name, ConnectedAt: c.connected.UnixMilli(), Identity: c.identity,
		DomainName: c.domain, ConnectionID: c.id, APIID: c.at.api.ID,
	}
}

// connectEvent is that of $connect. The headers of the hop are not in it, though
// an authorizer gets them ([C]).
func (c *connection) connectEvent(r *http.Request, now time.Time) event {
	e := event{StageVariables: c.at.stage.Variables, RequestContext: c.newContext(connectKey, "CONNECT", c.requestID, now)}
	e.Headers, e.MultiValueHeaders = headers(r, false, now)
	e.QueryStringParameters, e.MultiValueQueryStringParameters = parameters(r.URL.Query())
	return e
}

func (c *connection) authorizerEvent(r *http.Request, methodARN string, now time.Time) authorizerEvent {
	e := authorizerEvent{Type: "REQUEST", MethodARN: methodARN, RequestContext: c.newContext(connectKey, "CONNECT", c.requestID, now), StageVariables: c.at.stage.Variables}
	e.Headers, e.MultiValueHeaders = headers(r, true, now)
	e.QueryStringParameters, e.MultiValueQueryStringParameters = parameters(r.URL.Query())
	if e.StageVariables == nil {
		e.StageVariables = map[string]string{} // the page's example has them empty
	}
	if e.QueryStringParameters == nil {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = map[string]string{}, map[string][]string{}
	}
	return e
}

// messageEvent is that of a message on a route.
func (c *connection) messageEvent(routeKey, requestID, messageID, body string, now time.Time) event {
	e := event{StageVariables: c.at.stage.Variables, RequestContext: c.newContext(routeKey, "MESSAGE", requestID, now), Body: &body}
	e.RequestContext.MessageID = messageID
	return e
}

// disconnectEvent is that of $disconnect. Its headers are those of captures,
// where all but Host are empty ([A], [C]).
func (c *connection) disconnectEvent(requestID string, code int, reason string, now time.Time) event {
	e := event{StageVariables: c.at.stage.Variables, RequestContext: c.newContext(disconnectKey, "DISCONNECT", requestID, now)}
	e.RequestContext.DisconnectStatusCode, e.RequestContext.DisconnectReason = code, &reason
	e.Headers = map[string]string{"Host": c.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
	e.MultiValueHeaders = map[string][]string{}
	for name, value := range e.Headers {
		e.MultiValueHeaders[name] = []string{value}
	}
	return e
}

// headers are those of a handshake, with the names as browsers write them: of a
// header that is repeated the last value, as in payload format 1.0, and all of
// them.
func headers(r *http.Request, hop bool, now time.Time) (map[string]string, map[string][]string) {
	last, all := map[string]string{}, map[string][]string{}
	put := func(name string, values ...string) {
		last[name], all[name] = values[len(values)-1], values
	}
	for name, values := range r.Header {
		switch {
		case len(values) == 0, name == "Connection", name == "Upgrade":
		default:
			put(strings.Replace(name, "Sec-Websocket-", "Sec-WebSocket-", 1), values...)
		}
	}
	put("Host", hostOf(r))
	if len(r.Header["X-Amzn-Trace-Id"]) == 0 {
		put("X-Amzn-Trace-Id", apigateway.NewTraceID(now))
	}
	put("X-Forwarded-For", append(r.Header["X-Forwarded-For"], sourceIP(r))...)
	put("X-Forwarded-Port", "443")
	put("X-Forwarded-Proto", "https")
	if hop {
		put("Connection", "upgrade")
		put("Upgrade", "websocket")
		put("content-length", "0")
	}
	return last, all
}

// parameters are those of a query string; nil where it is empty.
func parameters(query url.Values) (map[string]string, map[string][]string) {
	if len(query) == 0 {
		return nil, nil
	}
	last := map[string]string{}
	for name, values := range query {
		last[name] = values[len(values)-1]
	}
	return last, query
}

// encoded is an event as JSON.
func encoded(event any) []byte {
	data, err := json.Marshal(event)
	if err != nil {
		panic(err) // events hold strings, numbers and JSON that was read
	}
	return data
}
