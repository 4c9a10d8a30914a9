package assembly

import "fmt"

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
