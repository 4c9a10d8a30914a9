// Command conformance runs the tests that hold local mode to the facts on how
// AWS behaves, and says how many cases there are, how many hold, and of each
// that does not, why. A case is a subtest whose name begins with the section
// of its fact, such as "1.2 static beats parameter".
//
// Known gaps are told and are no failure; anything else that does not hold is.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"annex/local/conformance"
)

// sections are the titles of the facts' sections.
var sections = []struct{ number, title string }{
	{"1.1", "API Gateway: stages, domains and mappings"},
	{"1.2", "API Gateway: route selection"},
	{"1.3", "API Gateway: decoding"},
	{"1.4", "API Gateway: the event"},
	{"1.5", "API Gateway: the response"},
	{"1.6", "API Gateway: errors"},
	{"1.7", "API Gateway: quotas"},
	{"1.8", "API Gateway: CORS"},
	{"1.9", "API Gateway: authorizers"},
	{"1.10", "API Gateway: throttling"},
	{"2.1", "Lambda: the Runtime API"},
	{"2.2", "Lambda: what the caller sees"},
	{"2.3", "Lambda: environment variables"},
	{"2.4", "Lambda: life cycle"},
	{"3.1", "CloudFront: behaviour selection"},
	{"3.2", "CloudFront: root object and error pages"},
	{"3.3", "CloudFront: methods and protocols"},
	{"3.4", "CloudFront: requests to the origin"},
	{"3.5", "CloudFront: response headers"},
	{"3.6", "CloudFront: compression"},
	{"3.7", "CloudFront: origin failures"},
	{"3.8", "CloudFront: functions"},
	{"4.1", "WebSocket APIs: connecting"},
	{"4.2", "WebSocket APIs: routes and their answers"},
	{"4.3", "WebSocket APIs: the events"},
	{"4.4", "WebSocket APIs: limits, and how connections end"},
	{"4.5", "WebSocket APIs: @connections"},
}

func main() {
	list := flag.Bool("v", false, "list every case")
	flag.Parse()
	if err := run(*list); err != nil {
		fmt.Fprintln(os.Stderr, "annex:", err)
		os.Exit(1)
	}
}

func run(list bool) error {
	test := exec.Command("go", "test", "-json", "-count=1", "./local/apigateway", "./local/lambda", "./local/cloudfront", "./local/websocket")
	test.Stderr = os.Stderr
	events, err := test.StdoutPipe()
	if err != nil {
		return err
	}
	if err := test.Start(); err != nil {
		return err
	}
	r, err := read(events)
	if err != nil {
		return err
	}
	ended := test.Wait()
	text, failed := r.report(list)
	fmt.Print(text)
	if failed > 0 {
		return fmt.Errorf("%d cases do not hold and are no known gap", failed)
	}
	if ended != nil {
		fmt.Print("\n", strings.Join(r.rest, ""))
		return errors.New("every case holds, but other tests of these packages fail")
	}
	return nil
}

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output string
}

// outcome is one case.
type outcome struct {
	section, name string
	action        string // pass, skip or fail
	said          []string
}

type results struct {
	cases []*outcome // in the order in which they began
	rest  []string   // what was said outside of cases
}

// caseName is a test's name down to the case: what is below belongs to it.
var caseName = regexp.MustCompile(`^[^/]+/(\d\.\d+)_([^/]*(?:/[^/]*)*)$`)

// read collects the cases. A case that never ended did not hold.
func read(from io.Reader) (*results, error) {
	r := &results{}
	byTest := map[string]*outcome{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("`go test -json` wrote %.200q: %w", lines.Text(), err)
		}
		name := caseName.FindStringSubmatch(e.Test)
		if name == nil {
			if e.Action == "output" || e.Action == "build-output" {
				r.rest = append(r.rest, e.Output)
			}
			continue
		}
		key := e.Package + " " + e.Test
		c := byTest[key]
		if c == nil {
			c = &outcome{section: name[1], name: spaced(name[2]), action: "fail"}
			byTest[key], r.cases = c, append(r.cases, c)
		}
		switch e.Action {
		case "pass", "skip", "fail":
			c.action = e.Action
		case "output":
			if text := strings.TrimSpace(e.Output); text != "" && !strings.HasPrefix(text, "===") && !strings.HasPrefix(text, "---") {
				c.said = append(c.said, text)
			}
		}
	}
	return r, lines.Err()
}

// spaced is a case's name as it is written, which go test has without spaces.
// An underscore between capitals is one, as in AWS_REGION.
func spaced(name string) string {
	capital := func(i int) bool { return i >= 0 && i < len(name) && 'A' <= name[i] && name[i] <= 'Z' }
	text := []byte(name)
	for i, c := range text {
		if c == '_' && (!capital(i-1) || !capital(i+1)) {
			text[i] = ' '
		}
	}
	return string(text)
}

// report has the counts and what does not hold, and says how many cases failed.
func (r *results) report(list bool) (text string, failed int) {
	var out strings.Builder
	held, chosen := 0, 0
	var gaps, broken []*outcome
	for _, s := range sections {
		of, hold := 0, 0
		for _, c := range r.cases {
			if c.section != s.number {
				continue
			}
			of++
			switch c.action {
			case "pass":
				hold++
				if strings.HasSuffix(c.name, "[?]") {
					chosen++
				}
			case "skip":
				gaps = append(gaps, c)
			default:
				broken = append(broken, c)
			}
		}
		held += hold
		fmt.Fprintf(&out, "%-5s %-45s %4d of %4d hold\n", s.number, s.title, hold, of)
		if list {
			for _, c := range r.cases {
				if c.section == s.number {
					fmt.Fprintf(&out, "      %s %s\n", c.action, c.name)
				}
			}
		}
	}
	fmt.Fprintf(&out, "\n%d cases: %d hold, %d are known gaps, %d fail. Of those that hold, %d are marked [?]: AWS documents nothing, and they record what was chosen.\n",
		held+len(gaps)+len(broken), held, len(gaps), len(broken), chosen)
	for _, c := range slices.Concat(gaps, broken) {
		fmt.Fprintf(&out, "\n%s %s\n", c.section, c.name)
		for _, text := range c.said {
			if _, reason, known := strings.Cut(text, conformance.Mark); known {
				text = reason
			}
			fmt.Fprintf(&out, "      %s\n", text)
		}
	}
	return out.String(), len(broken)
}
