package fakeaws

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
)

// Zone is a hosted zone of Route 53's.
type Zone struct {
	Name        string // "example.com."
	Private     bool
	NameServers []string
	Records     []Record
}

// Record is a record set of a zone.
type Record struct {
	Name, Type string // "www.example.com.", "A"
	Weighted   string // its identifier, if it is weighted
	Alias      string // where it leads, if it is an alias
	Value      string // otherwise
}

type recordSet struct {
	Name, Type      string
	SetIdentifier   string       `xml:",omitempty"`
	Weight          int          `xml:",omitempty"`
	AliasTarget     *aliasTarget `xml:",omitempty"`
	ResourceRecords *values      `xml:",omitempty"`
}

type aliasTarget struct {
	HostedZoneID         string `xml:"HostedZoneId"`
	DNSName              string
	EvaluateTargetHealth bool
}

type values struct {
	ResourceRecord struct{ Value string }
}

var route53Operations = []route{
	at("GET", `/2013-04-01/hostedzone/([^/]+)`, "", "GetHostedZone", func(a *Account, r *request) (any, error) {
		zone, err := a.zone(r)
		if err != nil {
			return nil, err
		}
		type config struct{ PrivateZone bool }
		type hostedZone struct {
			ID     string `xml:"Id"`
			Name   string
			Config config
		}
		answer := struct {
			HostedZone    hostedZone
			DelegationSet *struct {
				NameServers []string `xml:"NameServers>NameServer"`
			} `xml:",omitempty"`
		}{HostedZone: hostedZone{"/hostedzone/" + r.path[0], zone.Name, config{zone.Private}}}
		if !zone.Private {
			answer.DelegationSet = &struct {
				NameServers []string `xml:"NameServers>NameServer"`
			}{zone.NameServers}
		}
		return answer, nil
	}),
	at("GET", `/2013-04-01/hostedzone/([^/]+)/rrset`, "", "ListResourceRecordSets", func(a *Account, r *request) (any, error) {
		zone, err := a.zone(r)
		if err != nil {
			return nil, err
		}
		answer := struct {
			XMLName            xml.Name
			ResourceRecordSets []recordSet `xml:"ResourceRecordSets>ResourceRecordSet"`
			IsTruncated        bool
			MaxItems           int
		}{MaxItems: 100}
		records := slices.Clone(zone.Records)
		slices.SortFunc(records, func(x, y Record) int { return strings.Compare(reversed(x.Name), reversed(y.Name)) })
		for _, record := range records {
			if reversed(record.Name) < reversed(r.http.URL.Query().Get("name")) {
				continue
			}
			set := recordSet{Name: record.Name, Type: record.Type}
			if record.Weighted != "" {
				set.SetIdentifier, set.Weight = record.Weighted, 1
			}
			if record.Alias != "" {
				set.AliasTarget = &aliasTarget{"Z2FDTNDATAQYW2", record.Alias, false}
			} else {
				set.ResourceRecords = &values{struct{ Value string }{record.Value}}
			}
			answer.ResourceRecordSets = append(answer.ResourceRecordSets, set)
		}
		return answer, nil
	}),
}

// reversed is a name with its labels from the last to the first, the order that
// Route 53 lists records in.
func reversed(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

func (a *Account) zone(r *request) (Zone, error) {
	zone, ok := a.Zones[r.path[0]]
	if !ok {
		return Zone{}, refuse(http.StatusNotFound, "NoSuchHostedZone", "No hosted zone found with ID: %s", r.path[0])
	}
	return zone, nil
}
