package aws

import (
	"io"
	"log"
	"strings"
	"testing"

	"annex/local/aws/iam"
)

func TestCallersAreJudgedByTheirPolicies(t *testing.T) {
	const route = "arn:aws:execute-api:eu-west-1:111111111111:cart0000/$default/GET/c1"
	policy, err := iam.Parse([]byte(`{"Statement": {"Effect": "Allow", "Action": "execute-api:Invoke",
		"Resource": "arn:aws:execute-api:eu-west-1:111111111111:cart0000/$default/GET/*",
		"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	roles := []Role{
		{Name: "caller", ID: "AROAEXAMPLE", ARN: "arn:aws:iam::111111111111:role/caller", Account: "111111111111", Session: "search", Policies: []*iam.Policy{policy}},
		{Name: "other", ARN: "arn:aws:iam::111111111111:role/other", Account: "111111111111"},
	}
	e := &Endpoint{log: log.New(io.Discard, "", 0)}
	e.current.Store(&current{callers: callers(roles)})
	for _, c := range []struct {
		name, role, action string
		denied             string // a part of the reason; empty when allowed
	}{
		{"a role whose policy allows it", roles[0].ARN, "execute-api:Invoke", ""},
		{"the same role, for something else", roles[0].ARN, "execute-api:ManageConnections", "no identity-based policy allows"},
		{"a role without a policy", roles[1].ARN, "execute-api:Invoke", "no identity-based policy allows"},
		{"root", "", "execute-api:Invoke", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, secret, token := RootAccessKeyID, RootSecretAccessKey, ""
			if c.role != "" {
				id, secret, token = credentials(c.role)
			}
			caller, ok := e.Caller(id, "111111111111")
			if !ok || caller.SecretAccessKey != secret || caller.SessionToken != token || caller.Account != "111111111111" {
				t.Fatalf("access key %s is %+v, %v", id, caller, ok)
			}
			switch err := caller.Authorize(c.action, route); {
			case c.denied == "" && err != nil:
				t.Error(err)
			case c.denied != "" && (err == nil || !strings.Contains(err.Error(), c.denied)):
				t.Errorf("got %v, want %q", err, c.denied)
			}
		})
	}
	if caller, ok := e.Caller("AKIANOBODY", "111111111111"); ok {
		t.Errorf("an unknown access key is %+v", caller)
	}
	id, _, _ := credentials(roles[0].ARN)
	caller, _ := e.Caller(id, "111111111111")
	if caller.ARN != "arn:aws:sts::111111111111:assumed-role/caller/search" || caller.ID != "AROAEXAMPLE:search" {
		t.Errorf("got %s, %s", caller.ARN, caller.ID)
	}
	root, _ := e.Caller(RootAccessKeyID, "222222222222")
	if root.ARN != "arn:aws:iam::222222222222:root" {
		t.Error("root is ", root.ARN)
	}
}
