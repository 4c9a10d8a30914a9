package events

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Filters are the filter criteria of an event source mapping: a record that
// matches none of them is not given to the function. Without any, each is.
type Filters []*Pattern

// filterOperators are those of event source mappings, which are fewer than those
// of rules (Lambda Developer Guide, "Filter rule syntax", and the column "Pipe
// support" of EventBridge's table).
var filterOperators = func() map[string]operator {
	operators := maps.Clone(everyOperator)
	delete(operators, "cidr")
	delete(operators, "wildcard")
	operators["anything-but"] = anythingBut(nil)
	return operators
}()

// ParseFilters reads the patterns of filter criteria, each of which is JSON.
func ParseFilters(patterns []string) (Filters, error) {
	var filters Filters
	for i, text := range patterns {
		p, err := parsePattern(json.RawMessage(text), filterOperators)
		if err != nil {
			return nil, fmt.Errorf("filter %d: %w", i+1, err)
		}
		filters = append(filters, p)
	}
	return filters, nil
}

// Match says whether the function gets a record, which is one of Lambda's event.
// The body of a queue's message is JSON to a pattern which has an object for it,
// and a text to one which has a list; the other kind of body matches neither
// ("Using event filtering with an Amazon SQS event source").
func (f Filters) Match(record []byte) bool {
	if len(f) == 0 {
		return true
	}
	decoded, err := decodeEvent(record)
	if err != nil {
		return false
	}
	if message, ok := decoded.(map[string]any); ok && message["eventSource"] == "aws:sqs" {
		if text, ok := message["body"].(string); ok {
			if body, err := decodeEvent([]byte(text)); err == nil {
				if object, ok := body.(map[string]any); ok {
					message["body"] = object
				}
			}
		}
	}
	return slices.ContainsFunc(f, func(p *Pattern) bool { return p.Match(decoded) })
}
