package rules

// topicOf is an alarm that tells the topic of another stack.
const topicOf = `Alarm CloudWatch::Alarm {"AlarmActions": [{"Fn::GetStackOutput": {"StackName": "domain", "Region": "eu-west-1", "OutputName": "Topic"}}]}`

func domainWithTopic() *Stack {
	return in("eu-west-1", "domain", resources(`Topic SNS::Topic {}`)).withOutputs(`{"Topic": {"Value": {"Ref": "Topic"}}}`)
}

var stackExamples = []example{
	{name: "400 resources", stacks: []*Stack{in("eu-west-1", "cart", resources(many(400, `A%d SNS::Topic {}`)...))}},
	{
		name:   "401 resources",
		stacks: []*Stack{in("eu-west-1", "cart", resources(many(401, `A%d SNS::Topic {}`)...))},
		want:   []string{"AX095 cart: 401 resources"},
	},
	{
		name:   "a look-up",
		stacks: []*Stack{in("eu-west-1", "cart", `{}`)},
		lookup: "hosted-zone hosted-zone:account=111122223333",
		want:   []string{"AX096 cart: hosted-zone hosted-zone:account=111122223333"},
	},
	{
		name:   "a reference to a stack that is deployed before",
		stacks: []*Stack{domainWithTopic(), in("eu-west-1", "cart", resources(topicOf)).after("domain")},
	},
	{
		name:   "a reference to a stack that may be deployed after",
		stacks: []*Stack{domainWithTopic(), in("eu-west-1", "cart", resources(topicOf))},
		want:   []string{"AX097 cart/Alarm: cart does not depend on domain"},
	},
	{
		name: "references to nothing",
		stacks: []*Stack{domainWithTopic(), in("eu-west-1", "cart", resources(
			`A SSM::Parameter {"Value": {"Fn::GetStackOutput": {"StackName": "domain", "OutputName": "Bucket"}}}`,
			`B SSM::Parameter {"Value": {"Fn::GetStackOutput": {"StackName": "identity", "OutputName": "Pool"}}}`,
			`C SSM::Parameter {"Value": {"Fn::GetStackOutput": {"StackName": "domain", "OutputName": "Topic", "Region": "us-east-1"}}}`)).after("domain")},
		want: []string{
			"AX097 cart/A: domain has no output Bucket",
			"AX097 cart/B: there is no stack identity",
			"AX097 cart/C: domain is not in us-east-1",
		},
	},
	{
		name: "properties that were dropped",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`A WAFv2::LoggingConfiguration {"RedactedFields": [{}, {}], "LogDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-site"]}`,
			`B WAFv2::WebACL {"Rules": [{"OverrideAction": {"None": {}}, "Statement": {"ManagedRuleGroupStatement": {"ManagedRuleActionOverrides": [{}]}}}]}`,
			`C CloudFormation::CustomResource {"Files": [{}]}`))},
		want: []string{
			"AX098 site/A: RedactedFields",
			"AX098 site/B: Rules.Statement.ManagedRuleGroupStatement.ManagedRuleActionOverrides",
		},
	},
}
