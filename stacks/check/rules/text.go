package rules

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// Text gives a property's value as a string. What is only known after the
// deployment is a placeholder that names it, ${stack/LogicalID.Attribute}, so
// that two values that will be the same are the same here.
func (s *Stack) Text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case bool:
		return strconv.FormatBool(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case map[string]any:
		for function, argument := range value {
			if len(value) == 1 {
				return s.intrinsic(function, argument)
			}
		}
	}
	return unknown(value)
}

// unknown stands for a value that is not read any further.
func unknown(value any) string {
	text, _ := json.Marshal(value) // decoded from JSON, so it can be encoded
	return "${" + string(text) + "}"
}

func (s *Stack) intrinsic(function string, argument any) string {
	list, _ := argument.([]any)
	switch function {
	case "Ref":
		return s.ref(s.Text(argument))
	case "Fn::GetAtt":
		if len(list) == 2 {
			return "${" + s.Name + "/" + s.Text(list[0]) + "." + s.Text(list[1]) + "}"
		}
	case "Fn::Join":
		if parts, ok := at(list, "1").([]any); ok {
			var text []string
			for _, part := range parts {
				text = append(text, s.Text(part))
			}
			return strings.Join(text, s.Text(list[0]))
		}
	case "Fn::Sub":
		if text, ok := argument.(string); ok {
			return s.sub(text, nil)
		}
		if len(list) == 2 {
			variables, _ := list[1].(map[string]any)
			return s.sub(s.Text(list[0]), variables)
		}
	case "Fn::GetStackOutput":
		return s.stackOutput(argument)
	}
	return unknown(map[string]any{function: argument})
}

func (s *Stack) ref(name string) string {
	switch name {
	case "AWS::Region":
		return s.Region
	case "AWS::AccountId":
		return s.Account
	case "AWS::Partition":
		return "aws"
	case "AWS::URLSuffix":
		return "amazonaws.com"
	case "AWS::StackName":
		return s.Name
	case "AWS::NoValue":
		return ""
	}
	return "${" + s.Name + "/" + name + "}"
}

var substitution = regexp.MustCompile(`\$\{[^}!]+\}`)

func (s *Stack) sub(text string, variables map[string]any) string {
	return substitution.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		if value, ok := variables[name]; ok {
			return s.Text(value)
		}
		if id, attribute, ok := strings.Cut(name, "."); ok {
			return "${" + s.Name + "/" + id + "." + attribute + "}"
		}
		return s.ref(name)
	})
}

// stackOutput follows a reference to another stack.
func (s *Stack) stackOutput(argument any) string {
	producer := s.set.stack(s.Text(at(argument, "StackName")))
	if producer == nil {
		return unknown(argument)
	}
	value, ok := producer.outputs[s.Text(at(argument, "OutputName"))]
	if !ok {
		return unknown(argument)
	}
	return producer.Text(value)
}

// placeholder is a reference as Text gives it: to a stack's resource, and to
// which attribute.
var placeholder = regexp.MustCompile(`\$\{([^/{}"]+)/([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}`)

// target gives the resource whose name, ARN or other attribute a value is, or
// nil if it is none in these templates, or not that alone.
func (s *Stack) target(value any) *Resource {
	text := s.Text(value)
	match := placeholder.FindStringSubmatch(text)
	if match == nil || match[0] != text {
		return nil
	}
	return s.set.resource(match[1], match[2])
}

// targets gives every resource that a value refers to.
func (s *Stack) targets(value any) (found []*Resource) {
	for _, match := range placeholder.FindAllStringSubmatch(s.Text(value), -1) {
		if r := s.set.resource(match[1], match[2]); r != nil {
			found = append(found, r)
		}
	}
	return found
}

func (s *Set) resource(stack, id string) *Resource {
	if found := s.stack(stack); found != nil {
		return found.byID[id]
	}
	return nil
}

// literal tells whether a text is known in full.
func literal(text string) bool { return !strings.Contains(text, "${") }

// at gives what is at a path of decoded JSON, or nil.
func at(value any, path ...string) any {
	for _, step := range path {
		switch container := value.(type) {
		case map[string]any:
			value = container[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(container) {
				return nil
			}
			value = container[i]
		default:
			return nil
		}
	}
	return value
}

// property gives what is at a path of the properties, or nil.
func (r *Resource) property(path ...string) any { return at(r.Properties, path...) }

// text gives a property as Stack.Text does.
func (r *Resource) text(path ...string) string { return r.Stack.Text(r.property(path...)) }

// target gives the resource that a property refers to, or nil.
func (r *Resource) target(path ...string) *Resource { return r.Stack.target(r.property(path...)) }

// number gives a property that is a number, which CloudFormation takes as a
// string too.
func (r *Resource) number(path ...string) (n float64, ok bool) {
	n, err := strconv.ParseFloat(r.text(path...), 64)
	return n, err == nil
}

// list gives a property's values: it may be one without its list.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	}
	return []any{value}
}

// texts gives the strings in a list.
func texts(value any) (found []string) {
	for _, item := range list(value) {
		if text, ok := item.(string); ok {
			found = append(found, text)
		}
	}
	return found
}
