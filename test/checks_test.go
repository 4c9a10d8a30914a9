package test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks/check/rules"
)

// TestSnapshotOfTheChecks compares the table of docs/checks.md with the rules.
func TestSnapshotOfTheChecks(t *testing.T) {
	const file, begin, end = "docs/checks.md", "<!-- rules -->\n", "<!-- /rules -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no table between %s and %s", file, strings.TrimSpace(begin), end)
	}
	want := ruleTable()
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs from the rules, run `make snapshots` (-rules +table):\n%s", file, diff)
	}
}

func ruleTable() string {
	var table strings.Builder
	table.WriteString("| Rule | It says that | What to do | Source |\n|---|---|---|---|\n")
	for _, rule := range rules.All() {
		title := rule.Title
		if rule.Warning {
			title += " (a warning)"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", rule.ID, cell(title), cell(rule.Fix), cell(rule.Source))
	}
	return table.String()
}

// cell keeps Markdown from reading more into a text than it says.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;", "_", `\_`).Replace(text)
}
