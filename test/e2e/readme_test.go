package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// example is one fenced block of the README with the comment above it, which
// says what a reader does with it:
//
//	<!-- file: PATH -->                  the block is the whole file
//	<!-- insert: PATH before: TEXT -->   the block goes before the line TEXT of the file
//	<!-- insert: PATH after: TEXT -->    the block goes after the line TEXT of the file
//	<!-- answers -->                     the block is a curl command and, below it, its answer
var example = regexp.MustCompile("(?ms)^<!-- (file|insert|answers)(?:: (\\S+))?(?: (before|after): (.*?))? -->\n+```\\w*\n(.*?)^```$")

// TestTheREADMEsExamplesWork does to a copy of the repository what the README
// tells a reader to do, and the pages that go on with its example, and sends
// the requests that they show.
func TestTheREADMEsExamplesWork(t *testing.T) {
	t.Parallel()
	var readme []byte
	for _, page := range []string{"README.md", "docs/reacting.md", "docs/sockets.md"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		readme = append(readme, text...)
	}
	clone := cloneWorkTree(t)
	var answers []string
	kinds := map[string]int{}
	for _, match := range example.FindAllStringSubmatch(string(readme), -1) {
		kind, path, where, line, block := match[1], match[2], match[3], match[4]+"\n", match[5]
		kinds[kind]++
		switch kind {
		case "file":
			write(t, filepath.Join(clone, path), block)
		case "insert":
			file := filepath.Join(clone, path)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), line); n != 1 {
				t.Fatalf("README.md says to insert %s the line %q of %s, which has %d such lines", where, line, path, n)
			}
			together := block + line
			if where == "after" {
				together = line + block
			}
			write(t, file, strings.Replace(string(text), line, together, 1))
		case "answers":
			answers = append(answers, block)
		}
	}
	if kinds["file"] < 3 || kinds["insert"] < 2 || kinds["answers"] < 2 {
		t.Fatalf("README.md has the examples %v: a service and two routes need more", kinds)
	}

	assembly := filepath.Join(t.TempDir(), "cdk.out")
	if out, err := cdk(clone, "synth", "--quiet", "-c", "stage=dev", "--output", assembly); err != nil {
		t.Fatalf("cdk synth with the README's examples: %v\n%s", err, out)
	}
	r := startIn(t, clone, assembly, t.TempDir()).wait(t)
	for _, block := range answers {
		command, answer, _ := strings.Cut(block, "\n")
		url, ok := strings.CutPrefix(command, "curl ")
		if !ok {
			t.Fatalf("README.md shows %q where a curl command is expected", command)
		}
		served := r.api(t, "")
		url = regexp.MustCompile(`^http://[^/]*`).ReplaceAllString(strings.Trim(url, "'"), served)
		var wanted any
		if err := json.Unmarshal([]byte(answer), &wanted); err != nil {
			t.Fatalf("README.md's answer to %s: %v", command, err)
		}
		// At once, but where it is what comes of a function that nobody waits for.
		var diff string
		for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
			got := want(t, 200, get(t, url))
			var given any
			if err := json.Unmarshal([]byte(got.body), &given); err != nil {
				t.Fatalf("%s answered %s: %v", command, got.body, err)
			}
			if diff = cmp.Diff(wanted, given); diff == "" || time.Now().After(deadline) {
				break
			}
		}
		if diff != "" {
			t.Errorf("%s answers otherwise than README.md says:\n%s", command, diff)
		}
	}
}

// cloneWorkTree copies the files of the repository, with the npm packages
// linked.
func cloneWorkTree(t *testing.T) string {
	t.Helper()
	clone := t.TempDir()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	files, err := list.Output()
	if err != nil {
		t.Fatalf("listing the repository's files: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(files), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // removed, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(clone, name), string(data))
	}
	if err := os.Symlink(filepath.Join(root, "node_modules"), filepath.Join(clone, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return clone
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
