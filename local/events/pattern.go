package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Pattern is an event pattern, which an event matches or does not (EventBridge
// User Guide, "Event patterns"): it has the shape of the events that it matches,
// and for each field a list of values, any of which will do.
type Pattern struct{ root patternNode }

// patternNode is an object of a pattern: each of its fields has to match, and
// of each $or one of the objects.
type patternNode struct {
	fields []patternField
	ors    [][]patternNode
}

// patternField is a field of a pattern's object: an object again, or a list of
// what its value may be.
type patternField struct {
	name  string
	below *patternNode // nil for a list

	tests  []test
	absent []string // the path of the field, where it may also be missing; nil where it may not
}

// test says whether a value of an event, which is no object and no list, is
// what a pattern wants.
type test func(value any) bool

// ParsePattern reads an event pattern. Its error names the field, and what
// EventBridge would not take or local mode does not know.
func ParsePattern(pattern json.RawMessage) (*Pattern, error) {
	return parsePattern(pattern, everyOperator)
}

func parsePattern(pattern json.RawMessage, operators map[string]operator) (*Pattern, error) {
	decoded, err := decodeEvent(pattern)
	if err != nil {
		return nil, fmt.Errorf("event pattern: it is no JSON: %w", err)
	}
	object, ok := decoded.(map[string]any)
	if !ok {
		return nil, errors.New("event pattern: want an object")
	}
	root, err := patternParser{operators}.object(nil, object)
	if err != nil {
		return nil, fmt.Errorf("event pattern: %w", err)
	}
	return &Pattern{root}, nil
}

// decodeEvent keeps numbers as they are written, for so they are compared.
func decodeEvent(event []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something comes after it")
	}
	return decoded, nil
}

type patternParser struct{ operators map[string]operator }

func (p patternParser) object(path []string, object map[string]any) (patternNode, error) {
	var n patternNode
	if len(object) == 0 {
		return n, fmt.Errorf("%san object is empty", at(path))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		below := append(slices.Clip(path), name)
		var err error
		switch value := object[name].(type) {
		case map[string]any:
			var inner patternNode
			inner, err = p.object(below, value)
			n.fields = append(n.fields, patternField{name: name, below: &inner})
		case []any:
			if name == "$or" {
				var or []patternNode
				or, err = p.or(path, value)
				n.ors = append(n.ors, or)
				break
			}
			field := patternField{name: name}
			err = p.list(&field, below, value)
			n.fields = append(n.fields, field)
		default:
			err = fmt.Errorf("%swant an object or a list, such as [%s]", at(below), encodedValue(value))
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (p patternParser) or(path []string, list []any) ([]patternNode, error) {
	if len(list) < 2 {
		return nil, fmt.Errorf("%s$or: want two objects or more", at(path))
	}
	var nodes []patternNode
	for _, element := range list {
		object, ok := element.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s$or: %s: want an object", at(path), encodedValue(element))
		}
		node, err := p.object(path, object)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// list reads what a field may be: values, and operators.
func (p patternParser) list(field *patternField, path []string, list []any) error {
	if len(list) == 0 {
		return fmt.Errorf("%sa list is empty", at(path))
	}
	for _, element := range list {
		switch element := element.(type) {
		case []any:
			return fmt.Errorf("%sa list in a list", at(path))
		case map[string]any:
			if len(element) != 1 {
				return fmt.Errorf("%s%s: want one operator", at(path), encodedValue(element))
			}
			for name, argument := range element {
				if name == "exists" && argument == false {
					field.absent = path
					continue
				}
				read, ok := p.operators[name]
				if !ok {
					return fmt.Errorf("%sthe operator %q is not known here: want one of exists, %s", at(path), name, strings.Join(slices.Sorted(maps.Keys(p.operators)), ", "))
				}
				one, err := read(argument)
				if err != nil {
					return fmt.Errorf("%s%s: %w", at(path), name, err)
				}
				field.tests = append(field.tests, one)
			}
		default:
			field.tests = append(field.tests, func(value any) bool { return equalValues(element, value) })
		}
	}
	return nil
}

// at begins a message about a field.
func at(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return strings.Join(path, ".") + ": "
}

func encodedValue(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// Match says whether an event matches. It is a value that JSON was decoded to;
// where numbers are json.Number, they are compared as they are written: 300 is
// not 300.0.
func (p *Pattern) Match(event any) bool { return p.root.match(event, event) }

// MatchJSON is Match for an event that is still JSON. What is no JSON matches
// nothing.
func (p *Pattern) MatchJSON(event []byte) bool {
	decoded, err := decodeEvent(event)
	return err == nil && p.Match(decoded)
}

// match says whether the value, or one of a list's, is an object that the node
// matches; all of its fields in the same one. A node that only wants fields to
// be missing matches where there is none.
func (n patternNode) match(value, event any) bool {
	return slices.ContainsFunc(objectsIn(value, nil), func(object map[string]any) bool { return n.matchObject(object, event) }) ||
		n.matchObject(nil, event)
}

func (n patternNode) matchObject(object map[string]any, event any) bool {
	for _, field := range n.fields {
		if !field.match(object, event) {
			return false
		}
	}
	for _, or := range n.ors {
		if !slices.ContainsFunc(or, func(n patternNode) bool { return n.matchObject(object, event) }) {
			return false
		}
	}
	return true
}

func (f patternField) match(object map[string]any, event any) bool {
	value, ok := object[f.name]
	if f.below != nil {
		return f.below.match(value, event)
	}
	if ok && slices.ContainsFunc(leavesIn(value, nil), func(leaf any) bool {
		return slices.ContainsFunc(f.tests, func(t test) bool { return t(leaf) })
	}) {
		return true
	}
	return f.absent != nil && !hasLeaf(event, f.absent)
}

// hasLeaf says whether the event has a value at the path that is no object. It
// counts in whichever element of a list it is: that a field is missing is said
// of the whole event, as EventBridge's own matcher does (aws/event-ruler).
func hasLeaf(value any, path []string) bool {
	if len(path) == 0 {
		return len(leavesIn(value, nil)) > 0
	}
	return slices.ContainsFunc(objectsIn(value, nil), func(object map[string]any) bool {
		below, ok := object[path[0]]
		return ok && hasLeaf(below, path[1:])
	})
}

// objectsIn are the value, or those in it where it is a list, that are objects.
func objectsIn(value any, found []map[string]any) []map[string]any {
	switch value := value.(type) {
	case map[string]any:
		return append(found, value)
	case []any:
		for _, element := range value {
			found = objectsIn(element, found)
		}
	}
	return found
}

// leavesIn are the value, or those in it where it is a list, that are no objects.
func leavesIn(value any, found []any) []any {
	switch value := value.(type) {
	case map[string]any:
		return found
	case []any:
		for _, element := range value {
			found = leavesIn(element, found)
		}
		return found
	}
	return append(found, value)
}
