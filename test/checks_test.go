package test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks/check/rules"
)

// TestSnapshotOfTheChecks compares the table of docs/checks.md with the rules.
func TestSnapshotOfTheChecks(t *testing.T) {
	var table strings.Builder
	table.WriteString("| Rule | It says that | What to do | Source |\n|---|---|---|---|\n")
	for _, rule := range rules.All() {
		title := rule.Title
		if rule.Warning {
			title += " (a warning)"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", rule.ID, cell(title), cell(rule.Fix), cell(rule.Source))
	}
	compareTable(t, "rules", table.String())
}

// compareExceptions compares the other table of docs/checks.md with the
// exceptions in the templates of the stages.
func compareExceptions(t *testing.T, all []exception) {
	t.Helper()
	places := map[[2]string]map[string]bool{}
	for _, e := range all {
		// The path without annex-<stage>-, and without what the CDK adds below.
		_, path, _ := strings.Cut(strings.TrimPrefix(e.path, "annex-"), "-")
		path = strings.TrimSuffix(strings.TrimSuffix(path, "/Resource"), "/DefaultPolicy")
		path = strings.ReplaceAll(path, "Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C", "Custom::CDKBucketDeployment")
		key := [2]string{e.rule, e.reason}
		if places[key] == nil {
			places[key] = map[string]bool{}
		}
		places[key][path] = true
	}
	var table strings.Builder
	table.WriteString("| Rule | Excepted, in one stage or all | Reason |\n|---|---|---|\n")
	for _, key := range slices.SortedFunc(maps.Keys(places), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		paths := slices.Sorted(maps.Keys(places[key]))
		fmt.Fprintf(&table, "| %s | %s | %s |\n", cell(key[0]), cell(strings.Join(paths, ", ")), cell(key[1]))
	}
	compareTable(t, "exceptions", table.String())
}

// compareTable compares a table of docs/checks.md with what it should be, or
// writes it there.
func compareTable(t *testing.T, name, want string) {
	t.Helper()
	const file = "docs/checks.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no table between %s and %s", file, strings.TrimSpace(begin), end)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s: the table of %s is not current, run `make snapshots` (-want +table):\n%s", file, name, diff)
	}
}

// cell keeps Markdown from reading more into a text than it says.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;", "_", `\_`, "[", `\[`).Replace(text)
}
