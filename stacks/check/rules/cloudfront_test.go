package rules

// distribution is one with an alias and a certificate.
func distribution(aliases, certificate string) string {
	return `{"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {
		"Aliases": ` + aliases + `, "ViewerCertificate": ` + certificate + `}}}`
}

const wwwCertificate = `{"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "www.example.com"}}`

var cloudFrontExamples = []example{
	{
		name: "a certificate of the same stack in us-east-1",
		stacks: []*Stack{in("us-east-1", "site", `{
			"Site": `+distribution(`["www.example.com"]`, `{"AcmCertificateArn": {"Ref": "Cert"}}`)+`,
			"Cert": `+wwwCertificate+`}`)},
	},
	{
		name: "a certificate of the same stack elsewhere",
		stacks: []*Stack{in("eu-west-1", "site", `{
			"Site": `+distribution(`["www.example.com"]`, `{"AcmCertificateArn": {"Ref": "Cert"}}`)+`,
			"Cert": `+wwwCertificate+`}`)},
		want: []string{"AX001 site/Site: it is in eu-west-1"},
	},
	{
		name: "a certificate by its ARN",
		stacks: []*Stack{in("us-east-1", "site", `{"Site": `+distribution(`["www.example.com"]`,
			`{"AcmCertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/1"}`)+`}`)},
		want: []string{"AX001 site/Site: it is in eu-west-1"},
	},
	{
		name: "a certificate of another stack",
		stacks: []*Stack{
			in("eu-west-1", "certs", `{"Cert": `+wwwCertificate+`}`).withOutputs(`{"Cert": {"Value": {"Ref": "Cert"}}}`),
			in("us-east-1", "site", `{"Site": `+distribution(`["www.example.com"]`,
				`{"AcmCertificateArn": {"Fn::GetStackOutput": {"StackName": "certs", "Region": "eu-west-1", "OutputName": "Cert"}}}`)+`}`).after("certs"),
		},
		want: []string{"AX001 site/Site: it is in eu-west-1"},
	},
	{
		name: "a client certificate for an origin",
		stacks: []*Stack{in("us-east-1", "site", `{"Site": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {
			"Origins": [{"CustomOriginConfig": {"OriginMtlsConfig": {"ClientCertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/1"}}}]}}}}`)},
		want: []string{"AX001 site/Site: it is in eu-west-1"},
	},
	{
		name: "an alias that the certificate does not cover",
		stacks: []*Stack{in("us-east-1", "site", `{
			"Site": `+distribution(`["www.example.com", "shop.example.com"]`, `{"AcmCertificateArn": {"Ref": "Cert"}}`)+`,
			"Cert": `+wwwCertificate+`}`)},
		want: []string{"AX002 site/Site: shop.example.com is not among www.example.com"},
	},
	{
		name: "a wildcard stands for one label",
		stacks: []*Stack{in("us-east-1", "site", `{
			"Site": `+distribution(`["WWW.example.com", "a.b.example.com", "example.com"]`, `{"AcmCertificateArn": {"Ref": "Cert"}}`)+`,
			"Cert": {"Type": "AWS::CertificateManager::Certificate", "Properties": {
				"DomainName": "example.com", "SubjectAlternativeNames": ["*.example.com"]}}}`)},
		want: []string{"AX002 site/Site: a.b.example.com is not among example.com, *.example.com"},
	},
	{
		name:   "an alias without a certificate",
		stacks: []*Stack{in("us-east-1", "site", `{"Site": `+distribution(`["www.example.com"]`, `{"CloudFrontDefaultCertificate": true}`)+`}`)},
		want:   []string{"AX003 site/Site: www.example.com"},
	},
	{
		name: "an alias twice",
		stacks: []*Stack{
			in("us-east-1", "one", `{"Site": `+distribution(`["www.example.com"]`, `{"AcmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1"}`)+`}`),
			in("us-east-1", "two", `{"Site": `+distribution(`["www.example.com"]`, `{"AcmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1"}`)+`}`),
		},
		want: []string{"AX004 two/Site: one/Site has www.example.com too"},
	},
}
