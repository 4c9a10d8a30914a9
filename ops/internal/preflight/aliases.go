package preflight

import (
	"fmt"
	"reflect"
	"strings"
)

// judgeLive finds an alias that is not at the version that CloudFormation left
// it at, as after a rollback by hand. CodeDeploy refuses to move it from there:
// "The Lambda function alias version does not match the current version in
// AppSpec file" (aws/serverless-application-model#291).
func judgeLive(alias resource, stage, arn, version string) []Finding {
	recorded := alias.stack.deployed.version(alias.LogicalID)
	if recorded == "" || version == "" || version == recorded {
		return nil
	}
	next := alias.stack.next.Resources[alias.LogicalID]
	before := alias.stack.deployed.template.Resources[alias.LogicalID]
	published := !reflect.DeepEqual(before.Properties["FunctionVersion"], next.Properties["FunctionVersion"])
	function, name := arn[:strings.LastIndex(arn, ":")], arn[strings.LastIndex(arn, ":")+1:]
	back := fmt.Sprintf("aws lambda update-alias --region %s --function-name %s --name %s --function-version %s", alias.Stack.Region, function, name, recorded)
	direct := fmt.Sprintf("npx cdk deploy -c stage=%s -c release=direct -e %s", stage, alias.stack.Name)
	const found = "it was moved by hand: it is at version %s, and CloudFormation left it at %s"
	switch {
	case published && next.UpdatePolicy["CodeDeployLambdaAliasUpdate"] != nil:
		return []Finding{stops(alias.String(), direct+"    # the new version at once and unchecked; or first "+back, found+", from where alone CodeDeploy takes it on", version, recorded)}
	case published:
		return []Finding{surprises(alias.String(), "", found+"; this deployment takes it to the new version at once, and unchecked", version, recorded)}
	}
	return []Finding{surprises(alias.String(), direct+"    # once there is a new version; or "+back, found+", where this deployment does not take it back to", version, recorded)}
}

// version is the number of the version that an alias was given when the stack
// was last deployed, empty if that is not known.
func (d *deployed) version(alias string) string {
	attribute, _ := d.template.Resources[alias].Properties["FunctionVersion"].(map[string]any)
	pair, _ := attribute["Fn::GetAtt"].([]any)
	if len(pair) == 0 {
		return ""
	}
	id, _ := pair[0].(string)
	arn := d.resources[id].id
	return arn[strings.LastIndex(arn, ":")+1:]
}
