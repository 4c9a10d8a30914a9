package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"annex/local/apigateway"
	"annex/local/aws"
	"annex/local/lambda"
	"annex/local/websocket"
)

// newSockets is what serves WebSocket APIs. A connection lasts longer than what
// is served when it begins, so its messages go to the functions that are
// current.
func (s *system) newSockets() *websocket.Gateway {
	return websocket.New(websocket.Options{
		Invoker: socketInvoker{s},
		Callers: signers{s.endpoint},
		Done:    s.recordSocket,
	})
}

// closeSockets ends the connections: their clients are told, as far as they
// listen.
func (s *system) closeSockets() {
	if s.sockets == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	s.sockets.Close(ctx)
}

// socketInvoker is Lambda, for connections.
type socketInvoker struct{ system *system }

// Invoke implements apigateway.Invoker. A handshake is a client's request, which
// the console has already; a message is an exchange of its own.
func (i socketInvoker) Invoke(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error) {
	source := "socket"
	if i.system.recorder.Watched() {
		source = messageSource(payload)
	}
	return recordedInvoker{functions(i).service(), i.system, source}.Invoke(ctx, functionARN, payload)
}

// messageSource is what the console calls an event of a connection, such as
// "socket ws.dev.example.com ping".
func messageSource(payload []byte) string {
	var event struct {
		Context struct {
			DomainName string `json:"domainName"`
			RouteKey   string `json:"routeKey"`
		} `json:"requestContext"`
	}
	_ = json.Unmarshal(payload, &event) // the gateway made it
	return "socket " + event.Context.DomainName + " " + event.Context.RouteKey
}

// recordSocket tells the terminal and the console of what a connection did.
func (s *system) recordSocket(ctx context.Context, x websocket.Exchange) {
	if x.Status == 0 {
		s.terminal.write(s.socketLine(x))
		return
	}
	// A handshake has the line of a request.
	as := apigateway.Exchange{
		Time: x.Time, Host: x.Host, API: x.API, RouteKey: x.RouteKey, Function: x.Function, Version: x.Version, Status: x.Status,
		Cold: x.Cold, Init: x.Init, Duration: x.Duration, Latency: x.Latency, InvocationID: x.InvocationID,
		Authorizer: x.Authorizer, AuthorizerTime: x.AuthorizerTime, AuthorizerLatency: x.AuthorizerLatency, Err: x.Err,
	}
	note(ctx, func(e *exchange) { e.gateway = &as })
	s.recordGateway(ctx, as)
}

// socketLine is a message of a client, or the end of its connection.
type socketLine struct {
	Host       string  `json:"host"` // as deployed
	Connection string  `json:"connection"`
	Duration   float64 `json:"durationMs"`
	Route      string  `json:"route,omitempty"`
	Bytes      int     `json:"bytes,omitempty"`  // of a message
	Closed     int     `json:"closed,omitempty"` // the code that it was closed with
	Reason     string  `json:"reason,omitempty"` // that came with the code
	invoked
	Error string `json:"error,omitempty"` // why the function did not answer
}

func (s *system) socketLine(x websocket.Exchange) socketLine {
	line := socketLine{
		Host: x.Host, Connection: x.ConnectionID, Duration: milliseconds(x.Latency), Route: x.RouteKey, Bytes: x.Bytes, Closed: x.Closed, Reason: x.WhyClosed,
	}
	if x.InvocationID != "" {
		line.invoked = invoked{Function: s.terminal.nameOf(x.Function), Version: x.Version, RequestID: x.InvocationID, Cold: &x.Cold, Init: milliseconds(x.Init)}
	}
	if x.Err != nil {
		line.Error = x.Err.Error()
	}
	return line
}

func (socketLine) kind() string { return "socket" }

