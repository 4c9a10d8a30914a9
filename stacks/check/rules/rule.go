package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Rule finds one kind of mistake.
type Rule struct {
	// ID is its name for good: "AX001".
	ID string
	// Title says what is wrong where it finds something.
	Title string
	// Fix says what to do.
	Fix string
	// Source is where AWS says so: the title of a page of its documentation, or
	// how it is known otherwise.
	Source string
	// Warning lets the synth pass.
	Warning bool

	check func(*Set) []Finding
}

// Finding is one mistake.
type Finding struct {
	Rule Rule
	// Stack is where it is, and Resource, where it is one resource's.
	Stack    *Stack
	Resource *Resource
	// Detail says what was found there.
	Detail string
	// Property is its path in the resource, "AliasConfiguration.Aliases".
	Property string
}

// Message says what is wrong, without where.
func (f Finding) Message() string { return f.Rule.Title + ": " + f.Detail }

// All are the rules, in the order of their IDs.
func All() []Rule {
	rules := slices.Concat(cloudFront, certificates, domains, firewall, routes, integrations, webSockets, cors, accessLog,
		physicalNames, logGroups, alarms, records, healthChecks, concurrency, provisionedRules, lambda, releases, iam, dynamoDB, eventSources, loops, queues, roleGrants, patterns, stackRules)
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}

// Run gives what the rules find, but for what a resource is excepted from.
func Run(rules []Rule, set *Set) (findings []Finding) {
	for _, rule := range rules {
		for _, finding := range rule.check(set) {
			finding.Rule = rule
			if finding.Resource != nil {
				if slices.Contains(finding.Resource.accepted, rule.ID) {
					continue
				}
				finding.Stack = finding.Resource.Stack
			}
			findings = append(findings, finding)
		}
	}
	return findings
}

// Unneeded gives the exceptions from the rules that change nothing, each as
// "<path>: <rule>".
func Unneeded(rules []Rule, set *Set) (unneeded []string) {
	for _, rule := range rules {
		found := map[*Resource]bool{}
		for _, finding := range rule.check(set) {
			found[finding.Resource] = true
		}
		for _, stack := range set.Stacks {
			for _, r := range stack.Resources {
				if slices.Contains(r.accepted, rule.ID) && !found[r] {
					unneeded = append(unneeded, r.Path+": "+rule.ID)
				}
			}
		}
	}
	return unneeded
}

// finding is what a rule's check gives for a resource.
func (r *Resource) finding(property, format string, arguments ...any) Finding {
	return Finding{Resource: r, Property: property, Detail: fmt.Sprintf(format, arguments...)}
}

// finding is what a rule's check gives for a stack as a whole.
func (s *Stack) finding(format string, arguments ...any) Finding {
	return Finding{Stack: s, Detail: fmt.Sprintf(format, arguments...)}
}

// each makes a check of what is to be found in each resource of some types.
func each(check func(*Resource) []Finding, types ...string) func(*Set) []Finding {
	return func(set *Set) (findings []Finding) {
		for _, resourceType := range types {
			for _, r := range set.all(resourceType) {
				findings = append(findings, check(r)...)
			}
		}
		return findings
	}
}
