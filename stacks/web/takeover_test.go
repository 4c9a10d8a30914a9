package web_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks/web"
)

// TestTakeover has both states of a site: which host its distribution has and
// whose records are made, and which hosts its certificate is for.
func TestTakeover(t *testing.T) {
	for _, test := range []struct {
		name, takeoverHost, host string
		certified                []any // beside the site's own
	}{
		{"while another distribution has the host", "new.example.com", "new.example.com", []any{"new.example.com"}},
		{"when it is the site's", "", "www.example.com", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			template := siteOf(t, func(props *web.SiteProps) { props.TakeoverHost = test.takeoverHost })
			if diff := cmp.Diff(any([]any{test.host}), at(t, distribution(t, template), "Aliases")); diff != "" {
				t.Error("aliases (-want +got):\n", diff)
			}
			certificate := template.Only(t, "AWS::CertificateManager::Certificate").Properties
			if certificate["DomainName"] != "www.example.com" {
				t.Errorf("the certificate is for %v", certificate["DomainName"])
			}
			names, _ := certificate["SubjectAlternativeNames"].([]any)
			if diff := cmp.Diff(test.certified, names); diff != "" {
				t.Error("and for (-want +got):\n", diff)
			}
			checkRecords(t, template, test.host+".")
		})
	}
}

// TestARecordOfTheSiteCanStandBesideAnother is what lets a host be taken over
// without being without records in between.
func TestARecordOfTheSiteCanStandBesideAnother(t *testing.T) {
	for _, record := range site(t).All("AWS::Route53::RecordSet") {
		if record.Properties["Weight"] != 1.0 || record.Properties["SetIdentifier"] != "shop" {
			t.Errorf("%s is %v", record.LogicalID, record.Properties)
		}
	}
}
