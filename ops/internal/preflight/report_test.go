package preflight_test

import (
	"bytes"
	"testing"

	"annex/ops/internal/preflight"
)

func TestReportHasTheGravestFirst(t *testing.T) {
	var out bytes.Buffer
	err := preflight.Report(&out, []preflight.Finding{
		{Severity: preflight.Fine, Resource: "a", Found: "b"},
		{Severity: preflight.Surprises, Resource: "c", Found: "d"},
		{Severity: preflight.Stops, Resource: "e", Found: "f", Do: "g"},
		{Severity: preflight.Unknown, Resource: "h", Found: "could not look: needs i"},
	})
	want := `stop      e: f
          g
unknown   h: could not look: needs i
surprise  c: d
fine      a: b
1 would stop the deployment: 1 stop, 1 unknown, 1 surprise, 1 fine
what is unknown may stop it: see to what those lines name (AWS's managed policy ReadOnlyAccess has every permission), and run this again
`
	if err != nil || out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestReportOfWhatCouldNotBeLookedAtEndsInWhatToDo(t *testing.T) {
	var out bytes.Buffer
	if err := preflight.Report(&out, []preflight.Finding{{Severity: preflight.Unknown, Resource: "a", Found: "could not look: needs b"}}); err != nil {
		t.Fatal(err)
	}
	want := `unknown   a: could not look: needs b
nothing was found that stops the deployment, but not all could be looked at: 0 stop, 1 unknown, 0 surprise, 0 fine
what is unknown may stop it: see to what those lines name (AWS's managed policy ReadOnlyAccess has every permission), and run this again
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
