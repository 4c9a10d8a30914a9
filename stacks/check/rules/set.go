// Package rules finds in templates what AWS would refuse when they are
// deployed, or what would answer wrongly afterwards. Each rule is a pure
// function of every template of an app.
//
// Only stacks/check imports it. It imports no CDK and nothing of the project, so
// that its tests are plain Go.
package rules

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Set is every template of an app.
type Set struct {
	Stacks []*Stack
	// Missing are the look-ups in an account that the app needs the result of.
	Missing []string
	// ConcurrencyLimit is how many executions the account may run at once in a
	// region, all functions together.
	ConcurrencyLimit int
}

// Stack is one template, and where it is deployed.
type Stack struct {
	Name, Account, Region string
	File                  string
	DependsOn             []string    // the names of the stacks that are deployed before it
	Resources             []*Resource // by logical ID

	set     *Set
	byID    map[string]*Resource
	outputs map[string]any
}

// Resource is one resource of a template.
type Resource struct {
	Stack               *Stack
	LogicalID           string
	Type                string
	Path                string // of its construct
	Properties          map[string]any
	DependsOn           []string // logical IDs
	DeletionPolicy      string
	UpdateReplacePolicy string
	UpdatePolicy        map[string]any

	accepted []string // the rules that it is excepted from, with a reason
}

// Read reads the templates and, beside them, the manifest that says where each
// is deployed.
func Read(templates []string, concurrencyLimit int) (*Set, error) {
	set := &Set{ConcurrencyLimit: concurrencyLimit}
	manifests := map[string]*manifest{}
	for _, file := range templates {
		dir := filepath.Dir(file)
		if manifests[dir] == nil {
			read, err := readManifest(dir)
			if err != nil {
				return nil, err
			}
			manifests[dir] = read
			for _, missing := range read.Missing {
				set.Missing = append(set.Missing, missing.Provider+" "+missing.Key)
			}
		}
		text, err := os.ReadFile(file) //nolint:gosec // a template that the CDK has just written
		if err != nil {
			return nil, err
		}
		stack, err := manifests[dir].stack(file)
		if err != nil {
			return nil, err
		}
		if err := set.Add(stack, text); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return set, nil
}

// manifest is what manifest.json says of the templates beside it.
type manifest struct {
	Artifacts map[string]struct {
		Environment  string
		Dependencies []string
		Properties   struct{ TemplateFile, StackName string }
	}
	Missing []struct{ Key, Provider string }
}

func readManifest(dir string) (*manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json")) //nolint:gosec // the CDK has just written it
	if err != nil {
		return nil, err
	}
	read := &manifest{}
	if err := json.Unmarshal(text, read); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	return read, nil
}

// stack gives the stack that a template is of, still without resources.
func (m *manifest) stack(file string) (*Stack, error) {
	name := func(id string) string {
		if given := m.Artifacts[id].Properties.StackName; given != "" {
			return given
		}
		return id
	}
	for id, artifact := range m.Artifacts {
		if artifact.Properties.TemplateFile != filepath.Base(file) {
			continue
		}
		stack := &Stack{Name: name(id), File: file}
		stack.Account, stack.Region, _ = strings.Cut(strings.TrimPrefix(artifact.Environment, "aws://"), "/")
		for _, other := range artifact.Dependencies {
			if m.Artifacts[other].Properties.TemplateFile != "" {
				stack.DependsOn = append(stack.DependsOn, name(other))
			}
		}
		return stack, nil
	}
	return nil, fmt.Errorf("manifest.json has no stack with the template %s", filepath.Base(file))
}

// Add adds a stack with the text of its template.
func (s *Set) Add(stack *Stack, text []byte) error {
	var template struct {
		Resources map[string]*struct {
			Type                                string
			Properties                          map[string]any
			Metadata                            metadata
			DependsOn                           any
			DeletionPolicy, UpdateReplacePolicy string
			UpdatePolicy                        map[string]any
		}
		Outputs map[string]struct{ Value any }
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return err
	}
	stack.set = s
	stack.byID = map[string]*Resource{}
	stack.outputs = map[string]any{}
	for id, t := range template.Resources {
		r := &Resource{
			Stack: stack, LogicalID: id, Type: t.Type, Path: t.Metadata.Path,
			Properties: t.Properties, DependsOn: texts(t.DependsOn),
			DeletionPolicy: t.DeletionPolicy, UpdateReplacePolicy: t.UpdateReplacePolicy, UpdatePolicy: t.UpdatePolicy,
			accepted: t.Metadata.accepted(),
		}
		if r.Path == "" {
			r.Path = stack.Name + "/" + id
		}
		stack.byID[id] = r
		stack.Resources = append(stack.Resources, r)
	}
	slices.SortFunc(stack.Resources, func(a, b *Resource) int { return strings.Compare(a.LogicalID, b.LogicalID) })
	for name, output := range template.Outputs {
		stack.outputs[name] = output.Value
	}
	s.Stacks = append(s.Stacks, stack)
	return nil
}

// metadata is what a template says of a resource that is no property.
type metadata struct {
	Path string `json:"aws:cdk:path"`
	// Nag is where cdk-nag keeps its suppressions, and these rules theirs.
	Nag struct {
		Rules []struct {
			ID     string `json:"id"`
			Reason string `json:"reason"`
		} `json:"rules_to_suppress"`
	} `json:"cdk_nag"`
}

func (m metadata) accepted() (rules []string) {
	for _, rule := range m.Nag.Rules {
		if rule.Reason != "" {
			rules = append(rules, rule.ID)
		}
	}
	return rules
}

// all gives the resources of a type, of every stack.
func (s *Set) all(resourceType string) (found []*Resource) {
	for _, stack := range s.Stacks {
		found = append(found, stack.all(resourceType)...)
	}
	return found
}

func (s *Stack) all(resourceType string) (found []*Resource) {
	for _, r := range s.Resources {
		if r.Type == resourceType {
			found = append(found, r)
		}
	}
	return found
}

// stack gives the stack of that name, or nil.
func (s *Set) stack(name string) *Stack {
	for _, stack := range s.Stacks {
		if stack.Name == name {
			return stack
		}
	}
	return nil
}

// place is where names of a region are unique.
func (s *Stack) place() string { return s.Account + "/" + s.Region }
