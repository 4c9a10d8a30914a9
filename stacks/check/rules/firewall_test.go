package rules

var firewallExamples = []example{
	{
		name: "a web ACL before a distribution",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`ACL WAFv2::WebACL {"Scope": "CLOUDFRONT"}`,
			`Logs Logs::LogGroup {"LogGroupName": "aws-waf-logs-site"}`,
			`Logging WAFv2::LoggingConfiguration {"LogDestinationConfigs": [{"Fn::Join": ["", ["arn:aws:logs:us-east-1:111122223333:log-group:", {"Ref": "Logs"}]]}]}`,
			`Site CloudFront::Distribution {"DistributionConfig": {"WebACLId": {"Fn::GetAtt": ["ACL", "Arn"]}}}`))},
	},
	{
		name: "for CloudFront, in another region",
		stacks: []*Stack{in("eu-west-1", "site", resources(
			`ACL WAFv2::WebACL {"Scope": "CLOUDFRONT"}`,
			`Addresses WAFv2::IPSet {"Scope": "CLOUDFRONT"}`,
			`Own WAFv2::IPSet {"Scope": "REGIONAL"}`))},
		want: []string{"AX020 site/ACL: it is in eu-west-1", "AX020 site/Addresses: it is in eu-west-1"},
	},
	{
		name: "before an HTTP API",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api, stage, find,
			`ByRef WAFv2::WebACLAssociation {"ResourceArn": {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${API}/stages/x"}}`,
			`ByARN WAFv2::WebACLAssociation {"ResourceArn": "arn:aws:apigateway:eu-west-1::/apis/abc/stages/$default"}`,
			`REST WAFv2::WebACLAssociation {"ResourceArn": "arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod"}`))},
		want: []string{"AX021 cart/ByARN: arn:aws:apigateway:eu-west-1::/apis/abc/stages/$default", "AX021 cart/ByRef: cart/API"},
	},
	{
		name: "a log of another name",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`Logs Logs::LogGroup {}`,
			`Bucket S3::Bucket {"BucketName": "aws-waf-logs-site"}`,
			`Good WAFv2::LoggingConfiguration {"LogDestinationConfigs": ["arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-site:*", {"Fn::GetAtt": ["Bucket", "Arn"]}]}`,
			`Named WAFv2::LoggingConfiguration {"LogDestinationConfigs": ["arn:aws:s3:::waf-logs"]}`,
			`Unnamed WAFv2::LoggingConfiguration {"LogDestinationConfigs": [{"Fn::GetAtt": ["Logs", "Arn"]}]}`))},
		want: []string{"AX022 site/Named: it has waf-logs", "AX022 site/Unnamed: it has a name that CloudFormation makes up"},
	},
	{
		name: "a regional web ACL before a distribution",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`ACL WAFv2::WebACL {"Scope": "REGIONAL"}`,
			`Site CloudFront::Distribution {"DistributionConfig": {"WebACLId": {"Fn::GetAtt": ["ACL", "Arn"]}}}`))},
		want: []string{"AX023 site/Site: site/ACL is REGIONAL"},
	},
}
