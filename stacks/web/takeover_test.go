package web_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks/web"
	"annex/test/cdktest"
)

// TestTakeover has each state of a takeover: which hosts the distribution has,
// which its certificate is for, and whose records are made.
func TestTakeover(t *testing.T) {
	for _, test := range []struct {
		name      string
		props     web.SiteProps
		aliases   []any
		certified []any // beside the site's own
		records   string
	}{
		{
			"while another distribution has the host",
			web.SiteProps{TakeoverHost: "new.example.com"},
			[]any{"new.example.com"},
			[]any{"new.example.com"},
			"new.example.com.",
		},
		{
			"when it has been moved",
			web.SiteProps{TakeoverHost: "new.example.com", TakenOver: true},
			[]any{"www.example.com", "new.example.com"},
			[]any{"new.example.com"},
			"new.example.com.",
		},
		{"when all is done", web.SiteProps{}, []any{"www.example.com"}, nil, "www.example.com."},
	} {
		t.Run(test.name, func(t *testing.T) {
			template := siteOf(t, func(props *web.SiteProps) {
				props.TakeoverHost, props.TakenOver = test.props.TakeoverHost, test.props.TakenOver
			})
			if diff := cmp.Diff(any(test.aliases), at(t, distribution(t, template), "Aliases")); diff != "" {
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
			checkRecords(t, template, test.records)
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

// TestMovingAHostReplacesNothing is what makes it safe to tell CloudFormation
// of it: an update of one resource in place has nothing to be rolled back.
func TestMovingAHostReplacesNothing(t *testing.T) {
	template := func(takenOver bool) map[string]cdktest.Resource {
		return siteOf(t, func(props *web.SiteProps) { props.TakeoverHost, props.TakenOver = "new.example.com", takenOver }).Resources
	}
	before, after := template(false), template(true)
	for id, resource := range after {
		same := cmp.Equal(before[id].Properties, resource.Properties)
		if resource.Type == "AWS::CloudFront::Distribution" {
			same = !same
			config := resource.Properties["DistributionConfig"].(map[string]any)
			config["Aliases"] = at(t, before[id].Properties, "DistributionConfig", "Aliases")
			if diff := cmp.Diff(before[id].Properties, resource.Properties); diff != "" {
				t.Error("beside its aliases (-before +after):\n", diff)
			}
		}
		// The content is of a new folder for each template.
		if !same && resource.Type != "Custom::CDKBucketDeployment" {
			t.Errorf("%s (%s): same is %v", id, resource.Type, same)
		}
	}
}
