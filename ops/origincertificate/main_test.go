package main

import (
	"io"
	"strings"
	"testing"
)

func TestStageThatNeedsNoCertificateIsRefused(t *testing.T) {
	for stage, want := range map[string]string{
		"dev":  "stage dev lets everybody reach its APIs, so nothing asks for a client certificate: set its Exposure to Edge",
		"prdo": `unknown stage "prdo"`,
	} {
		err := run(t.Context(), []string{"-stage", stage}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("stage %s: got %v\nwant %s", stage, err, want)
		}
	}
}
