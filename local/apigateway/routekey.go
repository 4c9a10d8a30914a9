package apigateway

import (
	"fmt"
	"slices"
	"strings"
)

// defaultRouteKey catches the requests that no other route matches. The
// default stage has the same name.
const defaultRouteKey = "$default"

// anyMethod in a route key stands for every method that no route with the
// same path names (§1.2).
const anyMethod = "ANY"

var methods = []string{anyMethod, "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// RouteKey selects requests: "GET /carts/{cart}", "ANY /{proxy+}" or
// "$default".
type RouteKey struct {
	text     string
	method   string // empty for $default
	segments []segment
}

// segment is one part of a route's path: a literal, a {parameter}, or, as the
// last one, a {greedy+} parameter, which takes the rest of the path.
type segment struct {
	kind segmentKind
	name string // the literal itself, or the parameter's name
}

// segmentKind is ordered by how narrow a segment is.
type segmentKind int

const (
	literal segmentKind = iota
	parameter
	greedy
)

// String is the key as the template has it, and as the event gives it.
func (k RouteKey) String() string { return k.text }

// ParseRouteKey reads a route key by the rules of "Working with routes for
// HTTP APIs". The error says what is wrong with it.
func ParseRouteKey(text string) (RouteKey, error) {
	if text == defaultRouteKey {
		return RouteKey{text: text}, nil
	}
	method, path, found := strings.Cut(text, " ")
	if !found {
		return RouteKey{}, fmt.Errorf("route key %q: want a method and a path, such as %q, or $default", text, "GET /carts/{cart}")
	}
	if !slices.Contains(methods, method) {
		return RouteKey{}, fmt.Errorf("route key %q: unknown method %s, want one of %s", text, method, strings.Join(methods, " "))
	}
	if !strings.HasPrefix(path, "/") {
		return RouteKey{}, fmt.Errorf("route key %q: path %q must begin with /", text, path)
	}
	if path != "/" && strings.HasSuffix(path, "/") {
		return RouteKey{}, fmt.Errorf("route key %q: a path may not end in /", text)
	}
	key := RouteKey{text: text, method: method}
	names := map[string]bool{}
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		s, err := parseSegment(part)
		switch {
		case err != nil:
			return RouteKey{}, fmt.Errorf("route key %q: %w", text, err)
		case s.name == "" && len(parts) > 1:
			return RouteKey{}, fmt.Errorf("route key %q: empty path segment", text)
		case s.kind == greedy && i < len(parts)-1:
			return RouteKey{}, fmt.Errorf("route key %q: {%s+} must be the last segment", text, s.name)
		case s.kind != literal && names[s.name]:
			return RouteKey{}, fmt.Errorf("route key %q: parameter %s appears twice", text, s.name)
		}
		if s.kind != literal {
			names[s.name] = true
		}
		key.segments = append(key.segments, s)
	}
	return key, nil
}

func parseSegment(part string) (segment, error) {
	if !strings.ContainsAny(part, "{}") {
		return segment{kind: literal, name: part}, nil
	}
	name, opens := strings.CutPrefix(part, "{")
	name, closes := strings.CutSuffix(name, "}")
	if !opens || !closes {
		return segment{}, fmt.Errorf("segment %q: a parameter takes a whole segment, such as {name}", part)
	}
	kind := parameter
	if shorter, ok := strings.CutSuffix(name, "+"); ok {
		name, kind = shorter, greedy
	}
	if name == "" || strings.ContainsAny(name, "{}+") {
		return segment{}, fmt.Errorf("segment %q: not a parameter name", part)
	}
	return segment{kind: kind, name: name}, nil
}

// shape is the key with its parameters' names left out. API Gateway refuses a
// second route with the same shape.
func (k RouteKey) shape() string {
	var b strings.Builder
	b.WriteString(k.method)
	for _, s := range k.segments {
		switch s.kind {
		case literal:
			b.WriteString("/" + s.name)
		case parameter:
			b.WriteString("/{}")
		case greedy:
			b.WriteString("/{+}")
		}
	}
	return b.String()
}

// catchAll says that the key has the greedy parameter, or is $default.
func (k RouteKey) catchAll() bool {
	return len(k.segments) == 0 || k.segments[len(k.segments)-1].kind == greedy
}
