package rules

// The parts of a shop that answers as it should.
const (
	api         = `API ApiGatewayV2::Api {"ProtocolType": "HTTP", "DisableExecuteApiEndpoint": true}`
	stage       = `Stage ApiGatewayV2::Stage {"ApiId": {"Ref": "API"}, "StageName": "$default"}`
	find        = `Find ApiGatewayV2::Route {"ApiId": {"Ref": "API"}, "RouteKey": "GET /"}`
	mapping     = `Mapping ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "API"}, "Stage": {"Ref": "Stage"}, "DomainName": "api.example.com", "ApiMappingKey": "cart"}`
	plainDomain = `Name ApiGatewayV2::DomainName {"DomainName": "api.example.com", "DomainNameConfigurations": [{"SecurityPolicy": "TLS_1_2"}]}`
	edgeDomain  = `Name ApiGatewayV2::DomainName {"DomainName": "api.example.com", "MutualTlsAuthentication": {"TruststoreUri": "s3://bucket/truststore.pem"}}`
)

var domainExamples = []example{
	{
		name: "an API on another stack's domain name",
		stacks: []*Stack{
			in("eu-west-1", "domain", resources(plainDomain)),
			in("eu-west-1", "cart", resources(api, stage, find, mapping)).after("domain"),
		},
	},
	{
		name: "a stack between",
		stacks: []*Stack{
			in("eu-west-1", "domain", resources(plainDomain)),
			in("eu-west-1", "between", `{}`).after("domain"),
			in("eu-west-1", "cart", resources(api, stage, find, mapping)).after("between"),
		},
	},
	{
		name:   "TLS 1.3 alone",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api, stage, find, `Name ApiGatewayV2::DomainName {"DomainName": "api.example.com", "DomainNameConfigurations": [{"SecurityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"}]}`, `Mapping ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "API"}, "Stage": {"Ref": "Stage"}, "DomainName": {"Ref": "Name"}}`))},
		want:   []string{"AX007 cart/Mapping: cart/Name has SecurityPolicy_TLS13_1_3_2025_09"},
	},
	{
		name: "the API's own address beside mutual TLS",
		stacks: []*Stack{
			in("eu-west-1", "domain", resources(edgeDomain)),
			in("eu-west-1", "cart", resources(`API ApiGatewayV2::Api {"ProtocolType": "HTTP"}`, stage, find, mapping)).after("domain"),
		},
		want: []string{"AX008 cart/API: domain/Name wants it"},
	},
	{
		name: "IAM behind mutual TLS",
		stacks: []*Stack{
			in("eu-west-1", "domain", resources(edgeDomain)),
			in("eu-west-1", "cart", resources(api, stage, mapping, `Find ApiGatewayV2::Route {"ApiId": {"Ref": "API"}, "RouteKey": "GET /", "AuthorizationType": "AWS_IAM"}`)).after("domain"),
		},
		want: []string{"AX011 cart/Find: GET / is mapped onto domain/Name"},
	},
	{
		name: "a key of two services",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(api, stage, find, mapping)),
			in("eu-west-1", "search", resources(api, stage, find, mapping)),
			in("us-east-1", "elsewhere", resources(api, stage, find, mapping)),
		},
		want: []string{"AX009 search/Mapping: cart/Mapping has cart too"},
	},
	{
		name: "no key twice, and an empty one",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api, stage, find, plainDomain,
			`Empty ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "API"}, "Stage": {"Ref": "Stage"}, "DomainName": {"Ref": "Name"}, "ApiMappingKey": ""}`,
			`One ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "API"}, "Stage": {"Ref": "Stage"}, "DomainName": {"Ref": "Name"}}`,
			`Two ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "API"}, "Stage": {"Ref": "Stage"}, "DomainName": {"Ref": "Name"}}`))},
		want: []string{"AX009 cart/Empty: it is empty", "AX009 cart/Two: cart/One has no key too"},
	},
	{
		name: "a stage and a domain name by their names alone",
		stacks: []*Stack{in("eu-west-1", "cart", resources(api, stage, find, plainDomain,
			`Mapping ApiGatewayV2::ApiMapping {"ApiId": {"Ref": "API"}, "Stage": "$default", "DomainName": "api.example.com"}`))},
		want: []string{"AX010 cart/Mapping: cart/Name", "AX010 cart/Mapping: cart/Stage"},
	},
	{
		name: "a stage by its name, and a DependsOn",
		stacks: []*Stack{in("eu-west-1", "cart", `{
			"API": {"Type": "AWS::ApiGatewayV2::Api"},
			"Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "API"}, "StageName": "$default"}},
			"Mapping": {"Type": "AWS::ApiGatewayV2::ApiMapping", "DependsOn": ["Stage"], "Properties": {"ApiId": {"Ref": "API"}, "Stage": "$default", "DomainName": "api.example.com"}}}`)},
	},
	{
		name: "a stack that does not wait for the domain name's",
		stacks: []*Stack{
			in("eu-west-1", "domain", resources(plainDomain)),
			in("eu-west-1", "cart", resources(api, stage, find, mapping)),
		},
		want: []string{"AX010 cart/Mapping: domain/Name"},
	},
}
