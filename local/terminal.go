package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"time"

	"annex/local/lambda"
)

// terminal writes what happens, a line or a few for each record, whoever writes
// them.
type terminal struct {
	json  bool  // records are JSON objects, one a line
	paint paint // of text

	mu    sync.Mutex
	out   io.Writer
	names map[string]string // what a function is called, by its name; a map is never changed
}

// record is something that happened. Its exported fields are what it is in
// JSON, where a name ends in its unit.
type record interface {
	kind() string // what it is called in JSON
	text(paint) string
}

func (t *terminal) write(r record) {
	text := ""
	if t.json {
		text = object(r, time.Now())
	} else {
		text = r.text(t.paint)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.out, strings.TrimRight(text, "\n")+"\n") // nowhere to tell of a terminal that is gone
}

// object is the record as JSON, on one line.
func object(r record, now time.Time) string {
	fields, err := json.Marshal(r)
	if err != nil {
		panic(err) // records hold strings, numbers and lists of them
	}
	head := fmt.Sprintf(`{"time":%q,"type":%q`, now.UTC().Format("2006-01-02T15:04:05.000Z"), r.kind())
	if string(fields) == "{}" {
		return head + "}"
	}
	return head + "," + string(fields[1:])
}

// say writes a notice of the runner's own.
func (t *terminal) say(format string, args ...any) {
	t.write(notice{fmt.Sprintf(format, args...)})
}

// Write is for what writes notices to a writer, and names itself in them.
func (t *terminal) Write(text []byte) (int, error) {
	line := strings.TrimRight(string(text), "\n")
	if own, ok := strings.CutPrefix(line, "annex: "); ok {
		t.write(notice{own})
	} else {
		t.write(part{line})
	}
	return len(text), nil
}

// notice is what the runner itself has to say.
type notice struct {
	Text string `json:"text"`
}

func (notice) kind() string          { return "notice" }
func (n notice) text(p paint) string { return p.in(blue, "annex:") + " " + n.Text }

// part is what a part of the runner has to say, and begins with its name.
type part struct {
	Text string `json:"text"`
}

func (part) kind() string        { return "notice" }
func (n part) text(paint) string { return n.Text }

// ready says that everything is served, and where.
type ready struct {
	Addresses []string `json:"addresses"` // of the hosts that one may open
	TLS       string   `json:"tls"`       // of the first of them
	Authority string   `json:"authority"` // the file with the certificate of the authority for TLS
	AWS       string   `json:"aws"`       // the local AWS endpoint
}

func (ready) kind() string { return "ready" }

func (r ready) text(p paint) string {
	return p.in(green, "ready") + "  " + strings.Join(r.Addresses, "  ")
}

// logLine is a line of a function's log, or of a CloudFront function's.
type logLine struct {
	Function  string `json:"function"`
	Version   string `json:"version,omitempty"`
	Stream    string `json:"stream,omitempty"`    // names the environment
	RequestID string `json:"requestId,omitempty"` // of the invocation under way
	Platform  bool   `json:"platform,omitempty"`  // Lambda wrote it
	Line      string `json:"line"`
}

func (logLine) kind() string { return "log" }

func (l logLine) text(p paint) string {
	line := l.Line
	if l.Platform {
		line = p.in(dim, line)
	}
	return p.in(cyan, l.Function+" |") + " " + line
}

// function writes a line of a function's log. START and END are left out: a
// REPORT line says all that they do.
func (t *terminal) function(l lambda.Log) {
	if l.Platform && (strings.HasPrefix(l.Line, "START ") || strings.HasPrefix(l.Line, "END ")) {
		return
	}
	t.write(logLine{t.nameOf(l.Function), l.Version, l.Stream, l.RequestID, l.Platform, l.Line})
}

// name calls functions by their handlers, which are shorter than their names
// and which a developer knows, where no two share one.
func (t *terminal) name(functions []lambda.Function) {
	names := map[string]string{}
	users := map[string]int{}
	for _, f := range functions {
		users[f.Folder]++
	}
	for _, f := range functions {
		names[f.Name] = f.Name
		if users[f.Folder] == 1 {
			names[f.Name] = path.Base(f.Folder)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.names = names
}

// nameOf is what the function of that name, or of an ARN with it, is called.
func (t *terminal) nameOf(function string) string {
	if parts := strings.SplitN(function, ":", 8); len(parts) > 6 {
		function = parts[6]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return cmp.Or(t.names[function], function) // one that is gone may still end
}
