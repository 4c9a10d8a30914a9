package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// checkRecords finds records that are in the zone already, at the names of
// records that a stack would make. Route 53 refuses to make them twice.
func checkRecords(ctx context.Context, w *world) []Finding {
	wanted := map[string][]resource{} // by name
	var names []string
	for _, r := range w.resources("AWS::Route53::RecordSet") {
		name := r.text("Name")
		if r.text("HostedZoneId") != w.stage.ZoneID || name == "" {
			continue
		}
		if wanted[name] == nil {
			names = append(names, name)
		}
		wanted[name] = append(wanted[name], r)
	}
	var findings []Finding
	for _, name := range names {
		there, err := recordsAt(ctx, w.services.Zones, w.stage.ZoneID, name)
		if err != nil {
			findings = append(findings, unknown("records of "+strings.TrimSuffix(name, "."), err))
			continue
		}
		for _, r := range wanted[name] {
			findings = append(findings, judgeRecord(strings.TrimSuffix(name, "."), r, there))
		}
	}
	return findings
}

// recordsAt gives the records of exactly that name.
func recordsAt(ctx context.Context, client Zones, zone, name string) ([]types.ResourceRecordSet, error) {
	page, err := client.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
		HostedZoneId: aws.String(zone), StartRecordName: aws.String(name), MaxItems: aws.Int32(100), // they are sorted by name
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(page.ResourceRecordSets, func(r types.ResourceRecordSet) bool { return !sameName(aws.ToString(r.Name), name) }), nil
}

func judgeRecord(name string, r resource, there []types.ResourceRecordSet) Finding {
	kind := r.text("Type")
	subject := name + " " + kind
	if r.keeps("Name", "Type", "HostedZoneId") {
		return fine(subject, "it is this stack's")
	}
	if r.stack.deployed.err != nil {
		return unknown(subject, r.stack.deployed.err)
	}
	beside := ""
	for _, record := range there {
		switch {
		case string(record.Type) != kind && record.Type != types.RRTypeCname:
		case besides(r, record):
			beside = fmt.Sprintf("the record %s, to %s, stands beside this stack's until somebody deletes it", aws.ToString(record.SetIdentifier), target(record))
		default:
			return stops(subject, "take the name over (see “Taking over” in the README), or delete the record if nobody needs it",
				"the zone has a record %s already, to %s, which no stack of this stage made", record.Type, target(record))
		}
	}
	if beside != "" {
		return fine(subject, "%s", beside)
	}
	return fine(subject, "the name is free")
}

// besides reports whether a record may be beside that of the template: weighted
// ones of a name and type are told apart by their identifiers.
func besides(r resource, record types.ResourceRecordSet) bool {
	return string(record.Type) == r.text("Type") && r.raw("Weight") != nil && record.Weight != nil &&
		aws.ToString(record.SetIdentifier) != r.text("SetIdentifier")
}

// target is where a record leads.
func target(record types.ResourceRecordSet) string {
	if record.AliasTarget != nil {
		return strings.TrimSuffix(aws.ToString(record.AliasTarget.DNSName), ".")
	}
	var values []string
	for _, value := range record.ResourceRecords {
		values = append(values, aws.ToString(value.Value))
	}
	return list(values)
}
