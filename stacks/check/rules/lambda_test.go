package rules

import "strings"

var lambdaExamples = []example{
	{
		name: "timeouts",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A Lambda::Function {"Timeout": 1}`, `B Lambda::Function {"Timeout": 900}`, `C Lambda::Function {}`,
			`D Lambda::Function {"Timeout": 0}`, `E Lambda::Function {"Timeout": 1200}`))},
		want: []string{"AX075 cart/D: 0 seconds", "AX075 cart/E: 1200 seconds"},
	},
	{
		name: "environments",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`A Lambda::Function {"Environment": {"Variables": {"NAME": "`+strings.Repeat("x", 4092)+`"}}}`,
			`B Lambda::Function {"Environment": {"Variables": {"NAME": "`+strings.Repeat("x", 4093)+`"}}}`))},
		want: []string{"AX076 cart/B: 4097 bytes"},
	},
	{
		name: "permissions",
		stacks: []*Stack{in("eu-west-1", "cart", resources(append(append(
			many(52, `P%d Lambda::Permission {"FunctionName": {"Ref": "Live"}}`),
			many(51, `Q%d Lambda::Permission {"FunctionName": {"Ref": "A"}}`)...),
			`A Lambda::Function {}`, `Live Lambda::Alias {"FunctionName": {"Ref": "A"}}`)...))},
		want: []string{"AX077 cart/Live: with cart/P9, its permissions take more than 51 statements of 400 bytes"},
	},
}
