package web

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	methods      = []string{"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	variableName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	literal      = regexp.MustCompile(`^[A-Za-z0-9._~!$&'()*,;=:@-]+$`)
)

// parseRouteKey checks a route key, and gives its shape: the key without the
// names of its variables. Two routes of one shape take the same requests, and
// API Gateway refuses the second when it is deployed.
func parseRouteKey(key string) (shape string, err error) {
	if key == "$default" {
		return key, nil
	}
	method, path, ok := strings.Cut(key, " ")
	if !ok {
		return "", errors.New(`want a method and a path, like "GET /{cart}"`)
	}
	if !slices.Contains(methods, method) {
		return "", fmt.Errorf("unknown method %s, want one of %s", method, strings.Join(methods, ", "))
	}
	path, ok = strings.CutPrefix(path, "/")
	switch {
	case !ok:
		return "", fmt.Errorf("path %q does not start with a slash", path)
	case path == "":
		return key, nil
	case strings.HasSuffix(path, "/"):
		return "", fmt.Errorf("path %q ends in a slash, want %q", "/"+path, "/"+strings.TrimRight(path, "/"))
	}
	segments := strings.Split(path, "/")
	names := map[string]bool{}
	for i, segment := range segments {
		name, greedy, err := parseSegment(segment)
		switch {
		case err != nil:
			return "", err
		case name == "":
			continue
		case names[name]:
			return "", fmt.Errorf("two variables are named %q", name)
		case greedy && i < len(segments)-1:
			return "", fmt.Errorf("variable %q takes the rest of the path, so it has to be the last segment", segment)
		}
		names[name] = true
		segments[i] = "{}"
		if greedy {
			segments[i] = "{+}"
		}
	}
	return method + " /" + strings.Join(segments, "/"), nil
}

// parseSegment gives the name of the variable that a segment is, or "" where it
// is a literal.
func parseSegment(segment string) (name string, greedy bool, err error) {
	if segment == "" {
		return "", false, errors.New("an empty segment: two slashes follow one another")
	}
	inner, opened := strings.CutPrefix(segment, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	switch {
	case opened && closed:
		name, greedy = strings.CutSuffix(inner, "+")
		if !variableName.MatchString(name) {
			return "", false, fmt.Errorf("bad variable name %q, want letters, digits, _ and -", name)
		}
		return name, greedy, nil
	case strings.ContainsAny(segment, "{}"):
		return "", false, fmt.Errorf("segment %q: a variable is a whole segment, like {cart}", segment)
	case !literal.MatchString(segment):
		return "", false, fmt.Errorf("segment %q holds what a path cannot", segment)
	}
	return "", false, nil
}
