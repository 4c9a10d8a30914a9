package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"annex/local/aws/iam"
)

// Verdict is what an authorizer's function said.
type Verdict struct {
	allows bool
	policy *iam.Policy // nil in a simple response; else it decides, for each route anew

	Principal string          // empty in a simple response
	Context   json.RawMessage // an object, or null
}

// Refuses says why a request for the ARN may not pass; empty when it may.
func (s Verdict) Refuses(arn string) string {
	if s.policy == nil {
		if s.allows {
			return ""
		}
		return "said isAuthorized false"
	}
	const action = "execute-api:Invoke"
	decision := iam.Evaluate(iam.Policies{Identity: []*iam.Policy{s.policy}}, iam.Request{Action: action, Resource: arn})
	switch decision {
	case iam.Allowed:
		return ""
	case iam.NotAllowed:
		return "gave a policy that does not allow " + action + " on " + arn
	default:
		return "gave a policy that denies " + action + " on " + arn
	}
}

// ReadVerdict reads a simple response where the authorizer has those enabled,
// and else an IAM policy. The error for one that AWS could judge, and local mode
// cannot, has the method Status, which is that of its answer.
func ReadVerdict(payload []byte, simple bool) (Verdict, error) {
	var raw struct {
		IsAuthorized   *bool           `json:"isAuthorized"`
		PrincipalID    *string         `json:"principalId"`
		PolicyDocument json.RawMessage `json:"policyDocument"`
		Context        json.RawMessage `json:"context"`
	}
	if err := json.Unmarshal(payload, &raw); err != nil {
		return Verdict{}, err
	}
	said := Verdict{Context: raw.Context}
	if !present(raw.Context) {
		said.Context = json.RawMessage("null")
	} else if !strings.HasPrefix(string(raw.Context), "{") {
		return Verdict{}, errors.New("context: want an object")
	}
	if simple {
		if raw.IsAuthorized == nil {
			return Verdict{}, errors.New("it has no isAuthorized, as EnableSimpleResponses has it")
		}
		said.allows = *raw.IsAuthorized
		return said, nil
	}
	if raw.PrincipalID == nil || !present(raw.PolicyDocument) {
		return Verdict{}, errors.New("it has no principalId with a policyDocument, as an authorizer without EnableSimpleResponses has it")
	}
	said.Principal = *raw.PrincipalID
	var err error
	if said.policy, err = iam.Parse(raw.PolicyDocument); err != nil {
		return Verdict{}, err
	}
	for i, s := range said.policy.Statements {
		if len(s.Unsupported) > 0 { // which might be what denies
			return Verdict{}, unsupported(fmt.Sprintf("an authorizer's policyDocument.Statement[%d]: %s", i, strings.Join(s.Unsupported, ", ")))
		}
	}
	return said, nil
}