// text is such as
//
//	socket         2.4 ms  ws.dev.example.com R1kmxc2VNjMCFIA=       ping → updates, warm
func (l socketLine) text(p paint) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s  %-44s  ", p.in(green, fmt.Sprintf("%-11s", "socket")), p.in(dim, fmt.Sprintf("%9s", inMilliseconds(l.Duration))), l.Host+" "+l.Connection)
	b.WriteString(cmp.Or(l.Route, "no route"))
	if l.Closed != 0 {
		fmt.Fprintf(&b, " (%d)", l.Closed)
	}
	if l.Function != "" {
		b.WriteString(" → " + l.invoked.text(p))
	}
	if l.Error != "" {
		b.WriteString(": " + p.in(red, l.Error))
	}
	return b.String()
}

// socketRoute is a route in the console: its key, its function, who may connect
// and whether the client gets what the function returns.
func socketRoute(r websocket.Route, handlers map[string]string) []string {
	function, asks, answers := handlers[unqualified(r.FunctionARN)], r.Authorization, ""
	if r.Unsupported != "" {
		function = "501: " + r.Unsupported
	}
	if r.Authorizer != nil {
		asks += " " + r.Authorizer.Name
	}
	if r.TwoWay {
		answers = "two-way"
	}
	return []string{r.Key, function, asks, answers}
}

// socketAddresses are where clients find an API.
func (p plan) socketAddresses(api websocket.API) string {
	var all []string
	for _, address := range p.sockets.Addresses() {
		if id, _, _ := p.sockets.At(address); id == api.ID {
			all = append(all, "wss://"+address)
		}
	}
	return strings.Join(all, ", ")
}

// connectable gives functions the address here of the connections that they send
// to, in place of the deployed one: a variable that is the https address of a
// WebSocket API, such as https://ws.dev.example.com/updates.
func (p plan) connectable(functions []lambda.Function, endpoint string) []lambda.Function {
	for _, f := range functions {
		for name, value := range f.Environment {
			address, ok := strings.CutPrefix(value, "https://")
			if api, stage, found := p.sockets.At(strings.TrimSuffix(address, "/")); ok && found {
				f.Environment[name] = connectionsURL(endpoint, api, stage)
			}
		}
	}
	return functions
}

// connectionsURL is where the connections of a stage are sent to here, to which
// SDKs append /@connections/….
func connectionsURL(endpoint, api, stage string) string {
	return endpoint + "/execute-api/" + api + "/" + stage
}

// connections are those of WebSocket APIs, for who sends to them through the
// endpoint.
type connections struct{ system *system }

func (c connections) StageARN(api, stage string) (string, bool) {
	return c.system.sockets.StageARN(api, stage)
}

func (c connections) Post(api, stage, id string, message []byte) error {
	if err := knownID(id); err != nil {
		return err
	}
	switch c.system.sockets.Post(api, stage, id, message) {
	case websocket.Done:
		return nil
	case websocket.Full:
		// Management API reference, LimitExceededException: "the WebSocket client
		// side buffer is full".
		return &aws.Refusal{Status: http.StatusTooManyRequests, Code: "LimitExceededException", Message: "Too Many Requests"}
	case websocket.TooLarge:
		return &aws.Refusal{Status: http.StatusRequestEntityTooLarge, Code: "PayloadTooLargeException", Message: "Request Too Long"}
	default:
		return gone
	}
}

func (c connections) Get(api, stage, id string) (aws.Connection, error) {
	if err := knownID(id); err != nil {
		return aws.Connection{}, err
	}
	known, found := c.system.sockets.Get(api, stage, id)
	if !found {
		return aws.Connection{}, gone
	}
	return aws.Connection(known), nil
}

func (c connections) Delete(api, stage, id string) error {
	if err := knownID(id); err != nil {
		return err
	}
	if !c.system.sockets.Delete(api, stage, id) {
		return gone
	}
	return nil
}

// gone is the answer for a connection that is not there any more, or not yet.
var gone = &aws.Refusal{Status: http.StatusGone, Code: "GoneException", Message: "410"}

// knownID refuses what can be no connection's ID, as a client of AWS has seen it
// (bref's samples of the Management API).
func knownID(id string) error {
	if websocket.ValidID(id) {
		return nil
	}
	return &aws.Refusal{Status: http.StatusBadRequest, Code: "BadRequestException", Message: "Invalid connectionId: " + id}
}
