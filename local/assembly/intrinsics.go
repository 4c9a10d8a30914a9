package assembly

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// errNoValue is what {"Ref": "AWS::NoValue"} resolves to: the property or
// element that holds it is not there.
var errNoValue = errors.New("AWS::NoValue")

// unresolved stands in a resolved tree for an intrinsic function that has no
// value here. It becomes an error only where somebody needs the value.
type unresolved struct{ err error }

// resolve returns the value with its intrinsic functions evaluated, as
// CloudFormation does (template reference: "Intrinsic functions").
func (s *Stack) resolve(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, element := range v {
			if e := s.resolve(element); !isNoValue(e) {
				list = append(list, e)
			}
		}
		return list
	case map[string]any:
		if len(v) == 1 {
			for name, argument := range v {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					value, err := s.intrinsic(name, argument)
					if err != nil {
						return unresolved{err}
					}
					return value
				}
			}
		}
		object := make(map[string]any, len(v))
		for name, element := range v {
			if e := s.resolve(element); !isNoValue(e) {
				object[name] = e
			}
		}
		return object
	}
	return v
}

func isNoValue(v any) bool {
	u, ok := v.(unresolved)
	return ok && errors.Is(u.err, errNoValue)
}

func (s *Stack) intrinsic(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		id, ok := argument.(string)
		if !ok {
			return nil, fmt.Errorf("Ref: want a logical ID, got %s", shown(argument))
		}
		return s.ref(id)
	case "Fn::GetAtt":
		return s.getAtt(argument)
	case "Fn::Join":
		return s.join(argument)
	case "Fn::Sub":
		return s.sub(argument)
	case "Fn::Select":
		return s.selectOne(argument)
	case "Fn::Split":
		return s.split(argument)
	case "Fn::GetStackOutput":
		return s.stackOutput(argument)
	}
	return nil, fmt.Errorf("%s: local mode does not know this function", name)
}

func (s *Stack) ref(id string) (any, error) {
	switch id {
	case "AWS::NoValue":
		return nil, errNoValue
	case "AWS::AccountId":
		return s.Account, nil
	case "AWS::Region":
		return s.Region, nil
	case "AWS::Partition":
		return partition(s.Region), nil
	case "AWS::URLSuffix":
		return urlSuffix(s.Region), nil
	case "AWS::StackName":
		return s.Name, nil
	case "AWS::StackId":
		return fmt.Sprintf("arn:%s:cloudformation:%s:%s:stack/%s/%s", partition(s.Region), s.Region, s.Account, s.Name, s.Name), nil
	}
	if r, ok := s.byID[id]; ok {
		return r.reference()
	}
	if value, ok := s.parameters[id]; ok {
		return value, nil
	}
	return nil, fmt.Errorf("ref %q: %s has no such resource or parameter", id, s.Name)
}

func (s *Stack) getAtt(argument any) (any, error) {
	var id, attribute string
	switch a := argument.(type) {
	case string:
		id, attribute, _ = strings.Cut(a, ".")
	case []any:
		if len(a) == 2 {
			id, _ = a[0].(string)
			attribute, _ = a[1].(string)
		}
	}
	r, ok := s.byID[id]
	if !ok {
		return nil, fmt.Errorf("Fn::GetAtt %s: %s has no such resource", shown(argument), s.Name)
	}
	return r.Att(attribute)
}

func (s *Stack) join(argument any) (any, error) {
	arguments, _ := argument.([]any)
	if len(arguments) != 2 {
		return nil, fmt.Errorf("Fn::Join: want a delimiter and a list, got %s", shown(argument))
	}
	delimiter, ok := arguments[0].(string)
	list, isList := s.resolve(arguments[1]).([]any)
	if !ok || !isList {
		return nil, fmt.Errorf("Fn::Join: want a delimiter and a list, got %s", shown(argument))
	}
	parts := make([]string, len(list))
	for i, element := range list {
		text, err := scalar(element)
		if err != nil {
			return nil, fmt.Errorf("Fn::Join: %w", err)
		}
		parts[i] = text
	}
	return strings.Join(parts, delimiter), nil
}

// substitution is ${name}, ${name.Attribute} or the literal ${!name}.
var substitution = regexp.MustCompile(`\$\{([^}]+)\}`)

