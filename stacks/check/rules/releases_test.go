package rules

// releasedTo is a function whose alias CodeDeploy moves to the version New, with
// the properties of its deployment group, and what else there is.
func releasedTo(group string, others ...string) []*Stack {
	return []*Stack{in("eu-west-1", "cart", resources(append([]string{
		`Function Lambda::Function {}`,
		`New Lambda::Version {"FunctionName": {"Ref": "Function"}}`,
		`Live Lambda::Alias {"FunctionName": {"Ref": "Function"}, "FunctionVersion": {"Fn::GetAtt": ["New", "Version"]}, "Name": "live"}, ` +
			`"UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {"ApplicationName": "shop", "DeploymentGroupName": {"Ref": "Release"}}}`,
		`Release CodeDeploy::DeploymentGroup {` + group + `}`,
		`Errors CloudWatch::Alarm {"Namespace": "AWS/Lambda", "Dimensions": [{"Name": "ExecutedVersion", "Value": {"Fn::GetAtt": ["New", "Version"]}}]}`,
	}, others...)...))}
}

const (
	watched = `, "AlarmConfiguration": {"Enabled": true, "Alarms": [{"Name": {"Ref": "Errors"}}]}`
	atOnce  = `"DeploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"`
	slowly  = `"DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent10Minutes"`
)

var releaseExamples = []example{
	{name: "an alarm on the new version", stacks: releasedTo(slowly + watched)},
	{
		name: "an expression of metrics of the new version",
		stacks: releasedTo(slowly+`, "AlarmConfiguration": {"Enabled": true, "Alarms": [{"Name": {"Ref": "Rate"}}]}`,
			`Rate CloudWatch::Alarm {"Metrics": [{"Expression": "100 * e / i"}, {"MetricStat": {"Metric": {"Dimensions": [{"Name": "ExecutedVersion", "Value": {"Fn::GetAtt": ["New", "Version"]}}]}}}]}`),
	},
	{
		name: "an alarm on all versions",
		stacks: releasedTo(slowly+`, "AlarmConfiguration": {"Enabled": true, "Alarms": [{"Name": {"Ref": "All"}}]}`,
			`All CloudWatch::Alarm {"Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Function"}}]}`),
		want: []string{"AX079 cart/Live: released by cart/Release"},
	},
	{
		name:   "an alarm that is not asked",
		stacks: releasedTo(slowly + `, "AlarmConfiguration": {"Enabled": false, "Alarms": [{"Name": {"Ref": "Errors"}}]}`),
		want:   []string{"AX079 cart/Live: released by cart/Release"},
	},
	{name: "no alarm", stacks: releasedTo(atOnce), want: []string{"AX079 cart/Live: released by cart/Release"}},
}
