package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"
)

const (
	queued      = 256              // events that wait for a page at most; what comes beyond is counted
	patience    = 10 * time.Second // for a page that takes nothing
	lookEvery   = time.Second      // at the environments
	remindEvery = 15 * time.Second // so that a connection that is dead is found out
)

// connection is one page that is connected.
type connection struct {
	events  chan []byte
	skipped int // guarded by the recorder's mutex
}

// connect begins the recording with the first page. The page sees what begins
// from now on.
func (r *Recorder) connect() *connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	page := &connection{events: make(chan []byte, queued)}
	r.pages[page] = struct{}{}
	r.connected.Add(1)
	page.events <- event("hello", map[string]any{"since": time.Now().UnixMilli(), "trouble": r.trouble})
	return page
}

// leave ends the recording with the last page, and lets go of what was
// recorded.
func (r *Recorder) leave(page *connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pages, page)
	if r.connected.Add(-1) == 0 {
		r.ring, r.details = ring{}, newDetails()
	}
}

// publish gives every page an event. A page that does not keep up is told how
// much it missed: no request waits for it.
func (r *Recorder) publish(name string, data any) {
	if len(r.pages) == 0 {
		return
	}
	text := event(name, data)
	for page := range r.pages {
		select {
		case page.events <- text:
		default:
			page.skipped++
		}
	}
}

// missed is how many events the page did not get since it was last asked.
func (r *Recorder) missed(page *connection) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := page.skipped
	page.skipped = 0
	return n
}

// event is one of the page's events (HTML, "Server-sent events").
func event(name string, data any) []byte {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // the types here all marshal
	}
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, text)
}

// events serves one page until it goes.
func (c *Console) events(w http.ResponseWriter, r *http.Request) {
	page := c.recorder.connect()
	defer c.recorder.leave(page)
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	send := func(parts ...[]byte) bool {
		_ = control.SetWriteDeadline(time.Now().Add(patience)) // a writer without deadlines has no client that could stall
		for _, part := range parts {
			if _, err := w.Write(part); err != nil {
				return false
			}
		}
		return control.Flush() == nil
	}
	var environments map[string]Environments
	var queues map[string]Messages
	look := func() (news []byte) {
		if now := c.options.Environments(); !reflect.DeepEqual(now, environments) {
			environments = now
			news = event("environments", now)
		}
		if now := c.options.Queues(); !reflect.DeepEqual(now, queues) {
			queues = now
			news = append(news, event("queues", now)...)
		}
		return news
	}
	looking, reminding := time.NewTicker(lookEvery), time.NewTicker(remindEvery)
	defer looking.Stop()
	defer reminding.Stop()
	ok := send(look())
	for ok {
		select {
		case <-r.Context().Done():
			return
		case <-c.recorder.closed:
			return
		case text := <-page.events:
			ok = send(text)
		case <-looking.C:
			if text := look(); text != nil {
				ok = send(text)
			}
			if n := c.recorder.missed(page); n > 0 && ok {
				ok = send(event("missed", n))
			}
		case <-reminding.C:
			ok = send([]byte(": still here\n\n"))
		}
	}
}
