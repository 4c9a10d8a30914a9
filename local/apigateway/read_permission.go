package apigateway

import (
	"fmt"
	"strings"
)

// permissionProperties are those of AWS::Lambda::Permission.
type permissionProperties struct {
	Action, FunctionName, Principal string
	SourceARN                       string `json:"SourceArn"`
	SourceAccount                   string

	// Conditions that a request by API Gateway never fulfils.
	EventSourceToken, PrincipalOrgID any
	FunctionURLAuthType              any `json:"FunctionUrlAuthType"`
	InvokedViaFunctionURL            any `json:"InvokedViaFunctionUrl"`
}

// readPermissions reads those for API Gateway. The others are for whoever
// reads the service that they name.
func (rd *reader) readPermissions() error {
	for _, r := range rd.assembly.Resources("AWS::Lambda::Permission") {
		var principal struct{ Principal, Action any }
		if _, err := r.Decode(&principal); err != nil {
			return err
		}
		if principal.Principal != "apigateway.amazonaws.com" && principal.Principal != "*" {
			continue
		}
		var p permissionProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		switch reason := rd.notices.Unknown(r, unknown); {
		case reason != "": // it might be a condition, so it permits nothing
		case !allowsInvoke(p.Action):
		case p.EventSourceToken != nil, p.FunctionURLAuthType != nil, p.InvokedViaFunctionURL != nil, p.PrincipalOrgID != nil:
		default:
			rd.permissions = append(rd.permissions, Permission{
				FunctionARN: qualifiedARN(p.FunctionName, r.Stack.Region, r.Stack.Account, PartitionOf(p.SourceARN)),
				SourceARN:   p.SourceARN, SourceAccount: p.SourceAccount,
			})
		}
	}
	return nil
}

func allowsInvoke(action string) bool {
	return strings.EqualFold(action, "lambda:InvokeFunction") || action == "lambda:*" || action == "*"
}

// qualifiedARN is the ARN for a permission's FunctionName, which may be the
// ARN itself, a partial one (account:function:name) or a name, each with an
// alias or version or without (AWS::Lambda::Permission).
func qualifiedARN(name, region, account, partition string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	if _, after, partial := strings.Cut(name, ":function:"); partial {
		account, _, _ = strings.Cut(name, ":")
		name = after
	}
	return fmt.Sprintf("arn:%s:lambda:%s:%s:function:%s", partition, region, account, name)
}

// PartitionOf is the partition of an ARN; aws if it is none.
func PartitionOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[1] != "" {
		return parts[1]
	}
	return "aws"
}
