package apigateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// SortMappings returns the mappings with the longest key first, the order in
// which they are tried (§1.1).
func SortMappings(mappings []Mapping) []Mapping {
	sorted := slices.Clone(mappings)
	slices.SortStableFunc(sorted, func(a, b Mapping) int { return cmp.Compare(len(b.Key), len(a.Key)) })
	return sorted
}

// FindMapping returns the mapping for a decoded path, and what of the path is
// below it. Only keys count, never the routes behind them, and a key takes
// whole segments: api/cart takes /api/cart and /api/cart/1 but not
// /api/cartoon. The mappings must be sorted.
func FindMapping(sorted []Mapping, path string) (mapping Mapping, rest string, ok bool) {
	for _, m := range sorted {
		if rest, ok := below(m.Key, path); ok {
			return m, rest, true
		}
	}
	return Mapping{}, "", false
}

// below is the path without the mapping key, as the event's rawPath has it
// (§1.4). Whether "/cart" then is "" or "/" for the key "cart" is not written
// anywhere; a route key cannot name an empty path, so it is "/".
func below(key, path string) (string, bool) {
	if key == "" {
		return path, true
	}
	rest, ok := strings.CutPrefix(path, "/"+key)
	switch {
	case !ok:
		return "", false
	case rest == "":
		return "/", true
	}
	return rest, rest[0] == '/'
}

// maxMappingKey is the longest key that API Gateway takes (§1.1).
const maxMappingKey = 300

// checkMappingKey refuses a key that a deployment would.
func checkMappingKey(key string) error {
	if len(key) > maxMappingKey {
		return fmt.Errorf("mapping key is %d characters long, want at most %d", len(key), maxMappingKey)
	}
	for _, c := range key {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_.+!*'()/", c) {
			return fmt.Errorf("mapping key %q: %q is not allowed, want letters, digits and $-_.+!*'()/", key, c)
		}
	}
	if key != "" && slices.Contains(strings.Split(key, "/"), "") {
		return fmt.Errorf("mapping key %q: want segments with a single / between them", key)
	}
	return nil
}

// findStage returns the stage that a path on the generated endpoint leads to
// (§1.1): the one that the first segment names, or the default stage. The
// path keeps the stage's name, as the event's rawPath does.
func findStage(stages []*servedStage, path string) *servedStage {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	var found *servedStage
	for _, s := range stages {
		switch s.stage.Name {
		case first:
			return s
		case defaultRouteKey:
			found = s
		}
	}
	return found
}
