package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"annex/local/cognito"
	"annex/local/console"
	"annex/local/lambda"
)

// editing is a reloader whose stacks synthesize to what is in the folder next
// of its root, and a system that serves a container meanwhile.
func editing(t *testing.T) (r *reloader, root string, printed *bytes.Buffer) {
	t.Helper()
	root, printed = t.TempDir(), &bytes.Buffer{}
	for file, text := range map[string]string{
		"go.mod":  "module stacks\n",
		"main.go": "package main\n\nfunc main() {}\n",
		// The folder is its last argument.
		"node_modules/.bin/cdk": "#!/bin/sh\nfor folder; do :; done\nexec cp -R next \"$folder\"\n",
	} {
		file = filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<body>as before")
	}))
	t.Cleanup(behind.Close)
	base, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := &system{
		options:  options{root: root, assembly: filepath.Join(root, "cdk.out"), stage: "dev"},
		terminal: &terminal{out: printed}, ways: []listener{plainListener}, recorder: console.NewRecorder(),
	}
	v := &served{
		system: s, hosts: hosts{shop[2]}, functions: lambda.New(nil, lambda.Options{}), signIn: &cognito.Service{},
		container: &service{host: shop[2], base: base, transport: &http.Transport{}},
	}
	t.Cleanup(v.functions.Close)
	s.current.Store(v.troubled(""))
	return newReloader(s), root, printed
}

// ask opens a page of the container.
func (r *reloader) ask(t *testing.T) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	request.Host = shop[2] + ".localhost:8080"
	request.Header.Set("Sec-Fetch-Dest", "document")
	w := httptest.NewRecorder()
	r.system.handler(0).ServeHTTP(w, request)
	return w
}

// Nor over and over, which interrupted work would be until the watcher has ended.
func TestAnEditIsNotBegunOnceTheRunnerEnds(t *testing.T) {
	r, _, printed := editing(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	changes := make(chan []string, 1)
	changes <- []string{"stacks/app.go"}
	close(changes)
	r.run(ctx, changes)
	if !r.pending.stacks || printed.Len() > 0 {
		t.Errorf("what is left to do is %+v, and the terminal says %q", r.pending, printed)
	}
}

func TestAnEditWhoseTemplatesCannotBeReadIsNotServed(t *testing.T) {
	const route = `"RouteKey": "GET /{cart}"`
	for name, c := range map[string]struct {
		file, from, to string // from is what to takes the place of; all of it where it is empty
		want           string
	}{
		"a property of another type": {"annex-dev-cart.template.json", route, `"RouteKey": {"a": 1}`, "annex-dev-cart.template.json"},
		"a reference to nothing":     {"annex-dev-cart.template.json", route, `"RouteKey": {"Ref": "Gone"}`, "annex-dev-cart.template.json"},
		"no JSON":                    {"annex-dev-site.template.json", "", "{", "annex-dev-site.template.json: "},
		"a manifest that is cut":     {"manifest.json", "", `{"artifacts":{"annex`, "manifest.json: unexpected end"},
	} {
		t.Run(name, func(t *testing.T) {
			r, root, printed := editing(t)
			if w := r.ask(t); w.Body.String() != "<body>as before" || w.Header().Get(troubleHeader) != "" {
				t.Fatalf("before the edit, the answer is %v %s", w.Header(), w.Body)
			}
			dir := snapshotAssembly(t, "dev")
			if err := os.Rename(dir, filepath.Join(root, "next")); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(root, "next", c.file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			edited := c.to
			if c.from != "" {
				if edited = strings.Replace(string(text), c.from, c.to, 1); edited == string(text) {
					t.Fatalf("%s has no %s", c.file, c.from)
				}
			}
			if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
				t.Fatal(err)
			}

			r.pending = change{stacks: true}
			r.apply(t.Context())
			w := r.ask(t)
			if !strings.HasSuffix(w.Body.String(), "as before") || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("the page is %s", w.Body)
			}
			if got := w.Header().Get(troubleHeader); !strings.Contains(got, c.want) {
				t.Errorf("the header is %q", got)
			}
			if said := printed.String(); !strings.Contains(said, "the edit is not served, what was there before still is:\n") || !strings.Contains(said, c.want) {
				t.Errorf("the terminal says %s", said)
			}
			if r.pending.any() || r.stacks == nil {
				t.Errorf("then %+v is to be done, and the stacks are wrong with %v", r.pending, r.stacks)
			}
			if _, err := os.Stat(filepath.Join(root, ".cdk.out.next", c.file)); err != nil {
				t.Errorf("the file that is wrong cannot be looked at: %v", err)
			}
		})
	}
}
