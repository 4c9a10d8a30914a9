package websocket

import (
	"context"
	"errors"
	"time"

	"github.com/coder/websocket"

	"annex/local/apigateway"
)

// The codes that API Gateway closes connections with: 1001 for one that idles or
// has lasted its time, and 1000 for one that @connections ended, whose reason is
// in a capture (boto/boto3#3789); 1003 for a binary frame; 1009 for a message or
// a frame that is too large.
const (
	goingAway = websocket.StatusGoingAway

	// abnormal is the code of a connection that ended without being closed
	// (RFC 6455, section 7.4.1).
	abnormal = websocket.StatusAbnormalClosure
)

// lastWrites and lastReads are how long a connection that is closed from this
// side may take to write what is queued, and then to read what was on its way.
const (
	lastWrites = time.Second
	lastReads  = 6 * time.Second
)

// closure is how this side closed a connection.
type closure struct {
	code   websocket.StatusCode
	reason string
}

// close has the connection ended from this side. It does not wait.
func (c *connection) close(code websocket.StatusCode, reason string) {
	c.closing.Do(func() {
		c.closed.Store(&closure{code, reason})
		close(c.wanted)
	})
}

// open says whether it is neither ended nor to end.
func (c *connection) open() bool {
	select {
	case <-c.ended:
		return false
	default:
		return c.closed.Load() == nil
	}
}

// shut tells the client that the connection ends, once that is wanted, and after
// what it was sent before, if it reads that.
func (c *connection) shut(ctx context.Context) {
	select {
	case <-c.wanted:
	case <-ctx.Done():
		return
	}
	select {
	case <-c.written:
	case <-time.After(lastWrites):
	case <-ctx.Done():
		return
	}
	// Close waits for the client's answer, five seconds, and for the rest of a
	// message that it is in the middle of for ever.
	stuck := time.AfterFunc(c.gateway.lastReads, func() { _ = c.tap.Close() })
	defer stuck.Stop()
	own := c.closed.Load()
	_ = c.socket.Close(own.code, own.reason) // an error is a client that is gone
}

// abandon ends a connection whose client does not answer.
func (c *connection) abandon() {
	<-c.ready
	if c.tap != nil {
		_ = c.tap.Close() // it is gone either way
	}
}

// ending is how a connection ended, where reading from it gave the error.
func (c *connection) ending(err error) (websocket.StatusCode, string) {
	if own := c.closed.Load(); own != nil {
		return own.code, own.reason
	}
	closed := websocket.CloseError{}
	if !errors.As(err, &closed) {
		return abnormal, "Connection Closed Abnormally" // as 1000 has it, which is in a capture [?]
	}
	if closed.Code == websocket.StatusNoStatusRcvd {
		return closed.Code, "Client-side close frame status not set" // [C]
	}
	return closed.Code, closed.Reason
}

// disconnected tells the function of $disconnect, where there is one.
func (c *connection) disconnected(code int, reason string) {
	g := c.gateway
	x := Exchange{
		Time: time.Now(), Host: c.domain, API: c.at.api.Name, ConnectionID: c.id, RequestID: apigateway.NewRequestID(),
		RouteKey: disconnectKey, Closed: code, WhyClosed: reason,
	}
	s := g.current.Load()
	if at := s.stages[c.at.key()]; at != nil && g.running.Err() == nil {
		if route := at.routes[disconnectKey]; route != nil {
			if _, refused := g.run(g.running, s, at, route, c.disconnectEvent(x.RequestID, code, reason, x.Time), &x); refused != nil {
				x.Err = refused
			}
		}
	}
	x.Latency = time.Since(x.Time)
	g.done(g.running, x)
}
