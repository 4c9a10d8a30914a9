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
		name: "as much reserved and provisioned as there is",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(
				`A Lambda::Function {"ReservedConcurrentExecutions": 500}`,
				`Live Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 500}}`)),
			in("eu-west-1", "search", resources(`B Lambda::Function {}`, `Live Lambda::Alias {"FunctionName": {"Ref": "B"}}`, scaled(`"MaxCapacity": 400`))),
			in("us-east-1", "other", resources(
				`C Lambda::Function {}`,
				`Live Lambda::Alias {"FunctionName": {"Ref": "C"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 900}}`)),
		},
	},
	{
		name: "too much reserved and provisioned",
		stacks: []*Stack{
			in("eu-west-1", "cart", resources(`A Lambda::Function {"ReservedConcurrentExecutions": 500}`)),
			in("eu-west-1", "search", resources(`B Lambda::Function {}`, `Live Lambda::Alias {"FunctionName": {"Ref": "B"}}`, scaled(`"MaxCapacity": 401`))),
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
}
