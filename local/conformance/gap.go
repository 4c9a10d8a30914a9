// Package conformance is for the tests of local mode that hold it to the facts
// on how AWS behaves. Their cases are subtests whose names begin with a fact's
// section, such as "1.2 static beats parameter"; a trailing [?] says that the
// facts leave it open and that the case records what was chosen. This package
// has the cases that do not hold.
package conformance

import "testing"

// Mark is what the message of a known gap begins with, for test/conformance.
const Mark = "does not hold: "

// Gap is a fact that local mode does not meet.
type Gap struct {
	Fact   string // as the name of a case
	Reason string // one sentence: why not, and what it means for whoever runs it

	// Holds tries whether it does after all.
	Holds func(t *testing.T) bool
}

// Known runs the cases that do not hold. Each is skipped with its reason, so
// that it is counted and told. One that holds fails: it is no gap any more.
func Known(t *testing.T, gaps []Gap) {
	t.Helper()
	for _, gap := range gaps {
		t.Run(gap.Fact, func(t *testing.T) {
			if gap.Holds(t) {
				t.Fatal("this holds by now: move it from the gaps to the cases")
			}
			t.Skip(Mark + gap.Reason)
		})
	}
}
