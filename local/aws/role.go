package aws

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"annex/local/assembly"
	"annex/local/aws/iam"
)

// Role is an IAM role of the templates with the policies that decide what it
// may do.
type Role struct {
	Name     string
	ID       string // such as AROAEXAMPLE; empty for a role outside the templates
	ARN      string
	Account  string
	Resource string // names it in messages
	Session  string // the name of its sessions: that of the function that uses it
	Policies []*iam.Policy
	Boundary *iam.Policy // its permissions boundary, or nil
	Trust    *iam.Policy // who may assume it
}

// roleProperties are those of AWS::IAM::Role.
type roleProperties struct {
	RoleName                 any // is in what Att gives
	ManagedPolicyArns        []any
	PermissionsBoundary      string
	Policies                 []policyProperties
	AssumeRolePolicyDocument json.RawMessage
	Description              any
	MaxSessionDuration       any
	Path                     any
	Tags                     any
}

// policyProperties are those of AWS::IAM::Policy, ManagedPolicy and RolePolicy,
// and of a policy within a role.
type policyProperties struct {
	PolicyDocument json.RawMessage
	Roles          []string
	RoleName       string // of a RolePolicy

	// There are no users and groups here, and names are in what Ref gives.
	Users, Groups, PolicyName, ManagedPolicyName, Description, Path any
}

func readRoles(a *assembly.Assembly) ([]Role, []assembly.Notice, error) {
	sessions, err := readSessions(a)
	if err != nil {
		return nil, nil, err
	}
	attached, managed, notices, err := readPolicies(a)
	if err != nil {
		return nil, nil, err
	}
	var roles []Role
	for _, r := range a.Resources("AWS::IAM::Role") {
		var p roleProperties
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		role := Role{Name: r.Ref(), Account: r.Stack.Account, Resource: r.String()}
		if role.ARN, err = r.Att("Arn"); err != nil {
			return nil, nil, err
		}
		if role.ID, err = r.Att("RoleId"); err != nil {
			return nil, nil, err
		}
		if user, ok := sessions[role.ARN]; ok {
			role.Session = user.Ref()
		}
		delete(sessions, role.ARN)
		if role.Trust, err = readTrust(p.AssumeRolePolicyDocument); err != nil {
			return nil, nil, fmt.Errorf("%s: AssumeRolePolicyDocument: %w", r, err)
		}
		role.Policies = attached[r.Stack.Account+"/"+role.Name]
		for _, inline := range p.Policies {
			policy, err := iam.Parse(inline.PolicyDocument)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: Policies: %w", r, err)
			}
			role.Policies = append(role.Policies, policy)
			notices = append(notices, unjudged(r, "Policies", policy)...)
		}
		for _, arn := range p.ManagedPolicyArns {
			name, ok := arn.(string)
			if !ok {
				name = "a policy outside the templates"
			}
			if policy, ok := managed[name]; ok {
				role.Policies = append(role.Policies, policy)
				continue
			}
			notices = append(notices, notice(!harmless(name), r, "ManagedPolicyArns", "local mode does not know what "+name+" allows: what no other policy allows is denied")...)
		}
		if p.PermissionsBoundary != "" {
			role.Boundary = managed[p.PermissionsBoundary]
			notices = append(notices, notice(role.Boundary == nil, r, "PermissionsBoundary", p.PermissionsBoundary+" is not in the templates: it limits nothing here")...)
		}
		roles = append(roles, role)
	}
	for _, arn := range slices.Sorted(maps.Keys(sessions)) {
		r := sessions[arn]
		roles = append(roles, Role{Name: path.Base(arn), ARN: arn, Account: r.Stack.Account, Resource: arn, Session: r.Ref()})
		notices = append(notices, notice(true, r, "Role", arn+" is not in the templates: local mode knows none of its policies, and denies it everything")...)
	}
	return roles, notices, nil
}

// readTrust reads who may assume a role: nobody, where no statement says so.
func readTrust(document json.RawMessage) (*iam.Policy, error) {
	var some struct{ Statement json.RawMessage }
	if len(document) > 0 {
		if err := json.Unmarshal(document, &some); err != nil {
			return nil, err
		}
	}
	if len(some.Statement) == 0 || string(some.Statement) == "[]" {
		return &iam.Policy{}, nil
	}
	return iam.ParseTrust(document)
}

// harmless says whether a policy of AWS's own allows nothing of what is here, as
// those for logs, tracing and network interfaces, or is for a service that asks
// nobody here.
func harmless(arn string) bool {
	_, name, _ := strings.Cut(arn, ":iam::aws:policy/")
	return slices.Contains([]string{
		"service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole",
		"service-role/AmazonAPIGatewayPushToCloudWatchLogs", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess",
		"CloudWatchLambdaInsightsExecutionRolePolicy", "CloudWatchLambdaApplicationSignalsExecutionRolePolicy",
		"service-role/AWSCodeDeployRoleForLambda", "service-role/AWSCodeDeployRoleForLambdaLimited",
	}, name)
}

// readSessions reads which function uses which role, for the name of the
// role's session. A role that several functions share has the first one's.
func readSessions(a *assembly.Assembly) (map[string]*assembly.Resource, error) {
	sessions := map[string]*assembly.Resource{}
	for _, r := range a.Resources("AWS::Lambda::Function") {
		var p struct{ Role any }
		if _, err := r.Decode(&p); err != nil {
			return nil, err
		}
		arn, ok := p.Role.(string)
		if _, taken := sessions[arn]; ok && !taken {
			sessions[arn] = r
		}
	}
	return sessions, nil
}

// readPolicies reads the policies that are resources of their own: those that
// name their roles, by <account>/<role>, and the managed ones by their ARNs.
func readPolicies(a *assembly.Assembly) (attached map[string][]*iam.Policy, managed map[string]*iam.Policy, notices assembly.Notices, err error) {
	attached, managed = map[string][]*iam.Policy{}, map[string]*iam.Policy{}
	for _, r := range a.Resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy") {
		var p policyProperties
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, nil, err
		}
		policy, err := iam.Parse(p.PolicyDocument)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", r, err)
		}
		roles := p.Roles
		if p.RoleName != "" {
			roles = append(roles, p.RoleName)
		}
		for _, role := range roles {
			name := r.Stack.Account + "/" + role
			attached[name] = append(attached[name], policy)
		}
		if r.Type == "AWS::IAM::ManagedPolicy" {
			managed[r.Ref()] = policy
		}
		notices = append(notices, unjudged(r, "PolicyDocument", policy)...)
	}
	return attached, managed, notices, nil
}

// unjudged names the statements about the services that are here which the
// evaluator cannot judge.
func unjudged(r *assembly.Resource, property string, policy *iam.Policy) []assembly.Notice {
	var notices []assembly.Notice
	for i, s := range policy.Statements {
		if !slices.ContainsFunc([]string{"dynamodb", "s3", "sqs", "secretsmanager", "ssm", "execute-api", "lambda", "codedeploy"}, s.Concerns) {
			continue
		}
		for _, what := range s.Unsupported {
			notices = append(notices, notice(true, r, fmt.Sprintf("%s.Statement[%d]", property, i), what+": local mode cannot judge this, so the statement never matches")...)
		}
	}
	return notices
}
