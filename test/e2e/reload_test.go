package e2e

import (
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// workplace is a copy of the repository, which is served while it is edited.
type workplace struct {
	t   *testing.T
	dir string
	*runner
}

// work synthesizes a copy of the repository as `make run` does, and serves it.
func work(t *testing.T) workplace {
	t.Helper()
	clone := cloneWorkTree(t)
	if out, err := cdk(clone, "synth", "--quiet", "-c", "stage=dev"); err != nil {
		t.Fatalf("cdk synth: %v\n%s", err, out)
	}
	// The root is a link, as a developer's may be.
	link := filepath.Join(t.TempDir(), "annex")
	if err := os.Symlink(clone, link); err != nil {
		t.Fatal(err)
	}
	return workplace{t, clone, startIn(t, link, filepath.Join(link, "cdk.out"), filepath.Join(link, ".local")).wait(t)}
}

// edit replaces a text of a file, which has it once, by renaming as many
// editors do. It returns what undoes it.
func (w workplace) edit(file, from, to string) (undo func()) {
	w.t.Helper()
	return w.edits(file, from, to)
}

// edits replaces several texts, each by the one after it, and saves the file
// once.
func (w workplace) edits(file string, pairs ...string) (undo func()) {
	w.t.Helper()
	path := filepath.Join(w.dir, file)
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	edited := string(text)
	for pair := range slices.Chunk(pairs, 2) {
		if n := strings.Count(edited, pair[0]); n != 1 {
			w.t.Fatalf("%s has %q %d times", file, pair[0], n)
		}
		edited = strings.Replace(edited, pair[0], pair[1], 1)
	}
	save := func(text string) {
		w.t.Helper()
		write(w.t, path+".tmp", text)
		if err := os.Rename(path+".tmp", path); err != nil {
			w.t.Fatal(err)
		}
	}
	save(edited)
	return func() { w.t.Helper(); save(string(text)) }
}

// until waits until the answer to a request is as it should be.
func (w workplace) until(what, url string, condition func(response) bool) response {
	w.t.Helper()
	for limit := time.Now().Add(3 * patience); ; time.Sleep(50 * time.Millisecond) {
		r := get(w.t, url, "Sec-Fetch-Dest", "document")
		if condition(r) {
			return r
		}
		if time.Now().After(limit) {
			w.t.Fatalf("%s: it does not happen: %s answers %d %v %.2000s", what, url, r.StatusCode, r.Header, r.body)
		}
	}
}

// steadily sends requests, no more than the stage's throttles allow, until the returned function is called, and fails the
// test if one is not answered 200.
func (w workplace) steadily(urls ...string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var sending sync.WaitGroup
	sent := make([]int, len(urls))
	for i, url := range urls {
		sending.Go(func() {
			w.repeat(ctx, 50*time.Millisecond, url, func(status int, _ string) bool {
				if status != http.StatusOK {
					return false
				}
				sent[i]++
				return true
			})
		})
	}
	return func() {
		cancel()
		sending.Wait()
		if n := slices.Min(sent); n < 10 {
			w.t.Errorf("%v requests were sent, too few to tell", sent)
		}
	}
}

// repeat sends a request again and again until the context ends, and fails the test at the first answer that is not as it
// should be.
func (w workplace) repeat(ctx context.Context, every time.Duration, url string, asItShould func(status int, body string) bool) {
	pace := time.NewTicker(every)
	defer pace.Stop()
	for ctx.Err() == nil {
		<-pace.C
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			w.t.Error(err)
			return
		}
		response, err := client.Do(r)
		if err != nil {
			w.t.Errorf("%s: %v", url, err)
			return
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close() // read to its end
		if err != nil || !asItShould(response.StatusCode, string(body)) {
			w.t.Errorf("%s is answered %d %s, %v", url, response.StatusCode, body, err)
			return
		}
	}
}

const notServed = "Annex-Not-Served"

func served(r response) bool { return r.Header.Get(notServed) == "" }

func TestEditsAreServedAndMistakesAreShown(t *testing.T) {
	w := work(t)
	made := decode[cart](t, want(t, 201, request(t, "POST", w.site(t, "/api/cart/"), "")))
	page, gone := w.site(t, "/"), w.site(t, "/api/cart/aaaaaaaaaaaaaaaaaaaaaaaaaa")
	kept := w.site(t, "/api/cart/"+made.ID)
	stop := sync.OnceFunc(w.steadily(page, kept, w.site(t, "/api/search/?q=mug")))
	defer stop()

	// A handler.
	const before, after = "There is no such cart.", "Nobody has this cart."
	handler := "lambdas/cart/handler.go"
	says := func(text string) func(response) bool {
		return func(r response) bool { return strings.Contains(r.body, text) }
	}
	w.until("before an edit", gone, says(before))
	w.edit(handler, before, after)
	w.until("an edit of a handler", gone, says(after))
	if !strings.Contains(w.printed(), "annex: cart rebuilt in ") {
		t.Error("the terminal does not say that the cart was rebuilt")
	}

	mend := w.edit(handler, `"`+after, `nothing+"`+after)
	const mistake = "undefined: nothing"
	shown := w.until("a mistake in a handler", page, says(mistake))
	if !strings.Contains(shown.Header.Get(notServed), mistake) || !strings.Contains(shown.body, "<title>") {
		t.Errorf("the page with the mistake is %v %s", shown.Header, shown.body)
	}
	if r := get(t, gone); !strings.Contains(r.body, after) || !strings.Contains(r.Header.Get(notServed), mistake) {
		t.Errorf("with a mistake, a program is answered %v %s", r.Header, r.body)
	}
	if !strings.Contains(w.printed(), mistake) {
		t.Error("the terminal does not show the mistake")
	}
	// Another handler is not held up.
	write(t, filepath.Join(w.dir, "lambdas/search/edited.go"), "package main\n\nfunc init() { println(\"another search\") }\n")
	w.until("an edit beside a mistake", w.site(t, "/api/search/?q=cup"), func(response) bool {
		return strings.Contains(w.printed(), "search | another search")
	})
	mend()
	if r := w.until("a mended handler", page, served); strings.Contains(r.body, mistake) {
		t.Error("the page shows a mistake that is mended")
	}

	// What all handlers share.
	write(t, filepath.Join(w.dir, "lambdas/internal/httpapi/edited.go"), "package httpapi\n\nfunc init() { println(\"shared\") }\n")
	w.until("an edit of what handlers share", kept, func(response) bool {
		get(t, w.site(t, "/api/search/?q=mug"))
		return strings.Contains(w.printed(), "cart | shared") && strings.Contains(w.printed(), "search | shared")
	})

	// A stack, with a handler that is new, and the site's content.
	stack := "stacks/search.go"
	hello := w.site(t, "/api/search/hello")
	want(t, 404, get(t, hello))
	write(t, filepath.Join(w.dir, "lambdas/hello/main.go"), `package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context) (string, error) { return "hello from a new route", nil })
}
`)
	w.edit("site/index.html", "<title>", "<title>Edited: ")
	w.edit("lambdas/layers/words/synonyms.txt", "birdhouse, nestbox", "birdhouse, nestbox, starlinghome")
	unroute := w.edit(stack, "	return stack\n", `	hello := service.function("Hello", &web.FunctionProps{Code: code.Handler("hello")})
	web.NewRoute(stack, "SayHello", &web.RouteProps{API: api, Key: "GET /hello", Function: hello})
	return stack
`)
	w.until("a new route", hello, says("hello from a new route"))
	w.until("the site's content", page, says("<title>Edited: "))
	w.until("a layer's file", w.site(t, "/api/search/?q=starlinghome"), says(`"id":"birdhouse"`))
	manifest := func() string {
		text, err := os.ReadFile(filepath.Join(w.dir, "cdk.out", "annex-dev-search.template.json"))
		if err != nil {
			return "" // it is being replaced
		}
		return string(text)
	}
	w.until("cdk.out", page, func(response) bool { return strings.Contains(manifest(), "GET /hello") })

	mend = w.edit("stacks/cart.go", `"GET /{cart}"`, `"GTE /{cart}"`)
	shown = w.until("a mistake in a stack", page, says("unknown method GTE"))
	if !strings.Contains(shown.body, "stacks/cart.go:") || !strings.Contains(w.printed(), "unknown method GTE") {
		t.Errorf("the page with a mistake in a stack is %s", shown.body)
	}
	want(t, 200, get(t, hello))
	mend()
	w.until("a mended stack", page, served)

	unroute()
	w.until("a route that is removed", hello, func(r response) bool { return r.StatusCode == 404 })
	if err := os.RemoveAll(filepath.Join(w.dir, "lambdas/hello")); err != nil {
		t.Fatal(err)
	}
	stop()
	w.until("what synthesizing leaves beside cdk.out", page, func(response) bool {
		left, err := filepath.Glob(filepath.Join(w.dir, ".cdk.out.*"))
		return err == nil && len(left) == 0
	})
}

func TestCtrlCWhileRebuildingEndsEverything(t *testing.T) {
	for step, file := range map[string]string{"synthesizing": "stacks/stages.go", "compiling": "lambdas/cart/main.go"} {
		t.Run(step, func(t *testing.T) {
			w := work(t)
			before := descendants(t, w.cmd.Process.Pid)
			w.edit(file, "package ", "// Edited\npackage ")
			var children map[int]string
			for limit := time.Now().Add(patience); len(children) <= len(before); {
				if time.Now().After(limit) {
					t.Fatal("nothing is started for the edit")
				}
				children = descendants(t, w.cmd.Process.Pid)
			}
			maps.Copy(children, before)
			started := time.Now()
			w.stop(t)
			if took := time.Since(started); took > 2*time.Second {
				t.Errorf("Ctrl-C took %v", took)
			}
			if code := w.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("the runner ended with status %d", code)
			}
			gone(t, children, 0)
		})
	}
}
