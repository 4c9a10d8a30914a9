package main

import (
	"annex/local/apigateway"
	"annex/local/aws"
)

// signers are those who sign requests to the APIs: the functions' roles and the
// developer's own tools, who have access keys of the endpoint.
type signers struct{ endpoint *aws.Endpoint }

func (s signers) Caller(accessKeyID, account string) (apigateway.Caller, bool) {
	who, ok := s.endpoint.Caller(accessKeyID, account)
	return apigateway.Caller{
		SecretAccessKey: who.SecretAccessKey, SessionToken: who.SessionToken,
		ARN: who.ARN, Account: who.Account, ID: who.ID, Authorize: who.Authorize,
	}, ok
}
