package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"annex/local/codedeploy"
	"annex/local/lambda"
)

// order is what `make shift` asks for: the body of POST /shift.
type order struct {
	Service string `json:"service"` // a handler's name, or a function's
	Weight  int    `json:"weight"`  // percent; 0 for the default
	For     string `json:"for"`     // a duration; empty for the default
}

// function finds the one that the order names.
func (o order) function(all []lambda.Function) (lambda.Function, error) {
	var handlers, found []string
	var match lambda.Function
	for _, f := range all {
		handler := path.Base(f.Folder)
		switch {
		case f.Unsupported != "" || len(f.Aliases) == 0: // nothing that could be shifted
			continue
		case f.Name == o.Service:
			return f, nil
		case handler == o.Service:
			match, found = f, append(found, f.Name)
		}
		handlers = append(handlers, handler)
	}
	slices.Sort(handlers)
	switch len(found) {
	case 0:
		return match, refused(http.StatusNotFound, "no function with an alias has the handler %q: SERVICE may be %s", o.Service, list(slices.Compact(handlers)))
	case 1:
		return match, nil
	}
	return match, refused(http.StatusConflict, "several functions have the handler %s: SERVICE may be the name of one, %s", o.Service, list(found))
}

// traffic is how the shift goes. A weight or a time of the command's makes it a
// canary.
func (o order) traffic(g codedeploy.Group) (codedeploy.Traffic, error) {
	t := defaultShift(g)
	if o.Weight == 0 && o.For == "" {
		return t, nil
	}
	if o.Weight < 0 || o.Weight > 99 {
		return t, refused(http.StatusBadRequest, "WEIGHT=%d: want the percentage of the requests that the new version gets, 1 to 99", o.Weight)
	}
	t.Percent, t.Linear = cmp.Or(o.Weight, t.Percent), false
	if o.For != "" {
		d, err := time.ParseDuration(o.For)
		if err != nil || d <= 0 {
			return t, refused(http.StatusBadRequest, "FOR=%s: want how long the new version gets no more than that, such as 90s or 5m", o.For)
		}
		t.Every = d
	}
	return t, nil
}

// refusedError is why a shift is not begun.
type refusedError struct {
	status int
	text   string
}

func (e *refusedError) Error() string { return e.text }

func refused(status int, format string, args ...any) error {
	return &refusedError{status, fmt.Sprintf(format, args...)}
}

// release is what there is to say of a shift, from its beginning on.
type release struct {
	service, folder string
	deployment      *codedeploy.Deployment

	mu      sync.Mutex
	lines   [][]byte      // JSON, each with its line break
	text    string        // of the last event
	over    bool          // there will be no more
	changed chan struct{} // closed at each event
}

func newRelease(service, folder string) *release {
	return &release{service: service, folder: folder, changed: make(chan struct{})}
}

// progress is one line of POST /shift and GET /shift.
type progress struct {
	Service string `json:"service"`
	Folder  string `json:"folder"` // of the handler
	codedeploy.Event
}

func (r *release) add(e codedeploy.Event) {
	line, err := json.Marshal(progress{r.service, r.folder, e})
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, append(line, '\n'))
	r.text = e.Text
	r.signal()
}

// end says that there is nothing more to say, and gives what was said last.
func (r *release) end() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.signal()
	return r.text
}

func (r *release) signal() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// since are the lines from the index on, and what is closed when there are more;
// nil where there will be none.
func (r *release) since(index int) ([][]byte, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return r.lines[index:], nil
	}
	return r.lines[index:], r.changed
}

// handle adds what `make shift` calls: POST /shift begins one and tells of it to
// its end, GET /shift tells of the one under way or else the last one, and
// DELETE /shift stops it. A client of POST that goes away stops it, too: nobody
// would see what becomes of it.
func (r *releases) handle(mux *http.ServeMux) {
	mux.HandleFunc("POST /shift", func(w http.ResponseWriter, request *http.Request) {
		var o order
		body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, 1<<16))
		if err == nil {
			err = json.Unmarshal(body, &o)
		}
		if err != nil {
			refuse(w, refused(http.StatusBadRequest, `want a body such as {"service": "cart", "weight": 10, "for": "1m"}: %v`, err))
			return
		}
		started, err := r.start(o)
		if err != nil {
			refuse(w, err)
			return
		}
		if !started.tell(w, request) {
			started.deployment.Stop(errors.New("its command went away")) // this one, whichever is under way by now
		}
	})
	mux.HandleFunc("GET /shift", func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		last := r.last
		r.mu.Unlock()
		if last == nil {
			refuse(w, refused(http.StatusNotFound, "nothing was shifted since the runner started: `make shift SERVICE=…` does"))
			return
		}
		last.tell(w, request)
	})
	mux.HandleFunc("DELETE /shift", func(w http.ResponseWriter, _ *http.Request) {
		if !r.stop(codedeploy.ErrStopped) {
			refuse(w, refused(http.StatusNotFound, "nothing is being shifted"))
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if e, ok := errors.AsType[*refusedError](err); ok {
		status = e.status
	}
	http.Error(w, "annex: "+err.Error(), status)
}

// tell writes every line of the release, as it comes. It is false where the
// client went away before the end.
func (r *release) tell(w http.ResponseWriter, request *http.Request) bool {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for told := 0; ; {
		lines, more := r.since(told)
		told += len(lines)
		for _, line := range lines {
			if _, err := w.Write(line); err != nil {
				return false
			}
		}
		if err := out.Flush(); err != nil {
			return false
		}
		if more == nil {
			return true
		}
		select {
		case <-more:
		case <-request.Context().Done():
			return false
		}
	}
}
