package websocket

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"annex/local/apigateway"
)

// SentTo is the gateway for clients that know its host by another name, as those
// of local mode do: signed handshakes are signed for that one.
func (g *Gateway) SentTo(host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.connect(w, r, host) })
}

// connect answers a handshake, and leaves the connection to its goroutines.
// "Until execution of the integration associated with the $connect route is
// completed, the upgrade request is pending". Whose page it comes from is not
// looked at: API Gateway does not, so that is for the authorizer.
func (g *Gateway) connect(w http.ResponseWriter, r *http.Request, sentTo string) {
	c := &connection{
		gateway: g, id: apigateway.NewRequestID(), requestID: apigateway.NewRequestID(), domain: hostOf(r), connected: time.Now(),
		identity: identity{UserAgent: r.UserAgent(), SourceIP: sourceIP(r)},
		queue:    make(chan []byte, queued), ready: make(chan struct{}), ended: make(chan struct{}),
		wanted: make(chan struct{}), written: make(chan struct{}),
	}
	x := Exchange{Time: c.connected, Host: c.domain, ConnectionID: c.id, RequestID: c.requestID}
	defer func() {
		x.Latency = time.Since(x.Time)
		g.done(r.Context(), x)
	}()
	refuse := func(refused *refusal) {
		x.Status, x.Err = refused.status, refused
		answer(w, refused.status, refused.body(c.id, c.requestID))
	}
	answered, refused := g.admit(r, sentTo, c, &x)
	switch {
	case refused != nil:
		refuse(refused)
		return
	case answered.status < 200 || answered.status > 299:
		x.Status = answered.status
		answer(w, answered.status, []byte(answered.body)) // [?] who is turned away learns the function's reason
		return
	}
	if !g.add(c) {
		refuse(failed(http.StatusServiceUnavailable, "local mode is ending"))
		return
	}
	tapping := &tappingWriter{ResponseWriter: w}
	options := &websocket.AcceptOptions{InsecureSkipVerify: true} // of the origin: see above
	if answered.subprotocol != "" {
		options.Subprotocols = []string{answered.subprotocol}
	}
	socket, err := websocket.Accept(tapping, r, options)
	if err != nil {
		g.remove(c)
		close(c.ready)
		close(c.ended)
		g.working.Done()
		x.Status, x.Err = http.StatusBadRequest, err // it has been answered
		return
	}
	x.Status = http.StatusSwitchingProtocols
	c.socket, c.tap = socket, tapping.tap
	c.touch()
	close(c.ready)
	go func() {
		defer g.working.Done()
		c.run()
	}()
}

// admit says whether a handshake may become a connection, and what the function
// of $connect has to say to it; a route is not required.
func (g *Gateway) admit(r *http.Request, sentTo string, c *connection, x *Exchange) (result, *refusal) {
	s := g.current.Load()
	if len(r.URL.RequestURI()) > maxURL {
		return result{}, &refusal{http.StatusRequestURITooLong, "URI Too Long", fmt.Errorf("the URL has %d characters, API Gateway takes %d", len(r.URL.RequestURI()), maxURL)}
	}
	stage, refused := s.find(c.domain, cmp.Or(r.URL.Path, "/"))
	if refused != nil {
		return result{}, refused
	}
	c.at, x.API = stage, stage.api.Name
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return result{}, &refusal{http.StatusUpgradeRequired, "Upgrade Required", errors.New("a WebSocket API takes nothing but handshakes")} // [?]
	}
	route := stage.routes[connectKey]
	if route == nil {
		return result{status: http.StatusOK}, nil
	}
	x.RouteKey = connectKey
	if route.Unsupported != "" {
		return result{}, unsupported(route.Unsupported)
	}
	if refused := g.authorize(r, sentTo, s, route, c, x); refused != nil {
		return result{}, refused
	}
	return g.run(r.Context(), s, stage, route, c.connectEvent(r, x.Time), x)
}

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // an error is a client that went away, and the type is JSON
}

// hostOf is the host that a handshake is for: lower case, no port.
func hostOf(r *http.Request) string {
	name, _, _ := strings.Cut(strings.ToLower(r.Host), ":")
	return name
}