func (s *Stack) sub(argument any) (any, error) {
	text, isText := argument.(string)
	variables := map[string]any{}
	if list, ok := argument.([]any); ok && len(list) == 2 {
		text, isText = list[0].(string)
		variables, _ = list[1].(map[string]any)
	}
	if !isText {
		return nil, fmt.Errorf("Fn::Sub: want a string, got %s", shown(argument))
	}
	var failed error
	result := substitution.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		var value any
		var err error
		if variable, ok := variables[name]; ok {
			value = s.resolve(variable)
		} else if strings.Contains(name, ".") {
			value, err = s.getAtt(name)
		} else {
			value, err = s.ref(name)
		}
		text := ""
		if err == nil {
			text, err = scalar(value)
		}
		if err != nil && failed == nil {
			failed = fmt.Errorf("Fn::Sub %s: %w", match, err)
		}
		return text
	})
	if failed != nil {
		return nil, failed
	}
	return result, nil
}

func (s *Stack) selectOne(argument any) (any, error) {
	arguments, _ := argument.([]any)
	if len(arguments) != 2 {
		return nil, fmt.Errorf("Fn::Select: want an index and a list, got %s", shown(argument))
	}
	text, err := scalar(s.resolve(arguments[0]))
	if err != nil {
		return nil, fmt.Errorf("Fn::Select: %w", err)
	}
	index, err := strconv.Atoi(text)
	list, ok := s.resolve(arguments[1]).([]any)
	if err != nil || !ok || index < 0 || index >= len(list) {
		return nil, fmt.Errorf("Fn::Select: no element %s in %s", text, shown(arguments[1]))
	}
	return list[index], nil
}

func (s *Stack) split(argument any) (any, error) {
	arguments, _ := argument.([]any)
	if len(arguments) != 2 {
		return nil, fmt.Errorf("Fn::Split: want a delimiter and a string, got %s", shown(argument))
	}
	delimiter, ok := arguments[0].(string)
	if !ok || delimiter == "" {
		return nil, fmt.Errorf("Fn::Split: want a delimiter and a string, got %s", shown(argument))
	}
	text, err := scalar(s.resolve(arguments[1]))
	if err != nil {
		return nil, fmt.Errorf("Fn::Split: %w", err)
	}
	var parts []any
	for part := range strings.SplitSeq(text, delimiter) {
		parts = append(parts, part)
	}
	return parts, nil
}

// stackOutput is the weak reference from one stack to another.
func (s *Stack) stackOutput(argument any) (any, error) {
	reference, _ := argument.(map[string]any)
	name, _ := reference["StackName"].(string)
	output, _ := reference["OutputName"].(string)
	for _, other := range s.assembly.Stacks {
		if other.Name != name {
			continue
		}
		value, ok := other.outputs[output]
		if !ok {
			return nil, fmt.Errorf("Fn::GetStackOutput: stack %s has no output %q", name, output)
		}
		return s.assembly.once("output "+name+"."+output, func() (any, error) {
			resolved := other.resolve(value)
			if u, failed := resolved.(unresolved); failed {
				return nil, u.err
			}
			return resolved, nil
		})
	}
	return nil, fmt.Errorf("Fn::GetStackOutput: no stack %q in this assembly", name)
}

// referred is what a reference leads to: a value, once it is resolved.
type referred struct {
	value any
	err   error
	done  bool
}

// once resolves what a reference leads to, the first time that it is asked for.
// One that leads back to itself is an error, which it also is at AWS.
func (a *Assembly) once(name string, resolve func() (any, error)) (any, error) {
	if r := a.referred[name]; r != nil {
		if !r.done {
			return nil, fmt.Errorf("%s: the reference leads back to itself", name)
		}
		return r.value, r.err
	}
	if a.referred == nil {
		a.referred = map[string]*referred{}
	}
	r := &referred{}
	a.referred[name] = r
	r.value, r.err = resolve()
	r.done = true
	return r.value, r.err
}

// scalar is a resolved value as CloudFormation writes it into a string.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case unresolved:
		return "", v.err
	}
	return "", fmt.Errorf("want a string, got %s", shown(v))
}
