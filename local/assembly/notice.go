package assembly

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Notice names what local mode cannot do for a resource, or for one of its
// properties. Notices are printed at start, so that nothing is left out
// silently.
type Notice struct {
	Resource *Resource
	Property string // such as CorsConfiguration.MaxAge; empty for the whole resource
	Reason   string
}

// String is the notice as one line.
func (n Notice) String() string {
	if n.Property == "" {
		return fmt.Sprintf("%s: %s", n.Resource, n.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", n.Resource, n.Property, n.Reason)
}

// Unknown makes a notice of each property that a Decode did not know.
func Unknown(r *Resource, properties []string) []Notice {
	notices := make([]Notice, 0, len(properties))
	for _, p := range properties {
		notices = append(notices, Notice{Resource: r, Property: p, Reason: "not known to local mode"})
	}
	return notices
}

// Notices are what a reader has found. Its methods also give the sentence that
// whoever needs what is not there is answered with.
type Notices []Notice

// Add notes what cannot be done for a property of a resource.
func (all *Notices) Add(r *Resource, property, reason string) string {
	n := Notice{Resource: r, Property: property, Reason: reason}
	*all = append(*all, n)
	return n.String()
}

// Unknown notes the properties that a Decode did not know, and gives the first;
// empty for none. Since nobody can say what they do, what comes past their
// resource is not served.
func (all *Notices) Unknown(r *Resource, properties []string) string {
	notices := Unknown(r, properties)
	*all = append(*all, notices...)
	if len(notices) == 0 {
		return ""
	}
	return notices[0].String()
}

// Decode decodes the resource's properties as its own Decode does, and notes those
// that are not known.
func (all *Notices) Decode(r *Resource, v any) error {
	unknown, err := r.Decode(v)
	if err != nil {
		return err
	}
	all.Unknown(r, unknown)
	return nil
}

// Unserved notes those of the properties that are set, which local mode knows and
// does not have, and gives the first by name; empty for none.
func (all *Notices) Unserved(r *Resource, reason string, properties map[string]any) string {
	var first string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if isSet(properties[name]) {
			first = cmp.Or(first, all.Add(r, name, reason))
		}
	}
	return first
}

// isSet says whether a value that was decoded into an any asks for something.
func isSet(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return true
}
