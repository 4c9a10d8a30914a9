package main

import (
	"bytes"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
)

// troubleHeader says, in every response of a system that an edit is not in,
// the first lines of the reason. Bodies of programs are left alone.
const troubleHeader = "Annex-Not-Served"

// maxHead is how much of a page is kept until its body begins, in bytes.
const maxHead = 64 << 10

// troubled serves next and says that an edit is not in it yet. Requests are
// answered as before the edit, for a page with half its requests failing shows
// less than one that works. A person sees the reason above each page that the
// browser opens: in an element that needs neither style nor script, so that no
// policy has to be opened for it, and that no later request can miss.
func troubled(text string, next http.Handler) http.Handler {
	short := strings.Join(strings.Fields(text), " ")
	if runes := []rune(short); len(runes) > 500 {
		short = string(runes[:500]) + "…"
	}
	notice := fmt.Appendf(nil, "<details open><summary><mark>annex: the last edit is not served, this is what was there before</mark></summary><pre>%s</pre></details>\n", html.EscapeString(text))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(troubleHeader, headerText(short))
		if r.Method != http.MethodGet || !opensPage(r) {
			next.ServeHTTP(w, r)
			return
		}
		r = r.Clone(r.Context())
		// The page is wanted whole, as text, and not from the browser's cache.
		for _, name := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
			r.Header.Del(name)
		}
		page := &noticingWriter{ResponseWriter: w, notice: notice}
		next.ServeHTTP(page, r)
		page.end()
	})
}

// opensPage says whether the response is what a tab or frame will show (Fetch
// Metadata, "Sec-Fetch-Dest"; http://*.localhost is trustworthy, so browsers
// send it).
func opensPage(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	}
	return false
}

// headerText is the text as a header may have it.
func headerText(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
}

// bodyStart is the tag after which a page shows what comes.
var bodyStart = regexp.MustCompile(`(?i)<body(\s[^>]*)?>`)

// noticingWriter puts a notice at the beginning of an HTML page's body.
type noticingWriter struct {
	http.ResponseWriter

	notice []byte
	head   bytes.Buffer // what was written of a page before its body begins
	begun  bool
	wanted bool // the notice is not in the page yet
}

// WriteHeader sends the headers, of a page without what is not true of it any
// more.
func (w *noticingWriter) WriteHeader(status int) {
	if h := w.Header(); !w.begun && status >= http.StatusOK {
		w.begun = true
		w.wanted = strings.HasPrefix(h.Get("Content-Type"), "text/html") && h.Get("Content-Encoding") == "" &&
			status != http.StatusNoContent && status != http.StatusNotModified
		if w.wanted {
			h.Del("Content-Length")
			h.Del("Etag")
			h.Del("Last-Modified")
			h.Set("Cache-Control", "no-store")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *noticingWriter) Write(data []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if !w.wanted {
		return w.ResponseWriter.Write(data)
	}
	w.head.Write(data)
	if at := bodyStart.FindIndex(w.head.Bytes()); at != nil {
		return len(data), w.put(at[1])
	}
	if w.head.Len() > maxHead {
		return len(data), w.put(0)
	}
	return len(data), nil
}

// put sends what was kept with the notice at the index.
func (w *noticingWriter) put(at int) error {
	w.wanted = false
	kept := w.head.Bytes()
	for _, part := range [][]byte{kept[:at], w.notice, kept[at:]} {
		if _, err := w.ResponseWriter.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// end sends what is kept of a page that has no body tag, which HTML does not ask
// for.
func (w *noticingWriter) end() {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.wanted {
		_ = w.put(w.head.Len()) // an error is a client that went away
	}
}

// Unwrap lets http.ResponseController reach what the writer can do besides.
func (w *noticingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
