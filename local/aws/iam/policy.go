// Package iam decides what policies allow: a pure evaluator of the IAM policy
// language, as far as the policies of a CDK app use it. What it cannot judge
// it names, and treats as not matching. Only local/aws and, for the policies that
// Lambda authorizers give, local/apigateway may import it.
//
// Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy
// element reference".
package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Policy is a parsed policy document.
type Policy struct{ Statements []Statement }

// Statement is one statement of a policy. Exactly one of Actions and
// NotActions is set, and one of Resources and NotResources.
type Statement struct {
	Sid        string
	Deny       bool
	Actions    []string // patterns such as dynamodb:Get*
	NotActions []string

	Resources    []string // patterns such as arn:aws:s3:::bucket/*
	NotResources []string

	Principals *Principals // nil in an identity-based policy
	Conditions []Condition

	// Unsupported names what the evaluator cannot judge, such as
	// "Condition: aws:SourceVpc". A statement with such a part never matches.
	Unsupported []string
}

// Concerns says whether the statement may be about actions of the service,
// such as s3.
func (s Statement) Concerns(service string) bool {
	return len(s.NotActions) > 0 || slices.ContainsFunc(s.Actions, func(pattern string) bool {
		prefix, _, _ := strings.Cut(pattern, ":")
		return action(prefix, service)
	})
}

// Principals is whom a resource-based policy's statement is about.
type Principals struct {
	Anyone   bool
	AWS      []string // ARNs and account numbers
	Services []string // such as cloudfront.amazonaws.com
}

// ParseTrust reads a role's trust policy. Its statements have no resource, for
// it is the role that they are about.
func ParseTrust(document []byte) (*Policy, error) {
	return parseDocument(document, "*")
}

// Parse reads a policy document. Its errors name the element.
func Parse(document []byte) (*Policy, error) {
	return parseDocument(document, nil)
}

// parseDocument takes the resource for that of the statements which name none.
func parseDocument(document []byte, resource any) (*Policy, error) {
	var raw struct{ Statement statements }
	if err := json.Unmarshal(document, &raw); err != nil {
		return nil, fmt.Errorf("policy document: %w", err)
	}
	if len(raw.Statement) == 0 {
		return nil, errors.New("policy document: it has no Statement")
	}
	policy := &Policy{}
	for i, r := range raw.Statement {
		if r.Resource == nil && r.NotResource == nil {
			r.Resource = resource
		}
		statement, err := r.parse()
		if err != nil {
			return nil, fmt.Errorf("policy document: Statement[%d]: %w", i, err)
		}
		policy.Statements = append(policy.Statements, statement)
	}
	return policy, nil
}

// statements is a list of statements, or one without the list.
type statements []rawStatement

func (s *statements) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
		*s = make(statements, 1)
		return json.Unmarshal(data, &(*s)[0])
	}
	return json.Unmarshal(data, (*[]rawStatement)(s))
}

type rawStatement struct {
	Sid          string
	Effect       string
	Action       any
	NotAction    any
	Resource     any
	NotResource  any
	Principal    any
	NotPrincipal any
	Condition    map[string]map[string]any
}

func (r rawStatement) parse() (s Statement, err error) {
	s.Sid = r.Sid
	switch r.Effect {
	case "Allow":
	case "Deny":
		s.Deny = true
	default:
		return s, fmt.Errorf("it has the Effect %q, want Allow or Deny", r.Effect)
	}
	if (r.Action == nil) == (r.NotAction == nil) {
		return s, errors.New("it needs either Action or NotAction")
	}
	if (r.Resource == nil) == (r.NotResource == nil) {
		return s, errors.New("it needs either Resource or NotResource")
	}
	for _, element := range []struct {
		name string
		from any
		to   *[]string
	}{
		{"Action", r.Action, &s.Actions},
		{"NotAction", r.NotAction, &s.NotActions},
		{"Resource", r.Resource, &s.Resources},
		{"NotResource", r.NotResource, &s.NotResources},
	} {
		if element.from == nil {
			continue
		}
		list, left := stringList(element.from)
		if len(list)+len(left) == 0 {
			return s, fmt.Errorf("%s: it is an empty list", element.name)
		}
		*element.to = list
		if slices.ContainsFunc(list, func(text string) bool { return strings.Contains(text, "${") }) {
			left = append(left, "policy variables")
		}
		for _, what := range left {
			s.Unsupported = append(s.Unsupported, element.name+": "+what)
		}
	}
	conditions, left, err := parseConditions(r.Condition)
	if err != nil {
		return s, err
	}
	s.Conditions = conditions
	s.Unsupported = append(s.Unsupported, left...)
	if r.NotPrincipal != nil {
		s.Unsupported = append(s.Unsupported, "NotPrincipal")
	}
	if r.Principal != nil {
		principals, left, err := parsePrincipals(r.Principal)
		if err != nil {
			return s, err
		}
		s.Principals = principals
		for _, what := range left {
			s.Unsupported = append(s.Unsupported, "Principal: "+what)
		}
	}
	return s, nil
}

// stringList is a string or a list of strings. An element that is neither,
// which is how a value that cannot be resolved shows, is left out and named.
func stringList(v any) (list, unsupported []string) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case []any:
		for _, element := range v {
			if text, ok := element.(string); ok {
				list = append(list, text)
			} else {
				unsupported = append(unsupported, "a value that has no meaning here")
			}
		}
		return list, unsupported
	}
	return nil, []string{"a value that has no meaning here"}
}

// parsePrincipals also names who cannot be among the requests here, or cannot be
// told: users by their canonical IDs, and sessions of other identity providers.
func parsePrincipals(v any) (p *Principals, unsupported []string, err error) {
	if v == "*" {
		return &Principals{Anyone: true}, nil, nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("Principal: want \"*\" or an object, got %v", v)
	}
	p = &Principals{}
	for _, kind := range slices.Sorted(maps.Keys(object)) {
		var list *[]string
		switch kind {
		case "AWS":
			list = &p.AWS
		case "Service":
			list = &p.Services
		default:
			unsupported = append(unsupported, kind)
			continue
		}
		names, left := stringList(object[kind])
		*list = names
		unsupported = append(unsupported, left...)
	}
	p.Anyone = slices.Contains(p.AWS, "*")
	return p, unsupported, nil
}
