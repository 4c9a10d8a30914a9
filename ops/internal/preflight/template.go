package preflight

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"

	"annex/local/assembly"
)

// template is a template as it is written, with its intrinsic functions. Both
// those that would be deployed and those that are can be read so.
type template struct {
	Parameters map[string]struct {
		Type    string
		Default any
	}
	Resources map[string]struct {
		Type         string
		Properties   map[string]any
		UpdatePolicy map[string]any
	}
	Outputs map[string]struct{ Value any }
}

func readTemplate(file string) (template, error) {
	text, err := os.ReadFile(file) //nolint:gosec // a file of the assembly that the caller named
	if err != nil {
		return template{}, fmt.Errorf("reading the cloud assembly: %w", err)
	}
	var t template
	if err := json.Unmarshal(text, &t); err != nil {
		return template{}, fmt.Errorf("reading the cloud assembly: %s: %w", file, err)
	}
	return t, nil
}

// stack is a stack of the assembly, and what of it is deployed.
type stack struct {
	*assembly.Stack

	next     template
	deployed deployed
}

// resource is a resource of a template that would be deployed.
type resource struct {
	*assembly.Resource

	stack *stack
}

// resources are the stack's resources of the types, by logical ID.
func (s *stack) resources(types ...string) []resource {
	var found []resource
	for _, r := range s.Resources {
		if slices.Contains(types, r.Type) {
			found = append(found, resource{r, s})
		}
	}
	return found
}

// raw is a property as it is written.
func (r resource) raw(property string) any {
	return r.stack.next.Resources[r.LogicalID].Properties[property]
}

// text is a property that is a literal, empty if an intrinsic function makes it.
func (r resource) text(property string) string {
	text, _ := r.raw(property).(string)
	return text
}

// owned is what the deployed stack has for the resource, if it has it.
func (r resource) owned() (physical, bool) {
	p, ok := r.stack.deployed.resources[r.LogicalID]
	return p, ok && p.id != ""
}

// keeps reports whether the deployed stack has the resource with the same values
// of the properties, so that a deployment makes no other.
func (r resource) keeps(properties ...string) bool {
	if _, ok := r.owned(); !ok {
		return false
	}
	before := r.stack.deployed.template.Resources[r.LogicalID]
	for _, property := range properties {
		if !reflect.DeepEqual(before.Properties[property], r.raw(property)) {
			return false
		}
	}
	return before.Type == r.Type
}
