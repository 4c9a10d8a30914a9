package rules

import (
	"slices"
	"strings"
)

const recordType = "AWS::Route53::RecordSet"

var records = []Rule{
	{
		ID:     "AX060",
		Title:  "a record is there twice",
		Fix:    "leave the name and type to one stack",
		Source: "Route 53, API reference: ChangeResourceRecordSets",
		check:  sameRecord,
	},
	{
		ID:     "AX061",
		Title:  "a CNAME has another record beside it",
		Fix:    "point the name at its target by an alias record (A and AAAA), or take the other record away",
		Source: "Route 53, Supported DNS record types: CNAME",
		check:  besideCNAME,
	},
	{
		ID:     "AX062",
		Title:  "a record points at what does not answer its host",
		Fix:    "add the host to the distribution's Aliases, or point the record at the domain name of that host",
		Source: "CloudFront, Use custom URLs by adding alternate domain names",
		check:  pointsElsewhere,
	},
}

// record is one record of a template, of a RecordSet or a RecordSetGroup.
type record struct {
	resource         *Resource
	zone, name, kind string
	set              string // its SetIdentifier
	alias            any
}

func recordsOf(set *Set) (found []record) {
	for _, r := range set.all(recordType) {
		found = append(found, r.record(r.Properties, r.Properties))
	}
	for _, r := range set.all("AWS::Route53::RecordSetGroup") {
		for _, properties := range list(r.property("RecordSets")) {
			found = append(found, r.record(r.Properties, properties))
		}
	}
	return found
}

func (r *Resource) record(zone, properties any) record {
	text := func(of any, property string) string {
		return strings.ToLower(strings.TrimSuffix(r.Stack.Text(at(of, property)), "."))
	}
	id := r.Stack.Text(at(zone, "HostedZoneId"))
	if id == "" {
		id = text(zone, "HostedZoneName")
	}
	return record{
		resource: r, zone: id, name: text(properties, "Name"),
		kind: r.Stack.Text(at(properties, "Type")), set: r.Stack.Text(at(properties, "SetIdentifier")),
		alias: at(properties, "AliasTarget", "DNSName"),
	}
}

// sameRecord finds records of one name and type, which only those with set
// identifiers may be, each with its own.
func sameRecord(set *Set) (findings []Finding) {
	earlier := map[string][]record{}
	for _, r := range recordsOf(set) {
		key := strings.Join([]string{r.zone, r.name, r.kind}, " ")
		clash := slices.IndexFunc(earlier[key], func(other record) bool { return other.set == r.set || other.set == "" || r.set == "" })
		if clash >= 0 {
			findings = append(findings, r.resource.finding("Name", "%s is %s %s too", earlier[key][clash].resource.Path, r.kind, r.name))
			continue
		}
		earlier[key] = append(earlier[key], r)
	}
	return findings
}

func besideCNAME(set *Set) (findings []Finding) {
	all := recordsOf(set)
	for _, cname := range all {
		for _, other := range all {
			if cname.kind == "CNAME" && other.kind != "CNAME" && other.name == cname.name && other.zone == cname.zone {
				findings = append(findings, cname.resource.finding("Name", "%s is %s %s", other.resource.Path, other.kind, other.name))
			}
		}
	}
	return findings
}

func pointsElsewhere(set *Set) (findings []Finding) {
	for _, record := range recordsOf(set) {
		target := record.resource.Stack.target(record.alias)
		if target == nil || !literal(record.name) {
			continue
		}
		var hosts []string
		switch target.Type {
		case distributionType:
			hosts = aliases(target)
		case domainNameType:
			hosts = []string{strings.ToLower(target.text("DomainName"))}
		default:
			continue
		}
		_, parent, _ := strings.Cut(record.name, ".")
		if !slices.Contains(hosts, record.name) && !slices.Contains(hosts, "*."+parent) {
			findings = append(findings, record.resource.finding("AliasTarget", "%s is not among the hosts of %s", record.name, target.Path))
		}
	}
	return findings
}
