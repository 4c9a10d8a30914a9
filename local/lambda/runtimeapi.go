package lambda

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"annex/local/uuid"
)

// The Runtime API, version 2018-06-01 (http-edge.md §2.1), and of the
// Extensions API what aws-lambda-go's WithEnableSIGTERM asks for.

// responseLimit is the size of an answer in bytes: 6 MiB and a hundred
// (http-edge.md §2.4).
const responseLimit = 6<<20 + 100

// handle answers one request.
func (p *process) handle(c *connection, r *http.Request) {
	const runtime = "/2018-06-01/runtime/"
	id, verb := invocationPath(r.URL.Path)
	switch {
	case r.Host != p.listener.Addr().String():
		// A web page whose name was rebound to this address sends its own name.
		c.reply(http.StatusForbidden, runtimeError("Forbidden", "the Runtime API is not "+r.Host))
	case r.Method == http.MethodGet && r.URL.Path == runtime+"invocation/next":
		p.handleNext(c)
	case r.Method == http.MethodPost && verb == "response":
		p.handleResponse(c, r, id)
	case r.Method == http.MethodPost && verb == "error":
		p.handleError(c, r, id)
	case r.Method == http.MethodPost && r.URL.Path == runtime+"init/error":
		p.handleInitError(c, r)
	case r.Method == http.MethodPost && r.URL.Path == "/2020-01-01/extension/register":
		p.handleRegister(c, r)
	case r.Method == http.MethodGet && r.URL.Path == "/2020-01-01/extension/event/next":
		// It registered for no events, so this is never answered.
	default:
		c.reply(http.StatusNotFound, runtimeError("NotFound", "local mode has no "+r.Method+" "+r.URL.Path+" in its Runtime API"))
	}
}

// invocationPath parts /2018-06-01/runtime/invocation/{id}/{verb}. Both are
// empty for any other path.
func invocationPath(path string) (id, verb string) {
	rest, found := strings.CutPrefix(path, "/2018-06-01/runtime/invocation/")
	if !found {
		return "", ""
	}
	id, verb, found = strings.Cut(rest, "/")
	if !found {
		return "", ""
	}
	return id, verb
}

func (p *process) handleNext(c *connection) {
	event, ok := p.environment.next(p, c)
	if !ok {
		c.acknowledge(invalidStateTransition)
		return
	}
	event.send()
}

// delivery is an event on its way to a process.
type delivery struct {
	to         *connection
	invocation *invocation
}

// send sends the event. It does nothing for nil. If it fails, the process has
// hung up: it exits, or the invocation's time ends.
func (d *delivery) send() {
	if d == nil {
		return
	}
	inv := d.invocation
	d.to.reply(http.StatusOK, inv.payload,
		"Lambda-Runtime-Aws-Request-Id", inv.id,
		"Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10),
		"Lambda-Runtime-Invoked-Function-Arn", inv.arn,
		"Lambda-Runtime-Trace-Id", inv.trace,
	)
}

func (p *process) handleResponse(c *connection, r *http.Request, id string) {
	body, ok := p.readAnswer(c, r, id)
	if !ok {
		return
	}
	a := answer{payload: body}
	// A response whose source failed half way ends with a description of the error.
	if r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != "" {
		if described, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body")); err == nil {
			a = failed(described)
		}
	}
	c.acknowledge(p.environment.respond(p, id, a))
}

func (p *process) handleError(c *connection, r *http.Request, id string) {
	if body, ok := p.readAnswer(c, r, id); ok {
		c.acknowledge(p.environment.respond(p, id, failed(body)))
	}
}

// readAnswer reads an answer to an event. When it is too large it answers the
// request itself: the runtime with a refusal, the caller with an error.
func (p *process) readAnswer(c *connection, r *http.Request, id string) ([]byte, bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, responseLimit+1))
	if err != nil {
		return nil, false // it hung up
	}
	if len(body) <= responseLimit {
		return body, true
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil { // so that it reads the refusal
		return nil, false
	}
	a := failed(fmt.Appendf(nil, `{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).","errorType":"Function.ResponseSizeTooLarge"}`, responseLimit))
	if refused := p.environment.respond(p, id, a); refused != accepted {
		c.acknowledge(refused)
		return nil, false
	}
	c.reply(http.StatusRequestEntityTooLarge, runtimeError("RequestEntityTooLarge",
		fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", responseLimit)))
	return nil, false
}

func (p *process) handleInitError(c *connection, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, responseLimit))
	if err != nil {
		return
	}
	c.acknowledge(p.environment.failInit(p, body))
}

// handleRegister registers an internal extension, which is how a process asks
// for SIGTERM before its end.
func (p *process) handleRegister(c *connection, r *http.Request) {
	var registration struct {
		Events []string `json:"events"`
	}
	if err := json.NewDecoder(r.Body).Decode(&registration); err != nil {
		c.reply(http.StatusBadRequest, runtimeError("InvalidRequestFormat", err.Error()))
		return
	}
	if len(registration.Events) > 0 {
		c.reply(http.StatusNotImplemented, runtimeError("NotImplemented",
			"local mode sends no events to extensions: register for none, or leave the extension out"))
		return
	}
	p.environment.register(p)
	f := p.environment.pool.function
	body, err := json.Marshal(map[string]string{
		"functionName": f.Name, "functionVersion": p.environment.pool.code.version, "handler": f.Handler,
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	c.reply(http.StatusOK, body, "Lambda-Extension-Identifier", uuid.New())
}

// verdict is what becomes of what a runtime posts.
type verdict int

const (
	accepted verdict = iota
	invalidRequestID
	invalidStateTransition
)

func (c *connection) acknowledge(v verdict) {
	switch v {
	case accepted:
		c.reply(http.StatusAccepted, []byte(`{"status":"OK"}`))
	case invalidRequestID:
		c.reply(http.StatusBadRequest, runtimeError("InvalidRequestID", "Invalid request ID"))
	case invalidStateTransition:
		c.reply(http.StatusForbidden, runtimeError("InvalidStateTransition", "State transition is not allowed"))
	}
}

// runtimeError describes an error to the runtime.
func runtimeError(kind, message string) []byte {
	body, err := json.Marshal(struct {
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}{message, kind})
	if err != nil {
		panic(err) // two strings always marshal
	}
	return body
}
