package rules

const apiDomainName = `{"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {
	"DomainName": "api.example.com", "DomainNameConfigurations": [{"CertificateArn": {"Ref": "Cert"}}]}}`

var certificateExamples = []example{
	{
		name: "the domain name's own certificate",
		stacks: []*Stack{in("eu-west-1", "domain", `{
			"Name": `+apiDomainName+`,
			"Cert": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "api.example.com"}}}`)},
	},
	{
		name:   "another host's certificate",
		stacks: []*Stack{in("eu-west-1", "domain", `{"Name": `+apiDomainName+`, "Cert": `+wwwCertificate+`}`)},
		want:   []string{"AX005 domain/Name: api.example.com is not among www.example.com"},
	},
	{
		name: "another region's certificate",
		stacks: []*Stack{
			in("us-east-1", "certs", `{"Cert": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "*.example.com"}}}`).
				withOutputs(`{"Cert": {"Value": {"Ref": "Cert"}}}`),
			in("eu-west-1", "domain", `{"Name": {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {"DomainName": "api.example.com", "DomainNameConfigurations": [
				{"CertificateArn": {"Fn::GetStackOutput": {"StackName": "certs", "OutputName": "Cert"}}}]}}}`).after("certs"),
		},
		want: []string{"AX006 domain/Name: certs/Cert is in us-east-1, the domain name in eu-west-1"},
	},
}
