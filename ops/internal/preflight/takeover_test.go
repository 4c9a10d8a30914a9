package preflight_test

import (
	"fmt"
	"strings"
	"testing"

	"annex/ops/internal/fakeaws"
)

// TestEachStateOfTakingOverIsKnown goes through the table of “Taking over” in
// the README: what the templates list, what the distributions have, and what
// the zone holds.
func TestEachStateOfTakingOverIsKnown(t *testing.T) {
	const (
		old = "E0OLD"
		own = "made-Distribution"
	)
	byHand := []fakeaws.Record{
		{Name: "www.example.com.", Type: "A", Weighted: "by-hand", Alias: "d1.cloudfront.net."},
		{Name: "www.example.com.", Type: "AAAA", Weighted: "by-hand", Alias: "d1.cloudfront.net."},
	}
	simple := []fakeaws.Record{{Name: "www.example.com.", Type: "CNAME", Value: "d0.cloudfront.net"}}
	for _, test := range []struct {
		name             string
		deployed, listed string // the hosts of the deployed template, none before the first deployment, and of the next
		hosts            map[string]string
		records          []fakeaws.Record
		want             []string
	}{
		{
			"nothing is done", "", "www",
			map[string]string{old: "www"},
			simple,
			[]string{
				"stop www.example.com A: the zone has a record CNAME already, to d0.cloudfront.net", "stop www.example.com AAAA",
				"stop CloudFront host www.example.com: distribution E0OLD (d.cloudfront.net) of this account has it, which no stack of this stage made -> give the stage a TakeoverHost",
			},
		},
		{"beside it, for the first time", "", "new", map[string]string{old: "www"}, simple, nil},
		{"beside it", "new", "new", map[string]string{old: "www", own: "new"}, simple, nil},
		{
			"moved", "new", "new",
			map[string]string{own: "new www"},
			byHand,
			[]string{"stop CloudFront host www.example.com: this stack's distribution made-Distribution has it, and the template does not list it"},
		},
		{
			"TakenOver, before the move", "new", "www new",
			map[string]string{old: "www", own: "new"},
			simple,
			[]string{"stop CloudFront host www.example.com: distribution E0OLD (d.cloudfront.net) of this account has it, which no stack of this stage made -> move it first, as “Taking over” in the README says: aws cloudfront associate-alias --target-distribution-id made-Distribution --alias www.example.com"},
		},
		{"TakenOver", "new", "www new", map[string]string{own: "new www"}, byHand, nil},
		{"both taken out", "www new", "www", map[string]string{own: "new www"}, byHand, nil},
		{
			"both taken out, with a record that nothing stands beside", "www new", "www",
			map[string]string{own: "new www"},
			simple,
			[]string{"stop www.example.com A: the zone has a record CNAME already", "stop www.example.com AAAA"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			if test.deployed != "" {
				f.templates["annex-prod-site"] = siteTemplate(test.deployed)
				f.deploy()
			}
			f.templates["annex-prod-site"] = siteTemplate(test.listed)
			f.Distributions = nil
			for id, hosts := range test.hosts {
				f.Distributions = append(f.Distributions, fakeaws.Distribution{ID: id, Domain: "d.cloudfront.net", Hosts: names(hosts)})
			}
			zone := f.Zones["Z0PRODEXAMPLE"]
			zone.Records = append(zone.Records[:min(2, len(zone.Records))], test.records...) // the API's, and these
			f.Zones["Z0PRODEXAMPLE"] = zone
			got := notFine(f.run())
			if len(got) != len(test.want) {
				t.Fatalf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
		})
	}
}

func names(labels string) []string {
	all := strings.Fields(labels)
	for i := range all {
		all[i] += ".example.com"
	}
	return all
}

// siteTemplate is the site's template while its distribution has these hosts:
// the records are at the last, which is the one that it does not share.
func siteTemplate(labels string) string {
	hosts := names(labels)
	at := hosts[len(hosts)-1]
	record := func(id, kind string) string {
		return fmt.Sprintf(`%q: {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "%s.", "Type": %q, "HostedZoneId": "Z0PRODEXAMPLE",
			"Weight": 1, "SetIdentifier": "annex-prod-site"}}`, id+at, at, kind)
	}
	return fmt.Sprintf(`{"Resources": {"Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"Aliases": ["%s"]}}}, %s, %s}}`,
		strings.Join(hosts, `", "`), record("IPv4", "A"), record("IPv6", "AAAA"))
}
