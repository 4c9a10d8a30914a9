package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"annex/ops/internal/fakeaws"
)

func TestStageGetsItsCertificate(t *testing.T) {
	t.Chdir("../..") // a stage is of the repository
	account := fakeaws.New(t, "444455556666")
	for name, value := range account.Environment() {
		t.Setenv(name, value)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-stage", "prod"}, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "origin certificate of prod, as arn:aws:iam::444455556666:user/dev\n  authority    made") {
		t.Errorf("it says:\n%s", out.String())
	}
	arn := account.Parameters["us-east-1 /annex/prod/origin/certificate"]
	if account.Certificates[arn] == nil || account.Parameters["eu-west-1 /annex/prod/origin/truststore-version"] == "" {
		t.Errorf("the parameters name nothing: %d parameters", len(account.Parameters))
	}
}

func TestStageThatNeedsNoCertificateIsRefused(t *testing.T) {
	t.Chdir("../..") // a stage is of the repository
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
