package rules

import "slices"

const deploymentGroupType = "AWS::CodeDeploy::DeploymentGroup"

var releases = []Rule{
	{
		ID:     "AX079",
		Title:  "a release is watched by no alarm on the new version, whose failures the old one's requests hide",
		Fix:    "give the deployment group an alarm with the dimension ExecutedVersion, as web.NewDeployments does",
		Source: "Lambda, Types of metrics for Lambda functions: ExecutedVersion",
		check:  each(unwatched, aliasType),
	},
}

// deploymentGroup gives the deployment group that releases the versions of an
// alias, or nil.
func (r *Resource) deploymentGroup() *Resource {
	group := r.Stack.target(at(r.UpdatePolicy, "CodeDeployLambdaAliasUpdate", "DeploymentGroupName"))
	if group == nil || group.Type != deploymentGroupType {
		return nil
	}
	return group
}

// unwatched looks for an alarm on the version that the alias gets.
func unwatched(alias *Resource) []Finding {
	group := alias.deploymentGroup()
	if group == nil {
		return nil
	}
	version := alias.text("FunctionVersion")
	enabled := group.text("AlarmConfiguration", "Enabled") == "true"
	if enabled && slices.ContainsFunc(list(group.property("AlarmConfiguration", "Alarms")), func(named any) bool {
		alarm := group.Stack.target(at(named, "Name"))
		return alarm != nil && alarm.watches(version)
	}) {
		return nil
	}
	return []Finding{alias.finding("FunctionVersion", "released by %s", group.Path)}
}

// watches tells whether an alarm is on a metric of a version.
func (r *Resource) watches(version string) bool {
	if r.hasDimension(r.Properties, "ExecutedVersion", version) {
		return true
	}
	return slices.ContainsFunc(list(r.property("Metrics")), func(query any) bool {
		return r.hasDimension(at(query, "MetricStat", "Metric"), "ExecutedVersion", version)
	})
}
