package rules

var physicalNameExamples = []example{
	{
		name: "log groups",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(`A Logs::LogGroup {"LogGroupName": "/shop"}`, `B Logs::LogGroup {"LogGroupName": "/shop"}`, `C Logs::LogGroup {}`, `D Logs::LogGroup {}`)),
			in("eu-west-1", "search", resources(`A Logs::LogGroup {"LogGroupName": {"Fn::Join": ["", ["/", "shop"]]}}`)),
			in("us-east-1", "site", resources(`A Logs::LogGroup {"LogGroupName": "/shop"}`)),
		},
		want: []string{"AX050 cart/B: cart/A is /shop too", "AX050 search/A: cart/A is /shop too"},
	},
	{
		name: "buckets, in every region",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(`A S3::Bucket {"BucketName": "shop"}`)),
			in("us-east-1", "site", resources(`A S3::Bucket {"BucketName": "shop"}`)),
		},
		want: []string{"AX051 site/A: cart/A is shop too"},
	},
	{
		name: "others",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(`A SSM::Parameter {"Name": "/shop"}`, `B CloudFront::CachePolicy {"CachePolicyConfig": {"Name": "shop"}}`)),
			in("us-east-1", "site", resources(`A SSM::Parameter {"Name": "/shop"}`, `B CloudFront::CachePolicy {"CachePolicyConfig": {"Name": "shop"}}`)),
			in("eu-west-1", "search", resources(`A SSM::Parameter {"Name": "/shop"}`)),
		},
		want: []string{"AX052 search/A: cart/A is /shop too", "AX052 site/B: cart/B is shop too"},
	},
}
