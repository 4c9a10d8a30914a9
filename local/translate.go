package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// translated serves next, which knows deployed names alone, to browsers that
// come by the listener.
func (h hosts) translated(d listener, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, ok := h.deployed(r.Host)
		if !ok {
			h.misdirected(w, r, d)
			return
		}
		used, origin := d.as(r.Host), r.Header.Get("Origin")
		r = r.Clone(r.Context())
		h.incoming(r, host)
		next.ServeHTTP(&translatingWriter{ResponseWriter: w, translate: func(header http.Header) { h.outgoing(header, used, origin) }}, r)
	})
}

// misdirected says which hosts there are, to a request for another one: 404
// to who opened the bare port, and 421 to the rest (RFC 9110, Misdirected
// Request).
func (h hosts) misdirected(w http.ResponseWriter, r *http.Request, d listener) {
	used, status := d.as(r.Host), http.StatusMisdirectedRequest
	name, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		name = r.Host
	}
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); name == "localhost" || err == nil && ip.IsLoopback() {
		status = http.StatusNotFound
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	lines := []string{fmt.Sprintf("annex: no stack serves the host %q. These are served:", r.Host)}
	for _, host := range h {
		lines = append(lines, "  "+used.origin(host)+"/")
	}
	_, _ = io.WriteString(w, strings.Join(lines, "\n")+"\n") //nolint:gosec // it is plain text
}

// translatingWriter translates the headers at the last moment.
type translatingWriter struct {
	http.ResponseWriter

	translate func(http.Header)
	wrote     bool
}

// WriteHeader translates the headers and sends them.
func (w *translatingWriter) WriteHeader(status int) {
	if !w.wrote {
		w.translate(w.Header())
		w.wrote = status >= 200 // an informational response has headers of its own
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *translatingWriter) Write(data []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController reach what the writer can do besides.
func (w *translatingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
