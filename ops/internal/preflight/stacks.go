package preflight

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// checkStacks finds stacks in a state that no deployment can go on from.
func checkStacks(_ context.Context, w *world) []Finding {
	var findings []Finding
	for _, s := range w.stacks {
		resource := fmt.Sprintf("stack %s (%s)", s.Name, s.Region)
		switch {
		case s.deployed.err != nil:
			findings = append(findings, unknown(resource, s.deployed.err))
		case !s.deployed.exists:
			findings = append(findings, fine(resource, "it will be made"))
		default:
			findings = append(findings, judgeState(resource, s))
		}
	}
	return findings
}

// judgeState says whether a stack in that state can be updated (CloudFormation
// user guide, "Stack status codes").
func judgeState(resource string, s *stack) Finding {
	status := s.deployed.status
	found := string(status)
	if s.deployed.reason != "" {
		found += ": " + s.deployed.reason
	}
	do := func(verb string) string {
		return fmt.Sprintf("aws cloudformation %s --region %s --stack-name %s", verb, s.Region, s.Name)
	}
	switch {
	case status == types.StackStatusRollbackComplete || status == types.StackStatusRollbackFailed:
		if s.deployed.protected {
			return stops(resource, "read its events, then "+do("update-termination-protection --no-enable-termination-protection")+
				": cdk deploy deletes it before it makes it again", "%s: it was never whole, and is protected from deletion", found)
		}
		return surprises(resource, "read its events first", "%s: it was never whole, so cdk deploy deletes it before it makes it again", found)
	case status == types.StackStatusUpdateRollbackFailed:
		return stops(resource, do("continue-update-rollback"), "%s", found)
	case status == types.StackStatusReviewInProgress:
		return fine(resource, "%s: a change set was made and never executed; the deployment makes the stack", found)
	case strings.HasSuffix(string(status), "_IN_PROGRESS"):
		return stops(resource, "wait until it is done", "%s", found)
	case strings.HasSuffix(string(status), "_FAILED"):
		return stops(resource, "see its events for what is in its way: "+do("describe-stack-events"), "%s", found)
	}
	return fine(resource, "%s", found)
}
