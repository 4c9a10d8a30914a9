package websocket

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"annex/local/apigateway"
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
	wanted  chan struct{} // closed once it is to end from this side
	written chan struct{} // closed when all that was queued before that is written
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
	working.Go(func() {
		defer cancel()
		c.shut(ctx)
	})
	code, reason := c.read(ctx, &working)
	if c.closed.Load() == nil { // otherwise shut has something to say first
		cancel()
	}
	close(c.ended)
	c.disconnected(int(code), reason)
	working.Wait()
	_ = c.socket.CloseNow() // of one that broke off, what is left
	lifetime.Stop()
	c.idle.Stop()
	c.gateway.remove(c)
}

// read reads messages, each of which is worked on by itself, and says how the
// connection ended.
func (c *connection) read(ctx context.Context, working *sync.WaitGroup) (websocket.StatusCode, string) {
	c.socket.SetReadLimit(-1) // it would break off in the middle of a message, and clients learn no code then
	free := make(chan struct{}, atOnce)
	for n := int64(1); ; n++ {
		kind, from, err := c.socket.Reader(ctx)
		if err != nil {
			return c.ending(err)
		}
		message, err := io.ReadAll(io.LimitReader(from, maxMessage+1))
		if err != nil {
			return c.ending(err)
		}
		switch {
		case kind == websocket.MessageBinary:
			c.close(websocket.StatusUnsupportedData, "")
			return c.ending(nil)
		case len(message) > maxMessage, c.tap.frames.tooLarge(n):
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

// write sends what is queued, until the connection ends. A client that does not
// read holds it up, and nobody else.
func (c *connection) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case message := <-c.queue:
			if c.send(ctx, message) != nil {
				return
			}
			continue
		case <-c.wanted:
		}
		break
	}
	for len(c.queue) > 0 { // nobody else takes from it
		if c.send(ctx, <-c.queue) != nil {
			return
		}
	}
	close(c.written)
	<-ctx.Done()
}

// send writes a message, in frames that are not larger than those that are taken.
func (c *connection) send(ctx context.Context, message []byte) error {
	if len(message) <= maxFrame {
		if err := c.socket.Write(ctx, websocket.MessageText, message); err != nil {
			return err
		}
		c.touch()
		return nil
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
		return err
	}
	c.touch()
	return nil
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
	if len(made.body) > maxMessage {
		return nil, failed(http.StatusBadGateway, "function %s returned a body of %d bytes, a message has %d at most", route.FunctionARN, len(made.body), maxMessage) // [?]
	}
	return []byte(made.body), nil
}
