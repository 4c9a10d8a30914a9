package web_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks/web"
)

// TestTakeover has each state of a takeover: which hosts the distribution has,
// which its certificate is for, and whose records are made.
func TestTakeover(t *testing.T) {
	for _, test := range []struct {
		name           string
		takeover       *web.Takeover
		aliases, names []any // of the distribution; of the certificate, beside the site's own
		records        string
	}{
		{"none", nil, []any{"www.example.com"}, nil, "www.example.com."},
		{"beside", &web.Takeover{Host: "new.example.com"}, []any{"new.example.com"}, []any{"new.example.com"}, "new.example.com."},
		{
			"moved", &web.Takeover{Host: "new.example.com", Moved: true},
			[]any{"www.example.com", "new.example.com"},
			[]any{"new.example.com"},
			"new.example.com.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			template := siteOf(t, func(props *web.SiteProps) { props.Takeover = test.takeover })
			if diff := cmp.Diff(any(test.aliases), at(t, distribution(t, template), "Aliases")); diff != "" {
				t.Error("aliases (-want +got):\n", diff)
			}
			certificate := template.Only(t, "AWS::CertificateManager::Certificate").Properties
			if certificate["DomainName"] != "www.example.com" {
				t.Errorf("the certificate is for %v", certificate["DomainName"])
			}
			names, _ := certificate["SubjectAlternativeNames"].([]any)
			if diff := cmp.Diff(test.names, names); diff != "" {
				t.Error("and for (-want +got):\n", diff)
			}
			checkRecords(t, template, test.records)
		})
	}
}
