package assembly

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// readTemplate reads the parts of a template that local mode knows. Errors name
// the file and, where one is wrong, the resource.
func (s *Stack) readTemplate(file string) error {
	var template struct{ Parameters, Resources, Outputs section }
	if err := readJSON(file, &template); err != nil {
		return err
	}
	s.parameters, s.outputs = map[string]any{}, map[string]any{}
	for name, text := range template.Parameters {
		var p struct{ Default any }
		if err := json.Unmarshal(text, &p); err != nil {
			return fmt.Errorf("%s: parameter %s: %s", file, name, wanted(err))
		}
		s.parameters[name] = p.Default
	}
	for name, text := range template.Outputs {
		var o struct{ Value any }
		if err := json.Unmarshal(text, &o); err != nil {
			return fmt.Errorf("%s: output %s: %s", file, name, wanted(err))
		}
		s.outputs[name] = o.Value
	}
	for _, id := range slices.Sorted(maps.Keys(template.Resources)) {
		r, err := s.readResource(id, template.Resources[id])
		if err != nil {
			return fmt.Errorf("%s: resource %s %w", file, id, err)
		}
		s.byID[id] = r
		s.Resources = append(s.Resources, r)
	}
	return nil
}

func (s *Stack) readResource(id string, text json.RawMessage) (*Resource, error) {
	var t struct {
		Type         string
		Properties   map[string]any
		Metadata     map[string]any
		UpdatePolicy map[string]any
		DependsOn    any
		Condition    any
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, errors.New("is malformed: " + wanted(err))
	}
	switch {
	case t.Type == "":
		return nil, errors.New("has no type")
	case t.Condition != nil:
		return nil, fmt.Errorf("is under condition %s: local mode reads templates without conditions", shown(t.Condition))
	}
	r := &Resource{Stack: s, LogicalID: id, Type: t.Type, Metadata: t.Metadata, properties: t.Properties, updatePolicy: t.UpdatePolicy}
	r.Path, _ = t.Metadata["aws:cdk:path"].(string)
	switch on := t.DependsOn.(type) {
	case string:
		r.DependsOn = []string{on}
	case []any:
		for _, target := range on {
			name, ok := target.(string)
			if !ok {
				return nil, fmt.Errorf("is malformed: DependsOn: want logical IDs, got %s", shown(target))
			}
			r.DependsOn = append(r.DependsOn, name)
		}
	case nil:
	default:
		return nil, fmt.Errorf("is malformed: DependsOn: want a logical ID or a list of them, got %s", shown(on))
	}
	return r, nil
}

// section is a part of a template by logical IDs, each of which CloudFormation
// takes once.
type section map[string]json.RawMessage

func (s *section) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, (*map[string]json.RawMessage)(s)); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return err // null is none
	}
	seen := map[string]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		id, _ := name.(string)
		if seen[id] {
			return fmt.Errorf("logical ID %s is there twice", id)
		}
		seen[id] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
	}
	return nil
}

// wanted is what encoding/json says of JSON of another type, in terms of the
// template.
func wanted(err error) string {
	mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err.Error()
	}
	want := "an object"
	if mismatch.Type.Kind().String() == "string" {
		want = "a string"
	}
	return strings.TrimPrefix(fmt.Sprintf("%s: want %s, got JSON of type %s", mismatch.Field, want, mismatch.Value), ": ")
}

// shown is a value as a message has it: as JSON, and not at length.
func shown(v any) string {
	if u, ok := v.(unresolved); ok {
		return u.err.Error()
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 120
	if len(text) > most {
		return strings.ToValidUTF8(string(text[:most]), "") + "…"
	}
	return string(text)
}
