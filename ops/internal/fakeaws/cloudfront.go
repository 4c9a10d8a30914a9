package fakeaws

import (
	"encoding/xml"
	"net/http"
)

// Distribution is a distribution of CloudFront's.
type Distribution struct {
	ID, Domain string
	Hosts      []string
}

var cloudfrontOperations = []route{
	at("GET", `/2020-05-31/distribution`, "", "ListDistributions", func(a *Account, _ *request) (any, error) {
		type aliases struct {
			Quantity int
			Items    []string `xml:"Items>CNAME"`
		}
		type summary struct {
			ID         string `xml:"Id"`
			DomainName string
			Aliases    aliases
		}
		var list []summary
		for _, d := range a.Distributions {
			list = append(list, summary{d.ID, d.Domain, aliases{len(d.Hosts), d.Hosts}})
		}
		return struct {
			IsTruncated bool
			MaxItems    int
			Quantity    int
			Items       []summary `xml:"Items>DistributionSummary"`
		}{false, 100, len(list), list}, nil
	}),
	at("POST", `/2020-05-31/domain-conflicts`, "", "ListDomainConflicts", func(a *Account, r *request) (any, error) {
		var in struct {
			Domain                          string
			DomainControlValidationResource struct {
				DistributionID string `xml:"DistributionId"`
			}
		}
		if err := xml.Unmarshal(r.body, &in); err != nil {
			return nil, refuse(http.StatusBadRequest, "InvalidArgument", "%v", err)
		}
		type conflict struct {
			Domain, ResourceType string
			ResourceID           string `xml:"ResourceId"`
			AccountID            string `xml:"AccountId"`
		}
		var list []conflict
		for _, d := range a.Distributions {
			if d.ID == in.DomainControlValidationResource.DistributionID {
				list = append(list, conflict{in.Domain, "distribution", "*******" + d.ID[len(d.ID)-6:], "******" + a.ID[6:]})
			}
		}
		if account := a.Conflicts[in.Domain]; account != "" {
			list = append(list, conflict{in.Domain, "distribution", "*******ABCDEF", "******" + account[6:]})
		}
		return struct {
			DomainConflicts []conflict `xml:"DomainConflicts>DomainConflicts"`
		}{list}, nil
	}),
}
