package apigateway

import (
	"context"
	"fmt"
	"net/http"
	"time"
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

// Signer finds who signed a request that has no body, for an API of the account
// and region which the client may have called by any of the hosts.
func Signer(r *http.Request, callers Callers, account, region string, hosts []string, now time.Time) (caller Caller, accessKeyID string, err error) {
	return signer(r.Context(), &attempt{api: &API{Account: account, Region: region}, now: now, request: r, hosts: hosts}, callers)
}

func signer(ctx context.Context, a *attempt, callers Callers) (Caller, string, error) {
	s, err := readSignature(a.request.Header)
	if err != nil {
		return Caller{}, "", err
	}
	caller, ok := Caller{}, false
	if callers != nil {
		caller, ok = callers.Caller(s.accessKeyID, a.api.Account)
	}
	if !ok {
		return Caller{}, "", fmt.Errorf("nobody here has the access key %.128q that signed the request", s.accessKeyID)
	}
	return caller, s.accessKeyID, s.verify(ctx, a, caller)
}

func (g iamGuard) check(ctx context.Context, a *attempt) (*authorizer, error) {
	caller, accessKeyID, err := signer(ctx, a, g.callers)
	if err != nil {
		return nil, forbidden(err)
	}
	if err := caller.Authorize("execute-api:Invoke", a.arn()); err != nil {
		return nil, forbidden(err)
	}
	return &authorizer{IAM: &iamContext{
		AccessKey: accessKeyID, AccountID: caller.Account, CallerID: caller.ID, UserARN: caller.ARN, UserID: caller.ID,
	}}, nil
}
