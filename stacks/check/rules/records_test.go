package rules

var recordExamples = []example{
	{
		name: "records of one name",
		stacks: []*Stack{
			in("eu-west-1", "domain", resources(
				`A Route53::RecordSet {"HostedZoneId": "Z1", "Name": "api.example.com.", "Type": "A"}`,
				`AAAA Route53::RecordSet {"HostedZoneId": "Z1", "Name": "api.example.com.", "Type": "AAAA"}`,
				`Other Route53::RecordSet {"HostedZoneId": "Z2", "Name": "api.example.com.", "Type": "A"}`,
				`West Route53::RecordSet {"HostedZoneId": "Z1", "Name": "w.example.com.", "Type": "A", "SetIdentifier": "west"}`,
				`East Route53::RecordSet {"HostedZoneId": "Z1", "Name": "w.example.com.", "Type": "A", "SetIdentifier": "east"}`,
				`Mixed Route53::RecordSet {"HostedZoneId": "Z1", "Name": "m.example.com.", "Type": "A", "SetIdentifier": "west"}`)),
			in("us-east-1", "site", resources(
				`A Route53::RecordSet {"HostedZoneId": "Z1", "Name": "API.example.com", "Type": "A"}`,
				`Again Route53::RecordSet {"HostedZoneId": "Z1", "Name": "w.example.com.", "Type": "A", "SetIdentifier": "west"}`,
				`Alone Route53::RecordSet {"HostedZoneId": "Z1", "Name": "m.example.com.", "Type": "A"}`,
				`Group Route53::RecordSetGroup {"HostedZoneId": "Z1", "RecordSets": [{"Name": "api.example.com", "Type": "AAAA"}]}`)),
		},
		want: []string{
			"AX060 site/A: domain/A is A api.example.com too",
			"AX060 site/Again: domain/West is A w.example.com too",
			"AX060 site/Alone: domain/Mixed is A m.example.com too",
			"AX060 site/Group: domain/AAAA is AAAA api.example.com too",
		},
	},
	{
		name: "a CNAME and a TXT",
		stacks: []*Stack{in("eu-west-1", "domain", resources(
			`A Route53::RecordSet {"HostedZoneId": "Z1", "Name": "api.example.com.", "Type": "CNAME"}`,
			`B Route53::RecordSet {"HostedZoneId": "Z1", "Name": "api.example.com.", "Type": "TXT"}`))},
		want: []string{"AX061 domain/A: domain/B is TXT api.example.com"},
	},
	{
		name: "targets",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`Site CloudFront::Distribution {"DistributionConfig": {"Aliases": ["www.example.com", "*.shop.example.com"], "ViewerCertificate": {"AcmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1"}}}`,
			plainDomain,
			`A Route53::RecordSet {"HostedZoneId": "Z1", "Name": "www.example.com.", "Type": "A", "AliasTarget": {"DNSName": {"Fn::GetAtt": ["Site", "DomainName"]}}}`,
			`B Route53::RecordSet {"HostedZoneId": "Z1", "Name": "ie.shop.example.com.", "Type": "A", "AliasTarget": {"DNSName": {"Fn::GetAtt": ["Site", "DomainName"]}}}`,
			`C Route53::RecordSet {"HostedZoneId": "Z1", "Name": "example.com.", "Type": "A", "AliasTarget": {"DNSName": {"Fn::GetAtt": ["Site", "DomainName"]}}}`,
			`D Route53::RecordSet {"HostedZoneId": "Z1", "Name": "api.example.com.", "Type": "A", "AliasTarget": {"DNSName": {"Fn::GetAtt": ["Name", "RegionalDomainName"]}}}`,
			`E Route53::RecordSet {"HostedZoneId": "Z1", "Name": "apis.example.com.", "Type": "A", "AliasTarget": {"DNSName": {"Fn::GetAtt": ["Name", "RegionalDomainName"]}}}`))},
		want: []string{
			"AX062 site/C: example.com is not among the hosts of site/Site",
			"AX062 site/E: apis.example.com is not among the hosts of site/Name",
		},
	},
}
