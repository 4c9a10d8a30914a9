package preflight

import (
	"context"
	"reflect"
)

// checkMappings finds event source mappings that a deployment would make beside
// those that they take the place of. CloudFormation makes the new resource before
// it deletes the old, and Lambda takes only one mapping of a source to a function
// (aws/serverless-application-model issue 1690).
func checkMappings(_ context.Context, w *world) []Finding {
	var findings []Finding
	for _, mapping := range w.resources("AWS::Lambda::EventSourceMapping") {
		if other := mapping.inItsPlace("EventSourceArn", "FunctionName"); other != "" {
			findings = append(findings, stops(mapping.String(),
				"give what makes it its old ID; or deploy once without it, and then with it: a web.OnChange reads the stream from its beginning",
				"the deployed stack has a mapping of the same source to the same function, %s, and Lambda takes no second one", other))
			continue
		}
		findings = append(findings, fine(mapping.String(), "no other mapping is in its way"))
	}
	return findings
}

// inItsPlace is the logical ID of another resource of the deployed stack that has
// the same values of the properties, where that stack has not the resource itself.
func (r resource) inItsPlace(properties ...string) string {
	if _, deployed := r.owned(); deployed {
		return ""
	}
	for id := range r.stack.deployed.resources {
		other := r.stack.deployed.template.Resources[id]
		same := other.Type == r.Type
		for _, property := range properties {
			same = same && reflect.DeepEqual(other.Properties[property], r.raw(property))
		}
		if same {
			return id
		}
	}
	return ""
}
