package rules

var corsExamples = []example{
	{
		name: "APIs",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A ApiGatewayV2::Api {"CorsConfiguration": {"AllowCredentials": true, "AllowOrigins": ["https://www.example.com"]}}`,
			`B ApiGatewayV2::Api {"CorsConfiguration": {"AllowOrigins": ["*"]}}`,
			`C ApiGatewayV2::Api {"CorsConfiguration": {"AllowCredentials": true, "AllowOrigins": ["*"]}}`))},
		want: []string{"AX041 cart/C: AllowOrigins is *"},
	},
	{
		name: "response headers policies",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`A CloudFront::ResponseHeadersPolicy {"ResponseHeadersPolicyConfig": {"CorsConfig": {"AccessControlAllowCredentials": true,
				"AccessControlAllowOrigins": {"Items": ["https://www.example.com"]}, "AccessControlAllowMethods": {"Items": ["GET"]}}}}`,
			`B CloudFront::ResponseHeadersPolicy {"ResponseHeadersPolicyConfig": {"CorsConfig": {"AccessControlAllowCredentials": true,
				"AccessControlAllowHeaders": {"Items": ["*"]}, "AccessControlAllowMethods": {"Items": ["ALL"]}}}}`,
			`C CloudFront::ResponseHeadersPolicy {"ResponseHeadersPolicyConfig": {"CorsConfig": {"AccessControlAllowCredentials": false,
				"AccessControlAllowOrigins": {"Items": ["*"]}}}}`))},
		want: []string{
			"AX042 site/B: AccessControlAllowHeaders is *",
			"AX042 site/B: AccessControlAllowMethods is ALL",
		},
	},
}
