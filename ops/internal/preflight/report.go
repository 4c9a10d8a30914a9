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
	_, err := io.WriteString(out, text.String())
	return err
}

// Passed reports whether nothing stops the deployment, as far as could be seen.
func Passed(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == Stops {
			return false
		}
	}
	return true
}
