package rules

import (
	"maps"
	"slices"
	"strings"
)

var stackRules = []Rule{
	{
		ID:      "AX095",
		Title:   "the stack nears 500 resources, which is the most",
		Fix:     "make two services of it",
		Source:  "CloudFormation, Understand CloudFormation quotas",
		Warning: true,
		check:   resourceCount,
	},
	{
		ID:     "AX096",
		Title:  "the app looks something up in the account",
		Fix:    "give its attributes instead (FromHostedZoneAttributes and the like): synth has no credentials",
		Source: "CDK, Context values and the AWS CDK",
		check:  lookups,
	},
	{
		ID:     "AX097",
		Title:  "a reference to another stack leads nowhere, or is read before that is deployed",
		Fix:    "name an output of a stack of the app, and make this stack depend on that: AddStackDependency",
		Source: "CloudFormation, Fn::GetStackOutput",
		check:  stackReferences,
	},
	{
		ID:     "AX098",
		Title:  "a list holds an empty object",
		Fix:    "write it with the struct of its type (CfnWebACL_FieldToMatchProperty): of a Go map, the CDK drops the keys that it does not know, and it knows them in camelCase",
		Source: "seen in what the CDK synthesizes",
		check:  emptyObjects,
	},
}

func resourceCount(set *Set) (findings []Finding) {
	for _, stack := range set.Stacks {
		if n := len(stack.Resources); n > 400 {
			findings = append(findings, stack.finding("%d resources", n))
		}
	}
	return findings
}

func lookups(set *Set) (findings []Finding) {
	for _, missing := range set.Missing {
		findings = append(findings, set.Stacks[0].finding("%s", missing))
	}
	return findings
}

// stackReferences looks at the references as they are written: Text follows
// only those that are right.
func stackReferences(set *Set) (findings []Finding) {
	for _, stack := range set.Stacks {
		for _, r := range stack.Resources {
			found := map[string]bool{}
			walk(r.Properties, "", func(_ string, value any) {
				if reference := at(value, "Fn::GetStackOutput"); reference != nil {
					if problem := stack.problem(reference); problem != "" {
						found[problem] = true
					}
				}
			})
			for _, problem := range slices.Sorted(maps.Keys(found)) {
				findings = append(findings, r.finding("", "%s", problem))
			}
		}
	}
	return findings
}

// problem says what is wrong with a reference to another stack, if anything.
func (s *Stack) problem(reference any) string {
	name, output := s.Text(at(reference, "StackName")), s.Text(at(reference, "OutputName"))
	producer := s.set.stack(name)
	switch {
	case producer == nil:
		return "there is no stack " + name
	case producer.outputs[output] == nil:
		return name + " has no output " + output
	case at(reference, "Region") != nil && s.Text(at(reference, "Region")) != producer.Region:
		return name + " is not in " + s.Text(at(reference, "Region"))
	case !s.follows(producer):
		return s.Name + " does not depend on " + name
	}
	return ""
}

// emptyObjects looks at lists, in which an empty object means nothing to AWS:
// elsewhere it may, as in {"None": {}}.
func emptyObjects(set *Set) (findings []Finding) {
	for _, stack := range set.Stacks {
		for _, r := range stack.Resources {
			if !strings.HasPrefix(r.Type, "AWS::") || r.Type == "AWS::CloudFormation::CustomResource" {
				continue
			}
			var paths []string
			walk(r.Properties, "", func(path string, value any) {
				for _, item := range listOnly(value) {
					if object, ok := item.(map[string]any); ok && len(object) == 0 && !slices.Contains(paths, path) {
						paths = append(paths, path)
					}
				}
			})
			slices.Sort(paths)
			for _, path := range paths {
				findings = append(findings, r.finding(path, "%s", path))
			}
		}
	}
	return findings
}

func listOnly(value any) []any {
	items, _ := value.([]any)
	return items
}
