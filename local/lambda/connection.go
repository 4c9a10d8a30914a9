package lambda

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// connection is one connection of a process to its Runtime API.
//
// The server is this file and not net/http's because whoever brings an event
// answers the request that waits for it. With net/http a goroutine per
// connection waits instead and is woken, while another watches the connection;
// measured with BenchmarkInvokeWarm, that made an invocation a quarter longer.
type connection struct {
	net.Conn
}

// accept serves the process's connections until its listener closes.
func (p *process) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		c := &connection{conn}
		p.mu.Lock()
		if p.connections == nil {
			p.mu.Unlock()
			_ = conn.Close()
			return
		}
		p.connections[c] = struct{}{}
		p.mu.Unlock()
		p.serving.Go(func() { p.serve(c) })
	}
}

// serve answers the requests of one connection, one after the other.
func (p *process) serve(c *connection) {
	defer func() {
		_ = c.Close()
		p.mu.Lock()
		delete(p.connections, c)
		p.mu.Unlock()
	}()
	reader := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return // it hung up, or does not speak HTTP
		}
		if r.Header.Get("Expect") == "100-continue" {
			if _, err := io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
				return
			}
		}
		p.handle(c, r)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
	}
}

// reply sends a response with a JSON body. Where that fails the process has
// hung up, so nothing is left to be done about it.
func (c *connection) reply(status int, body []byte, headers ...string) {
	head := make([]byte, 0, 512)
	head = fmt.Appendf(head, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d",
		status, http.StatusText(status), len(body))
	for i := 0; i+1 < len(headers); i += 2 {
		head = append(head, "\r\n"+headers[i]+": "+headers[i+1]...)
	}
	head = append(head, "\r\n\r\n"...)
	_, _ = (&net.Buffers{head, body}).WriteTo(c.Conn)
}
