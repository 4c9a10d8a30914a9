package websocket

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Expression is a route selection expression, such as $request.body.action or
// ${request.body.service}/${request.body.action} ("Create routes for WebSocket
// APIs in API Gateway").
type Expression struct {
	text  string
	parts []part
}

// part is text that stands for itself, or what a message has at a path.
type part struct {
	literal string
	path    []string // of the properties that lead to the value; nil for literal text
}

func (e Expression) String() string { return e.text }

var (
	unwrapped = regexp.MustCompile(`^\$request\.body((?:\.[A-Za-z0-9_-]+)+)$`)
	wrapped   = regexp.MustCompile(`\$\{request\.body((?:\.[A-Za-z0-9_-]+)+)\}`)
)

// ParseExpression reads an expression. JSONPath has more than the names of
// properties; an expression with that is an error, which says so.
func ParseExpression(text string) (Expression, error) {
	e := Expression{text: text}
	if match := unwrapped.FindStringSubmatch(text); match != nil {
		e.parts = []part{{path: properties(match[1])}}
		return e, nil
	}
	rest := text
	for rest != "" {
		at := wrapped.FindStringSubmatchIndex(rest)
		if at == nil {
			e.parts = append(e.parts, part{literal: rest})
			break
		}
		if at[0] > 0 {
			e.parts = append(e.parts, part{literal: rest[:at[0]]})
		}
		e.parts = append(e.parts, part{path: properties(rest[at[2]:at[3]])})
		rest = rest[at[1]:]
	}
	for i, p := range e.parts {
		p.literal = strings.TrimPrefix(p.literal, `\`) // \$default is $default
		if p.path == nil && strings.Contains(p.literal, "$") && p.literal != defaultKey {
			return Expression{}, fmt.Errorf("route selection expression %q: local mode reads the properties of a message, such as $request.body.action", text)
		}
		e.parts[i] = p
	}
	if len(e.parts) == 0 {
		return Expression{}, errors.New("route selection expression: not given, want one such as $request.body.action")
	}
	return e, nil
}

func properties(path string) []string { return strings.Split(strings.TrimPrefix(path, "."), ".") }

// key is the key of the route that a message chooses. It is false where the
// expression cannot be evaluated: then the message goes to $default, as one that
// is no JSON does.
func (e Expression) key(message []byte) (string, bool) {
	var key strings.Builder
	var body any
	read := false
	for _, p := range e.parts {
		if p.path == nil {
			key.WriteString(p.literal)
			continue
		}
		if !read {
			if err := decode(message, &body); err != nil {
				return "", false
			}
			read = true
		}
		key.WriteString(valueAt(body, p.path)) // "if the JSONPath is not found, the variable is resolved as an empty string"
	}
	return key.String(), true
}

// decode reads JSON with its numbers as they are written.
func decode(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the value")
	}
	return nil
}

// valueAt is the text of what is at the path: "the result will be stringified".
func valueAt(value any, path []string) string {
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return ""
		}
		value = object[name]
	}
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any, []any:
		text, _ := json.Marshal(v) // it was JSON before
		return string(text)
	}
	return fmt.Sprint(value)
}
