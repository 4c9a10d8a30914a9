package aws

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// connectionsPath begins the paths of commands for connections: deployed they
// are at https://<api>.execute-api.<region>.amazonaws.com/<stage>/@connections/…,
// and here at <endpoint>/execute-api/<api>/<stage>/@connections/….
const connectionsPath = "/execute-api/"

// maxConnectionMessage is the size of a message in bytes ("Quotas for configuring
// and running a WebSocket API").
const maxConnectionMessage = 128 << 10

// Connections are those of WebSocket APIs, for who sends to them. An error that
// API Gateway would answer with is a *Refusal.
type Connections interface {
	// StageARN is that of a stage: arn:aws:execute-api:<region>:<account>:<api>/<stage>.
	StageARN(api, stage string) (arn string, found bool)

	Post(api, stage, id string, message []byte) error
	Get(api, stage, id string) (Connection, error)
	Delete(api, stage, id string) error
}

// Connection is what there is to know of a connection.
type Connection struct {
	ConnectedAt, LastActiveAt time.Time
	SourceIP, UserAgent       string
}

// commanded is the connection that a command is for, by its path, which is decoded:
// SDKs escape the @ and the = of an ID. By it a command that is not signed is told
// from a request to S3.
func commanded(path string) (api, stage, id string, ok bool) {
	rest, ok := strings.CutPrefix(path, connectionsPath)
	parts := strings.SplitN(rest, "/", 4)
	if !ok || len(parts) < 4 || parts[2] != "@connections" || parts[3] == "" {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[3], true
}

// serveConnections answers the API Gateway Management API: PostToConnection,
// GetConnection and DeleteConnection. It is false for any other request.
func (e *Endpoint) serveConnections(w http.ResponseWriter, r *http.Request, c caller, s scope) bool {
	api, stage, id, ok := commanded(r.URL.Path)
	if !ok {
		return false
	}
	switch r.Method {
	case http.MethodPost, http.MethodGet, http.MethodDelete:
	default:
		return false
	}
	arn, found := e.connections.StageARN(api, stage)
	if !found {
		refuseConnection(w, &Refusal{Status: http.StatusForbidden, Code: "ForbiddenException", Message: "Forbidden"})
		return true
	}
	need := permission{action: "execute-api:ManageConnections", resource: arn + "/" + r.Method + "/@connections/" + id}
	if denied := e.authorize(c, need, s.region, nil, nil); denied != "" {
		refuseConnection(w, &Refusal{Status: http.StatusForbidden, Code: "ForbiddenException", Message: string(denied)})
		return true
	}
	var err error
	switch r.Method {
	case http.MethodPost:
		err = e.postToConnection(w, r, api, stage, id)
	case http.MethodDelete:
		if err = e.connections.Delete(api, stage, id); err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
	default:
		var known Connection
		if known, err = e.connections.Get(api, stage, id); err == nil {
			w.Header().Set("Content-Type", "application/json")
			write(w, http.StatusOK, encoded(map[string]any{
				"connectedAt":  known.ConnectedAt.UTC().Format("2006-01-02T15:04:05.000Z"),
				"lastActiveAt": known.LastActiveAt.UTC().Format("2006-01-02T15:04:05.000Z"),
				"identity":     map[string]string{"sourceIp": known.SourceIP, "userAgent": known.UserAgent},
			}))
		}
	}
	if err != nil {
		refuseConnection(w, refusal(err))
	}
	return true
}

func (e *Endpoint) postToConnection(w http.ResponseWriter, r *http.Request, api, stage, id string) error {
	message, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxConnectionMessage))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return &Refusal{Status: http.StatusRequestEntityTooLarge, Code: "PayloadTooLargeException", Message: "Request Too Long"}
	}
	if err != nil {
		return &Refusal{Status: http.StatusBadRequest, Code: "BadRequestException", Message: "the request broke off: " + err.Error()}
	}
	if err := e.connections.Post(api, stage, id, message); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// refuseConnection answers in the form of AWS's REST protocol. What is gone has
// no body (georgeboot/laravel-echo-api-gateway#9).
func refuseConnection(w http.ResponseWriter, r *Refusal) {
	w.Header().Set("X-Amzn-Errortype", r.Code)
	if r.Status == http.StatusGone {
		w.WriteHeader(r.Status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	write(w, r.Status, encoded(map[string]string{"message": r.Message}))
}
