package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

var patterns = []Rule{{
	ID:     "AX114",
	Title:  "an event pattern is none that AWS takes",
	Fix:    "write what each field may be as a list: {\"eventName\": [\"MODIFY\"]}",
	Source: "EventBridge, Creating Amazon EventBridge event patterns; Lambda, Control which events Lambda sends to your function",
	check:  malformedPatterns,
}}

func malformedPatterns(set *Set) (findings []Finding) {
	for _, mapping := range set.all(sourceMappingType) {
		for _, filter := range list(mapping.property("FilterCriteria", "Filters")) {
			text, ok := at(filter, "Pattern").(string)
			if !ok {
				continue
			}
			var pattern any
			if err := json.Unmarshal([]byte(text), &pattern); err != nil {
				findings = append(findings, mapping.finding("FilterCriteria", "%s is no JSON", text))
			} else if problem := patternProblem(pattern, "it"); problem != "" {
				findings = append(findings, mapping.finding("FilterCriteria", "of %s, %s", text, problem))
			}
		}
	}
	for _, rule := range set.all(eventRuleType) {
		if pattern := rule.property("EventPattern"); pattern != nil {
			if problem := patternProblem(pattern, "it"); problem != "" {
				findings = append(findings, rule.finding("EventPattern", "%s", problem))
			}
		}
	}
	return findings
}

// patternProblem says what is wrong with a pattern, if anything. What a field's
// list may hold is AWS's to know.
func patternProblem(pattern any, field string) string {
	switch pattern := pattern.(type) {
	case []any:
		if len(pattern) == 0 {
			return field + " may be nothing"
		}
		return ""
	case map[string]any:
		if len(pattern) == 0 {
			return field + " is empty"
		}
		if isIntrinsic(pattern) {
			return ""
		}
		for _, name := range slices.Sorted(maps.Keys(pattern)) {
			if problem := patternProblem(pattern[name], name); problem != "" {
				return problem
			}
		}
		return ""
	}
	return fmt.Sprintf("%s is %v, and no list", field, pattern)
}
