package aws

import (
	"strings"
	"testing"
)

// schedules is a role that schedules of this account's default group may use, to
// invoke one function.
const schedules = `
"Schedules": {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "shop/Schedules"}, "Properties": {"AssumeRolePolicyDocument": {"Statement": [{
	"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole",
	"Condition": {"StringEquals": {"aws:SourceAccount": "` + account + `", "aws:SourceArn": "arn:aws:scheduler:` + region + `:` + account + `:schedule-group/default"}}}]}}},
"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "Schedules"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "` + cartFunction + `:live"}]}}}`

func TestAServiceAssumesTheRolesThatTrustIt(t *testing.T) {
	const (
		role  = "arn:aws:iam::" + account + ":role/shop-Schedules"
		group = "arn:aws:scheduler:" + region + ":" + account + ":schedule-group/"
	)
	config, _ := read(t, shop+","+schedules)
	e := start(t, config, t.TempDir(), nil)
	c, err := e.Assume("scheduler.amazonaws.com", group+"default", role)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Authorize("lambda:InvokeFunction", cartFunction+":live"); err != nil {
		t.Error(err)
	}
	err = c.Authorize("lambda:InvokeFunction", cartFunction)
	if err == nil || !strings.Contains(err.Error(), "User: arn:aws:sts::"+account+":assumed-role/shop-Schedules/local is not authorized to perform: lambda:InvokeFunction on resource: "+cartFunction+" ") {
		t.Errorf("the function itself, with a grant for its alias: %v", err)
	}
	for name, denied := range map[string]struct{ service, source, role, want string }{
		"another service":        {"events.amazonaws.com", group + "default", role, "must allow events.amazonaws.com to assume the role"},
		"another group":          {"scheduler.amazonaws.com", group + "other", role, "the AssumeRolePolicyDocument of shop/Schedules (AWS::IAM::Role) does not, for " + group + "other"},
		"one that trusts nobody": {"scheduler.amazonaws.com", group + "default", cartRole, "must allow scheduler.amazonaws.com to assume the role"},
		"one that is not there":  {"scheduler.amazonaws.com", group + "default", role + "2", "does not exist"},
	} {
		if _, err := e.Assume(denied.service, denied.source, denied.role); err == nil || !strings.Contains(err.Error(), denied.want) {
			t.Errorf("%s: %v, want %q", name, err, denied.want)
		}
	}
}
