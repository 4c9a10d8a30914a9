package apigateway

import (
	"cmp"
	"slices"
	"strings"
)

// routeTable finds the route of a request. Its keys are in the order in which
// they win, so that the first match is the route.
type routeTable []RouteKey

// sortRoutes puts routes in the order in which their keys win (§1.2).
func sortRoutes(routes []*target) routeTable {
	slices.SortStableFunc(routes, func(a, b *target) int { return compareKeys(a.route.Key, b.route.Key) })
	table := make(routeTable, len(routes))
	for i, t := range routes {
		table[i] = t.route.Key
	}
	return table
}

// compareKeys is negative when a wins over b for a request that both match. A
// full match wins over a greedy one and that over $default; a method that is
// named wins over ANY on the same path. AWS gives no rule for two routes that
// differ in where their parameters are. Here more literal segments win, then
// the longer path, then the one whose literal comes first: the route that
// says more about the request.
func compareKeys(a, b RouteKey) int {
	if byRank := cmp.Compare(rank(a), rank(b)); byRank != 0 {
		return byRank
	}
	if byLiterals := cmp.Compare(literals(b), literals(a)); byLiterals != 0 {
		return byLiterals
	}
	if byLength := cmp.Compare(len(b.segments), len(a.segments)); byLength != 0 {
		return byLength
	}
	for i := range a.segments {
		if byKind := cmp.Compare(a.segments[i].kind, b.segments[i].kind); byKind != 0 {
			return byKind
		}
	}
	return cmp.Compare(methodRank(a), methodRank(b))
}

func rank(k RouteKey) int {
	switch {
	case k.text == defaultRouteKey:
		return 2
	case k.catchAll():
		return 1
	}
	return 0
}

func literals(k RouteKey) int {
	n := 0
	for _, s := range k.segments {
		if s.kind == literal {
			n++
		}
	}
	return n
}

func methodRank(k RouteKey) int {
	if k.method == anyMethod {
		return 1
	}
	return 0
}

// find returns the index of the route for a request, or -1. The path is
// decoded and begins with a slash.
func (t routeTable) find(method, path string) int {
	var room [16]string
	segments := splitPath(room[:0], path)
	for i, key := range t {
		if key.matches(method, segments) {
			return i
		}
	}
	return -1
}

// splitPath appends the path's segments: "/a/b" has a and b, "/a/" has a and
// an empty one, "/" has an empty one.
func splitPath(segments []string, path string) []string {
	rest := strings.TrimPrefix(path, "/")
	for {
		part, after, more := strings.Cut(rest, "/")
		segments = append(segments, part)
		if !more {
			return segments
		}
		rest = after
	}
}

func (k RouteKey) matches(method string, segments []string) bool {
	if k.text == defaultRouteKey {
		return true
	}
	if k.method != method && k.method != anyMethod {
		return false
	}
	last := len(k.segments) - 1
	if len(segments) < len(k.segments) || len(segments) > len(k.segments) && k.segments[last].kind != greedy {
		return false
	}
	for i, s := range k.segments {
		switch s.kind {
		case literal:
			// A trailing slash is an empty last segment, so it keeps "/x/"
			// from "GET /x". Reports on that differ; the stricter reading
			// fails here and not after the deploy (§1.2).
			if segments[i] != s.name {
				return false
			}
		case parameter:
			if segments[i] == "" {
				return false
			}
		case greedy:
			return i < len(segments)-1 || segments[i] != "" || greedyTakesNothing(k)
		}
	}
	return true
}

// greedyTakesNothing says whether the greedy parameter may be empty: whether
// "/x/" is a request for "/x/{proxy+}". AWS does not say. A service in
// production relies on it to catch a trailing slash (§1.2, the report on
// GET /metrics), so it may; but for the bare /{proxy+} the usual advice is a
// route of its own for "/", and asking for that one fails early.
func greedyTakesNothing(k RouteKey) bool { return len(k.segments) > 1 }

// parameters are the values of the key's parameters in a path that it
// matches; nil when it has none.
func (k RouteKey) parameters(path string) map[string]string {
	var values map[string]string
	rest := strings.TrimPrefix(path, "/")
	for _, s := range k.segments {
		part, after, _ := strings.Cut(rest, "/")
		if s.kind == greedy {
			part = rest
		}
		if s.kind != literal {
			if values == nil {
				values = make(map[string]string, len(k.segments))
			}
			values[s.name] = part
		}
		rest = after
	}
	return values
}
