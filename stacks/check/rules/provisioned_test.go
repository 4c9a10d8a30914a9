package rules

var provisionedExamples = []example{
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
			scaled(`"MaxCapacity": 9, "ScheduledActions": [{"ScalableTargetAction": {"MaxCapacity": 11}}, {"ScalableTargetAction": {"MinCapacity": 2}}]`)))},
		want: []string{"AX071 cart/A: 11 for cart/Live, but 10 reserved"},
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
			scaled(`"MaxCapacity": 9`),
			`Other Lambda::Alias {"FunctionName": {"Ref": "A"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}`,
			`Table ApplicationAutoScaling::ScalableTarget {"ScalableDimension": "dynamodb:table:ReadCapacityUnits", "ResourceId": {"Ref": "Other"}}`))},
		want: []string{"AX074 cart/Live: 2, and cart/Scaling"},
	},
	{
		name:   "scaled, and a canary",
		stacks: []*Stack{in("eu-west-1", "cart", released(`"CodeDeployDefault.LambdaCanary10Percent10Minutes"`))},
		want:   []string{"AX078 cart/Live: cart/Scaling scales it, and cart/Group shifts its traffic"},
	},
	{
		name:   "scaled, and a canary of one's own",
		stacks: []*Stack{in("eu-west-1", "cart", released(`{"Ref": "Config"}`))},
		want:   []string{"AX078 cart/Live: cart/Scaling scales it, and cart/Group shifts its traffic"},
	},
	{name: "scaled, and all at once", stacks: []*Stack{in("eu-west-1", "cart", released(`"CodeDeployDefault.LambdaAllAtOnce"`))}},
}

// released gives an alias that is scaled, and released by a configuration.
func released(config string) string {
	text := resources(
		`A Lambda::Function {}`,
		scaled(`"MaxCapacity": 9`),
		`Config CodeDeploy::DeploymentConfig {"TrafficRoutingConfig": {"Type": "TimeBasedCanary"}}`,
		`Errors CloudWatch::Alarm {"Dimensions": [{"Name": "ExecutedVersion", "Value": "7"}]}`,
		`Group CodeDeploy::DeploymentGroup {"DeploymentConfigName": `+config+watched+`}`)
	return text[:len(text)-1] + `, "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "A"}, "FunctionVersion": "7"},
		"UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {"DeploymentGroupName": {"Ref": "Group"}}}}}`
}

// scaled gives what scales the environments of the alias Live, which it names as
// the CDK does.
func scaled(properties string) string {
	return `Scaling ApplicationAutoScaling::ScalableTarget {"ScalableDimension": "lambda:function:ProvisionedConcurrency",
		"ResourceId": {"Fn::Join": ["", ["function:", {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "Live"}]}]}, ":live"]]}, ` + properties + `}`
}
