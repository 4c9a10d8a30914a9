package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPageSaysThatAnEditIsNotInItAndNothingElseIsChanged(t *testing.T) {
	const text = "handler \"cart\" does not compile:\nlambdas/cart/main.go:3:1: expected 'package', found <…"
	const notice = "<details open><summary><mark>annex: the last edit is not served, this is what was there before</mark></summary>" +
		"<pre>handler &#34;cart&#34; does not compile:\nlambdas/cart/main.go:3:1: expected &#39;package&#39;, found &lt;…</pre></details>\n"
	long := "<!-- " + strings.Repeat("x", maxHead) + "-->"
	for _, c := range []struct {
		name, dest, contentType, encoding string
		status                            int
		writes                            []string
		want                              string
	}{
		{"a page", "document", "text/html; charset=utf-8", "", 200, []string{"<html><body class=\"a\">x</body>"}, "<html><body class=\"a\">" + notice + "x</body>"},
		{"a page in parts", "document", "text/html", "", 200, []string{"<html><BO", "DY", ">x", "y"}, "<html><BODY>" + notice + "xy"},
		{"a page without a body tag", "iframe", "text/html", "", 200, []string{"<h1>", "x"}, "<h1>x" + notice},
		{"a page that is long before its body", "document", "text/html", "", 200, []string{long, "<body>"}, notice + long + "<body>"},
		{"an error's page", "document", "text/html", "", 404, []string{"<body>gone"}, "<body>" + notice + "gone"},
		{"an empty page", "document", "text/html", "", 200, nil, notice},
		{"a program's answer", "document", "application/json", "", 200, []string{`{"a":"<body>"}`}, `{"a":"<body>"}`},
		{"a page for a script", "empty", "text/html", "", 200, []string{"<body>x"}, "<body>x"},
		{"a page for curl", "", "text/html", "", 200, []string{"<body>x"}, "<body>x"},
		{"a page that is compressed all the same", "document", "text/html", "gzip", 200, []string{"<body>x"}, "<body>x"},
		{"no page", "document", "text/html", "", 204, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(troubled(text, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.dest == "document" && (r.Header.Get("If-None-Match") != "" || r.Header.Get("Accept-Encoding") != "") {
					t.Errorf("the page is asked for with %v", r.Header)
				}
				h := w.Header()
				h.Set("Content-Type", c.contentType)
				h.Set("Etag", `"1"`)
				if c.encoding != "" {
					h.Set("Content-Encoding", c.encoding)
				}
				if c.status != http.StatusOK {
					w.WriteHeader(c.status)
				}
				for _, part := range c.writes {
					if n, err := io.WriteString(w, part); n != len(part) || err != nil {
						t.Errorf("%d, %v", n, err)
					}
				}
			})))
			defer server.Close()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header = http.Header{"Sec-Fetch-Dest": {c.dest}, "If-None-Match": {`"1"`}, "Accept-Encoding": {"gzip"}}
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close() //nolint:errcheck // read to its end
			body, err := io.ReadAll(response.Body)
			if err != nil || string(body) != c.want || response.StatusCode != c.status {
				t.Errorf("%d %.300s, %v, want %.300s", response.StatusCode, body, err, c.want)
			}
			if got := response.Header.Get(troubleHeader); got != "handler \"cart\" does not compile: lambdas/cart/main.go:3:1: expected 'package', found <?" {
				t.Errorf("%s: %s", troubleHeader, got)
			}
			if changed := string(body) != strings.Join(c.writes, ""); changed == (response.Header.Get("Etag") != "") || changed != (response.Header.Get("Cache-Control") == "no-store") {
				t.Errorf("changed is %v, headers %v", changed, response.Header)
			}
		})
	}
}
