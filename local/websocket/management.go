package websocket

import (
	"encoding/base64"
	"time"

	"github.com/coder/websocket"
)

// Connection is what GetConnection tells of a connection.
type Connection struct {
	ConnectedAt, LastActiveAt time.Time
	SourceIP, UserAgent       string
}

// Sent is what became of a command of "@connections".
type Sent int

// What can become of a command.
const (
	Done     Sent = iota
	Gone          // there is no such connection, or not yet: $connect has not returned
	Full          // its client does not read what was sent before
	TooLarge      // for a message
)

// ValidID says whether a text can be the ID of a connection: others are refused
// as such, and not as gone (localstack/localstack#4694).
func ValidID(id string) bool {
	data, err := base64.URLEncoding.DecodeString(id)
	return err == nil && len(data) == 11
}

// StageARN is that of a stage, such as
// arn:aws:execute-api:<region>:<account>:<api>/<stage>.
func (g *Gateway) StageARN(apiID, stage string) (arn string, found bool) {
	at := g.current.Load().stages[apiID+"/"+stage]
	if at == nil {
		return "", false
	}
	return at.arn(), true
}

// Post sends a message to a client. It does not wait until the client has it: as
// at AWS, that is not known.
func (g *Gateway) Post(apiID, stage, id string, message []byte) Sent {
	if len(message) > maxMessage {
		return TooLarge
	}
	c := g.find(apiID, stage, id)
	if c == nil {
		return Gone
	}
	select {
	case c.queue <- message:
		return Done
	default:
		return Full
	}
}

// Get tells of a connection; it is false for one that is gone.
func (g *Gateway) Get(apiID, stage, id string) (Connection, bool) {
	c := g.find(apiID, stage, id)
	if c == nil {
		return Connection{}, false
	}
	return Connection{
		ConnectedAt: c.connected, LastActiveAt: time.UnixMilli(c.active.Load()),
		SourceIP: c.identity.SourceIP, UserAgent: c.identity.UserAgent,
	}, true
}

// Delete closes a connection; it is false for one that is gone.
func (g *Gateway) Delete(apiID, stage, id string) bool {
	c := g.find(apiID, stage, id)
	if c == nil {
		return false
	}
	c.close(websocket.StatusNormalClosure, "Connection Closed Normally")
	return true
}

// find is a connection to the stage that is open.
func (g *Gateway) find(apiID, stage, id string) *connection {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.connections[id]
	if c == nil || c.at.key() != apiID+"/"+stage || !c.open() {
		return nil
	}
	return c
}
