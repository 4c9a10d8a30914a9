package websocket

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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

const (
	// queued is how many messages wait for a client that does not read. The
	// Management API reference says that there is an end to it, "the WebSocket
	// client side buffer is full", but not where [?].
	queued = 64

	// atOnce is how many messages of one connection are worked on at a time; the
	// next ones are not read meanwhile. AWS has no such number, and Lambda's
	// concurrency is the end there.
	atOnce = 64
)

// connection is a client's.
type connection struct {
	gateway    *Gateway
	at         *servedStage // as it was when the client connected
	id, domain string
	requestID  string // of $connect
	connected  time.Time
	identity   identity
	authorizer map[string]any // what it said, in all later events

	queue chan []byte // to the client, which may be slow: nobody waits for it
	ready chan struct{}
	ended chan struct{} // closed when nothing comes or goes any more

	socket *websocket.Conn // these are there once it is ready, unless the handshake failed
	tap    *tap

	active  atomic.Int64 // when a message came or went, in milliseconds
	idle    *time.Timer
	closing sync.Once
	closed  atomic.Pointer[closure]
	wanted  chan closure // takes one
}

// closure is how this side closed a connection.
type closure struct {
	code   websocket.StatusCode
	reason string
}

// add makes a connection known, unless the gateway is closed. Its end is
// working.Done.
func (g *Gateway) add(c *connection) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.connections[c.id] = c
	g.working.Add(1)
	return true
}

func (g *Gateway) remove(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.connections, c.id)
}

func (g *Gateway) done(ctx context.Context, x Exchange) {
	if g.options.Done != nil {
		g.options.Done(ctx, x)
	}
}

// run carries messages until the connection ends, and then tells $disconnect.
func (c *connection) run() {
	ctx, cancel := context.WithCancel(context.Background())
	lifetime := time.AfterFunc(c.gateway.options.Lifetime, func() { c.close(goingAway, "Going away") })
	var working sync.WaitGroup
	working.Go(func() {
		defer cancel() // what cannot be written to is not read from either
		c.write(ctx)
	})
	working.Go(func() { c.shut(ctx) })
	code, reason := c.read(ctx, &working)
	cancel()
	c.gateway.remove(c)
	close(c.ended)
	c.disconnected(int(code), reason)
	working.Wait()
	_ = c.socket.CloseNow() // of one that broke off, what is left
	lifetime.Stop()
	c.idle.Stop()
}

// read reads messages, each of which is worked on by itself, and says how the
// connection ended.
func (c *connection) read(ctx context.Context, working *sync.WaitGroup) (websocket.StatusCode, string) {
	c.socket.SetReadLimit(maxMessage)
	free := make(chan struct{}, atOnce)
	for n := int64(1); ; n++ {
		kind, message, err := c.socket.Read(ctx)
		if err != nil {
			return c.ending(err)
		}
		switch {
		case kind == websocket.MessageBinary:
			c.close(websocket.StatusUnsupportedData, "")
			return c.ending(nil)
		case c.tap.frames.tooLarge(n):
			c.close(websocket.StatusMessageTooBig, "")
			return c.ending(nil)
		}
		c.touch()
		select {
		case free <- struct{}{}:
		case <-ctx.Done(): // its client reads none of the answers, and is gone
			return c.ending(ctx.Err())
		}
		working.Go(func() {
			defer func() { <-free }()
			c.message(message)
		})
	}
}

// ending is how a connection ended, where reading from it gave the error.
func (c *connection) ending(err error) (websocket.StatusCode, string) {
	if own := c.closed.Load(); own != nil {
		return own.code, own.reason
	}
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return websocket.StatusMessageTooBig, ""
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

// write sends what is queued, in frames that are not larger than those that are
// taken. A client that does not read holds it up, and nobody else.
func (c *connection) write(ctx context.Context) {
	for {
		var message []byte
		select {
		case <-ctx.Done():
			return
		case message = <-c.queue:
		}
		w, err := c.socket.Writer(ctx, websocket.MessageText)
		for err == nil && len(message) > 0 {
			frame := message[:min(len(message), maxFrame)]
			message = message[len(frame):]
			_, err = w.Write(frame)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return
		}
		c.touch()
	}
}

// touch notes that a message came or went, and has the connection idle from now.
func (c *connection) touch() {
	c.active.Store(time.Now().UnixMilli())
	if c.idle == nil {
		c.idle = time.AfterFunc(c.gateway.options.Idle, func() { c.close(goingAway, "Going away") })
		return
	}
	c.idle.Reset(c.gateway.options.Idle)
}

// close has the connection ended from this side. It does not wait.
func (c *connection) close(code websocket.StatusCode, reason string) {
	c.closing.Do(func() {
		c.closed.Store(&closure{code, reason})
		c.wanted <- closure{code, reason}
	})
}

// shut tells the client that the connection ends, once that is wanted.
func (c *connection) shut(ctx context.Context) {
	var own closure
	select {
	case own = <-c.wanted:
	case <-ctx.Done(): // what it received may be why
		select {
		case own = <-c.wanted:
		default:
			return
		}
	}
	_ = c.socket.Close(own.code, own.reason) // an error is a client that is gone
}

// abandon ends a connection whose client does not answer.
func (c *connection) abandon() {
	<-c.ready
	if c.tap != nil {
		_ = c.tap.Close() // it is gone either way
	}
}

// message is one of the client.
func (c *connection) message(text []byte) {
	g := c.gateway
	x := Exchange{
		Time: time.Now(), Host: c.domain, API: c.at.api.Name, ConnectionID: c.id, RequestID: apigateway.NewRequestID(), Bytes: len(text),
	}
	reply, refused := c.route(text, &x)
	if refused != nil {
		x.Err = refused
		reply = refused.body(c.id, x.RequestID)
	}
	x.Latency = time.Since(x.Time)
	g.done(g.running, x)
	if len(reply) == 0 {
		return
	}
	select {
	case c.queue <- reply:
	case <-c.ended:
	}
}

// route finds the route of a message, has its function run and says what the
// client gets: of a route without a response nothing.
func (c *connection) route(text []byte, x *Exchange) ([]byte, *refusal) {
	g := c.gateway
	s := g.current.Load()
	at := s.stages[c.at.key()]
	if at == nil {
		return nil, forbidden("stage %s of API %q is not there any more", c.at.stage.Name, c.at.api.Name)
	}
	key, ok := at.api.Selection.key(text)
	route := at.routes[key]
	if !ok || route == nil || key == connectKey || key == disconnectKey {
		route = at.routes[defaultKey]
	}
	if route == nil {
		return nil, forbidden("API %q has no route %q, which %s chose, and no %s", at.api.Name, key, at.api.Selection, defaultKey)
	}
	e := c.messageEvent(route.Key, x.RequestID, apigateway.NewRequestID(), string(text), x.Time)
	made, refused := g.run(g.running, s, at, route, e, x)
	if refused != nil || !route.TwoWay {
		return nil, refused
	}
	return []byte(made.body), nil
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
