package preflight

import (
	"fmt"
	"io"
	"strings"
)

// Report prints the findings, the gravest first, and what they come to.
func Report(out io.Writer, findings []Finding) error {
	var text strings.Builder
	count := map[Severity]int{}
	for severity := range Fine + 1 {
		for _, f := range findings {
			if f.Severity != severity {
				continue
			}
			count[severity]++
			fmt.Fprintf(&text, "%-9s %s: %s\n", f.Severity, f.Resource, f.Found)
			if f.Do != "" {
				fmt.Fprintf(&text, "%-9s %s\n", "", f.Do)
			}
		}
	}
	verdict := "nothing stops the deployment"
	switch {
	case count[Stops] > 0:
		verdict = fmt.Sprintf("%d would stop the deployment", count[Stops])
	case count[Unknown] > 0:
		verdict = "nothing was found that stops the deployment, but not all could be looked at"
	}
	fmt.Fprintf(&text, "%s: %d stop, %d unknown, %d surprise, %d fine\n", verdict, count[Stops], count[Unknown], count[Surprises], count[Fine])
	if count[Unknown] > 0 {
		text.WriteString("what is unknown may stop it: see to what those lines name (AWS's managed policy ReadOnlyAccess has every permission), and run this again\n")
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// Gravest is the gravest severity of the findings. A deployment is to begin
// after Surprises or Fine alone.
func Gravest(findings []Finding) Severity {
	gravest := Fine
	for _, f := range findings {
		gravest = min(gravest, f.Severity)
	}
	return gravest
}
