package rules

var concurrencyExamples = []example{
	{
		name: "as much as there is, in each region",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(`A Lambda::Function {"ReservedConcurrentExecutions": 500}`, `B Lambda::Function {"ReservedConcurrentExecutions": "400"}`)),
			in("us-east-1", "site", resources(`A Lambda::Function {"ReservedConcurrentExecutions": 900}`)),
		},
	},
	{
		name: "too much over two stacks",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(`A Lambda::Function {"ReservedConcurrentExecutions": 500}`, `B Lambda::Function {}`)),
			in("eu-west-1", "search", resources(`A Lambda::Function {"ReservedConcurrentExecutions": 501}`)),
		},
		limit: 1100,
		want:  []string{"AX070 search/A: 1001 of 1000 in eu-west-1"},
	},
	{
		name:   "a new account",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`A Lambda::Function {"ReservedConcurrentExecutions": 1}`, `B Lambda::Function {}`))},
		limit:  10,
		want:   []string{"AX070 cart/A: 1 of 0 in eu-west-1"},
	},
	{
		name: "more provisioned than reserved",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A Lambda::Function {"ReservedConcurrentExecutions": 10}`,
			`Live Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 8}}`,
			`Next Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 3}}`,
			`B Lambda::Function {}`,
			`Other Lambda::Alias {"FunctionName": {"Ref": "B"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 3}}`))},
		want: []string{"AX071 cart/A: 8 for cart/Live and 3 for cart/Next, but 10 reserved"},
	},
	{
		name: "scaled beyond what is reserved",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A Lambda::Function {"ReservedConcurrentExecutions": 10}`,
			`Live Lambda::Alias {"FunctionName": {"Ref": "A"}}`,
			scaled("Live", `"MaxCapacity": 9, "ScheduledActions": [{"ScalableTargetAction": {"MaxCapacity": 11}}, {"ScalableTargetAction": {"MinCapacity": 2}}]`)))},
		want: []string{"AX071 cart/A: 11 for cart/Live, but 10 reserved"},
	},
	{
		name: "as much reserved and provisioned as there is",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(
				`A Lambda::Function {"ReservedConcurrentExecutions": 500}`,
				`Live Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 500}}`)),
			in("eu-west-1", "search", resources(`B Lambda::Function {}`, `Live Lambda::Alias {"FunctionName": {"Ref": "B"}}`, scaled("Live", `"MaxCapacity": 400`))),
			in("us-east-1", "other", resources(
				`C Lambda::Function {}`,
				`Live Lambda::Alias {"FunctionName": {"Ref": "C"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 900}}`)),
		},
	},
	{
		name: "too much reserved and provisioned",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(`A Lambda::Function {"ReservedConcurrentExecutions": 500}`)),
			in("eu-west-1", "search", resources(`B Lambda::Function {}`, `Live Lambda::Alias {"FunctionName": {"Ref": "B"}}`, scaled("Live", `"MaxCapacity": 401`))),
		},
		want: []string{"AX072 search/B: 500 reserved and up to 401 provisioned, of 900 in eu-west-1"},
	},
	{
		name: "provisioned in a new account",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`A Lambda::Function {}`,
			`Live Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1}}`))},
		limit: 10,
		want:  []string{"AX072 cart/A: 0 reserved and up to 1 provisioned, of 0 in eu-west-1"},
	},
	{
		name: "provisioned for a version",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`A Lambda::Function {}`,
			`Version Lambda::Version {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}`))},
		want: []string{"AX073 cart/Version: 2"},
	},
	{
		name: "fixed and scaled",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A Lambda::Function {}`,
			`Live Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}`,
			scaled("Live", `"MaxCapacity": 9`),
			`Other Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}`,
			`Table ApplicationAutoScaling::ScalableTarget {"ScalableDimension": "dynamodb:table:ReadCapacityUnits", "ResourceId": {"Ref": "Other"}}`))},
		want: []string{"AX074 cart/Live: 2, and cart/Scaling"},
	},
}

// scaled gives what scales the environments of an alias, which it names as the
// CDK does.
func scaled(alias, properties string) string {
	return `Scaling ApplicationAutoScaling::ScalableTarget {"ScalableDimension": "lambda:function:ProvisionedConcurrency",
		"ResourceId": {"Fn::Join": ["", ["function:", {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "` + alias + `"}]}]}, ":live"]]}, ` + properties + `}`
}
