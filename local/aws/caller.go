package aws

import (
	"cmp"
	"errors"
	"strings"
)

// Caller is who has one of the endpoint's access keys, for a service that
// checks signatures itself.
type Caller struct {
	ARN     string // of the role's session, or of the account's root
	Account string
	ID      string // such as AROAEXAMPLE:session

	SecretAccessKey string
	SessionToken    string // empty for root

	endpoint *Endpoint
	caller   caller
}

// Caller finds who has an access key. That of root is root of any account, so
// of the one that is given.
func (e *Endpoint) Caller(accessKeyID, account string) (Caller, bool) {
	who, ok := e.caller(accessKeyID)
	switch {
	case !ok:
		return Caller{}, false
	case who.role == nil:
		return Caller{
			ARN: "arn:aws:iam::" + account + ":root", Account: account, ID: account,
			SecretAccessKey: RootSecretAccessKey, endpoint: e, caller: who,
		}, true
	}
	_, secret, token := credentials(who.role.ARN)
	return Caller{
		ARN: who.arn(), Account: who.role.Account, ID: cmp.Or(who.role.ID, "AROA") + ":" + who.session(),
		SecretAccessKey: secret, SessionToken: token, endpoint: e, caller: who,
	}, true
}

// Authorize says, in AWS's words, why the caller's policies do not allow an
// action on a resource, which is an ARN, nor the policy of a queue; nil when
// they do.
func (c Caller) Authorize(action, resource string) error {
	region := ""
	if parts := strings.SplitN(resource, ":", 5); len(parts) == 5 {
		region = parts[3]
	}
	queue, _ := c.endpoint.config().queue(resource)
	if denied := c.endpoint.authorize(c.caller, permission{action: action, resource: resource}, region, queue.Policy, nil); denied != "" {
		return errors.New(string(denied))
	}
	return nil
}

// Service is a service such as events.amazonaws.com that asks for itself, for a
// resource with the ARN: what a queue's policy allows it is all that it may.
func (e *Endpoint) Service(name, sourceARN string) Caller {
	return Caller{ARN: name, endpoint: e, caller: caller{service: name, source: sourceARN}}
}
