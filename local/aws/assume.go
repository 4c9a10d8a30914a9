package aws

import "fmt"

// Assume is the caller that a service such as scheduler.amazonaws.com becomes
// when it takes on a role, for a resource of its own with the ARN. The error
// says what is wrong with the role.
func (e *Endpoint) Assume(service, sourceARN, roleARN string) (Caller, error) {
	id, _, _ := credentials(roleARN)
	known, ok := e.caller(id)
	if !ok {
		return Caller{}, fmt.Errorf("the execution role %s does not exist", roleARN)
	}
	who := caller{service: service, source: sourceARN}
	if e.authorize(who, permission{action: "sts:AssumeRole", resource: roleARN}, "", known.role.Trust, nil) != "" {
		return Caller{}, fmt.Errorf("the execution role you provide must allow %s to assume the role: the AssumeRolePolicyDocument of %s does not, for %s", service, known.role.Resource, sourceARN)
	}
	c, _ := e.Caller(id, known.role.Account)
	return c, nil
}
