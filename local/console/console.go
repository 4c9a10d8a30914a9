// Package console is the page that shows a developer what happens inside local
// mode: what the templates describe, and each request with its hops, its event
// and response, its logs, the calls that its functions made to AWS, and what was
// refused and why. It records while a page is open, and costs nothing while none
// is. What it shows comes to it as small values of its own: it knows no other
// part of local mode. Only local's main may import it.
package console

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"time"
)

// Options are what a Console needs beside what it records.
type Options struct {
	Stage string

	// Resources are what is served now.
	Resources func() Resources

	// Environments are the functions' execution environments now, by the
	// functions' names.
	Environments func() map[string]Environments

	// Queues are how many messages the queues have now, by the queues' ARNs, and
	// Peek the first messages of one.
	Queues func() map[string]Messages
	Peek   func(queueARN string) ([]json.RawMessage, error)

	// Replay sends a request again, by the same way, and returns when it is
	// answered. What it records is marked as the replay of the one with the ID.
	Replay func(ctx context.Context, of int64, r Request) (id int64, err error)
}

// Console is the page's server.
type Console struct {
	recorder *Recorder
	options  Options
}

// New makes a console that shows what the recorder records.
func New(recorder *Recorder, options Options) *Console { return &Console{recorder, options} }

//go:embed page
var page embed.FS

// policy lets the page do nothing but what it needs: its own style, script and
// server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handle adds the console's addresses to the mux.
func (c *Console) Handle(mux *http.ServeMux) {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // it is embedded
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		panic(err) // so is this
	}
	for _, entry := range entries {
		name := entry.Name()
		address := "/" + name
		if name == "index.html" {
			address = "/{$}"
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err) // and this
		}
		mux.HandleFunc("GET "+address, func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
			h.Set("Content-Security-Policy", policy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cache-Control", "no-store") // it is of this runner
			_, _ = w.Write(content)            // a client that has gone needs nothing
		})
	}
	mux.HandleFunc("GET /events", c.events)
	mux.HandleFunc("GET /resources", func(w http.ResponseWriter, _ *http.Request) { answer(w, c.options.Resources()) })
	mux.HandleFunc("GET /requests/{id}", c.detail)
	mux.HandleFunc("GET /messages/{queue}", c.messages)
	mux.HandleFunc("POST /replay", c.replay)
}

// messages answers the first messages of a queue.
func (c *Console) messages(w http.ResponseWriter, r *http.Request) {
	messages, err := c.options.Peek(r.PathValue("queue"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	answer(w, messages)
}

// detail answers all that is known of one exchange.
func (c *Console) detail(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	shown, ok := c.recorder.show(id)
	if err != nil || !ok {
		http.Error(w, gone, http.StatusNotFound)
		return
	}
	answer(w, shown)
}

const gone = "this request is not kept any more: the console keeps the last ones only, and only while a page is open"

// maxReplay is more than any replay has: the body that is sent in place of the
// recorded one.
const maxReplay = 12 << 20

// replay sends a recorded request again, with another body or address where
// those are given.
func (c *Console) replay(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		ID   int64   `json:"id"`
		URI  *string `json:"uri"`
		Body *string `json:"body"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxReplay)).Decode(&wanted); err != nil {
		http.Error(w, "want {\"id\": …} of a request: "+err.Error(), http.StatusBadRequest)
		return
	}
	request, err := c.recorder.again(wanted.ID, wanted.Body != nil)
	if err != nil {
		status := http.StatusConflict
		if errors.Is(err, errGone) {
			status = http.StatusNotFound
		}
		http.Error(w, err.Error(), status)
		return
	}
	if wanted.URI != nil {
		request.URI = *wanted.URI
	}
	if wanted.Body != nil {
		request.Body = []byte(*wanted.Body)
		request.Header.Set("Content-Length", strconv.Itoa(len(request.Body)))
	}
	id, err := c.options.Replay(r.Context(), wanted.ID, request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, map[string]int64{"id": id})
}

func answer(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // a client that has gone needs nothing
}

// milliseconds are how the page has durations.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
