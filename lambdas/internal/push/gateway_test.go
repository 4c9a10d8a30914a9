package push

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// gateway is an HTTP server that answers @connections as API Gateway does. What it knows no behaviour for is an open
// connection.
type gateway struct {
	mutex    sync.Mutex
	got      map[string][]string // the messages of each connection
	refusals map[string][]int    // the statuses that it answers for a connection first
	slow     string              // the connection whose client does not read
	held     chan struct{}       // what requests wait for to be closed; nil for nothing
	trouble  []string            // what was wrong with requests
	now      int                 // requests under way
	most     int                 // at once
}

// errorTypes are the names of API Gateway's errors, by their status.
var errorTypes = map[int]string{
	http.StatusGone: "GoneException", http.StatusTooManyRequests: "LimitExceededException",
	http.StatusForbidden: "ForbiddenException", http.StatusRequestEntityTooLarge: "PayloadTooLargeException",
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	connection, ok := strings.CutPrefix(r.URL.Path, "/updates/@connections/")
	body, err := io.ReadAll(r.Body)
	g.mutex.Lock()
	g.now++
	g.most = max(g.most, g.now)
	if !ok || r.Method != http.MethodPost || err != nil || !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/execute-api/aws4_request") {
		g.trouble = append(g.trouble, fmt.Sprintf("%s %s, %v, %q", r.Method, r.URL, err, r.Header.Get("Authorization")))
	}
	answer := http.StatusOK
	if refusals := g.refusals[connection]; len(refusals) > 0 {
		answer, g.refusals[connection] = refusals[0], refusals[1:]
	}
	g.mutex.Unlock()
	defer func() {
		g.mutex.Lock()
		g.now--
		g.mutex.Unlock()
	}()
	if g.held != nil {
		<-g.held
	}
	if connection == g.slow {
		<-r.Context().Done()
		return
	}
	if len(body) > 128*1024 {
		answer = http.StatusRequestEntityTooLarge
	}
	if answer != http.StatusOK {
		w.Header().Set("X-Amzn-Errortype", errorTypes[answer])
		w.WriteHeader(answer)
		_, _ = io.WriteString(w, `{"message":null}`)
		return
	}
	g.mutex.Lock()
	g.got[connection] = append(g.got[connection], string(body))
	g.mutex.Unlock()
}
