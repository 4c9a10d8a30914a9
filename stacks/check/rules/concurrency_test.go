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
}
