package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/ops/internal/preflight"
	"annex/stacks"
	"annex/stacks/web"
)

func TestOnlyWhatWasLookedAtPasses(t *testing.T) {
	finding := func(severities ...preflight.Severity) (findings []preflight.Finding) {
		for _, severity := range severities {
			findings = append(findings, preflight.Finding{Severity: severity})
		}
		return findings
	}
	for _, test := range []struct {
		findings []preflight.Finding
		want     int
	}{
		{finding(preflight.Fine, preflight.Surprises), 0},
		{finding(preflight.Fine, preflight.Unknown, preflight.Surprises), 2},
		{finding(preflight.Unknown, preflight.Stops, preflight.Fine), 1},
	} {
		if got := status(preflight.Gravest(test.findings)); got != test.want {
			t.Errorf("%v: it exits with %d, want %d", test.findings, got, test.want)
		}
	}
}

func TestChecksAreToldOfTheStage(t *testing.T) {
	stage := stacks.Stage{
		Name: "prod", Account: "444455556666", Region: "eu-west-1", Zone: stacks.Zone{ID: "Z1", Name: "example.com"}, Exposure: stacks.Edge,
	}
	want := preflight.Stage{
		Name: "prod", Account: "444455556666", Region: "eu-west-1", ZoneID: "Z1", ZoneName: "example.com", ConcurrencyLimit: 1000,
		SecretsMetadata: web.SecretsMetadata, ParametersMetadata: web.ParametersMetadata,
		Origin: &preflight.Origin{
			TrustStoreBucket: "annex-prod-origin-444455556666-eu-west-1", TrustStoreKey: "truststore.pem",
			VersionParameter: "/annex/prod/origin/truststore-version", CertificateParameter: "/annex/prod/origin/certificate",
		},
	}
	if diff := cmp.Diff(want, describe(stage)); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	stage.Exposure, stage.ConcurrencyLimit = stacks.Public, 10
	if got := describe(stage); got.Origin != nil || got.ConcurrencyLimit != 10 {
		t.Errorf("open to all: got %+v", got)
	}
}

// A deployment past CodeDeploy is looked at with the templates that it has.
func TestMakeSynthesizesTheReleaseThatIsLookedAt(t *testing.T) {
	for release, want := range map[string]string{"": "", "direct": " -c release=direct"} {
		// Given even where it is empty: make passes on what it was called with itself.
		made, err := exec.CommandContext(t.Context(), "make", "-n", "-C", "../..", "preflight", "STAGE=prod", "RELEASE="+release).Output()
		if err != nil {
			t.Fatal(err)
		}
		_, synth, found := strings.Cut(string(made), " cdk synth ")
		context, _, _ := strings.Cut(synth, "2>&1")
		if got, wanted := strings.TrimSpace(context), "--quiet -c stage=prod"+want; !found || got != wanted {
			t.Errorf("RELEASE=%s: cdk synth %s, want %s", release, got, wanted)
		}
	}
}
