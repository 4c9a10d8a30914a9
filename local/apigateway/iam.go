package apigateway

import (
	"context"
	"fmt"
)

// Callers knows those who sign requests.
type Callers interface {
	// Caller finds who has an access key. Where that is root, it is root of the
	// account.
	Caller(accessKeyID, account string) (Caller, bool)
}

// Caller is who has an access key.
type Caller struct {
	SecretAccessKey string
	SessionToken    string // empty for an access key that needs none

	ARN     string // of the role's session, or of the account's root
	Account string
	ID      string // such as AROAEXAMPLE:session

	// Authorize says why the caller's policies do not allow an action on a
	// resource; nil when they do.
	Authorize func(action, resource string) error
}

// iamGuard lets those pass who sign their requests and whose policies allow
// it (§1.9).
type iamGuard struct{ callers Callers }

// iamContext is what a function is told of who signed.
type iamContext struct {
	AccessKey       string `json:"accessKey"`
	AccountID       string `json:"accountId"`
	CallerID        string `json:"callerId"`
	CognitoIdentity any    `json:"cognitoIdentity"` // null: there are no identity pools here
	PrincipalOrgID  any    `json:"principalOrgId"`  // null: no organization
	UserARN         string `json:"userArn"`
	UserID          string `json:"userId"`
}

func (g iamGuard) check(ctx context.Context, a *attempt) (*authorizer, error) {
	s, err := readSignature(a.request.Header)
	if err != nil {
		return nil, forbidden(err)
	}
	caller, ok := Caller{}, false
	if g.callers != nil {
		caller, ok = g.callers.Caller(s.accessKeyID, a.api.Account)
	}
	if !ok {
		return nil, forbidden(fmt.Errorf("nobody here has the access key %.128q that signed the request", s.accessKeyID))
	}
	if err := s.verify(ctx, a, caller); err != nil {
		return nil, forbidden(err)
	}
	if err := caller.Authorize("execute-api:Invoke", a.arn()); err != nil {
		return nil, forbidden(err)
	}
	return &authorizer{IAM: &iamContext{
		AccessKey: s.accessKeyID, AccountID: caller.Account, CallerID: caller.ID, UserARN: caller.ARN, UserID: caller.ID,
	}}, nil
}
